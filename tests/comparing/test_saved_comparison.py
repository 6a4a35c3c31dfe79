"""A comparison is kept as tables of a SQLite file, which say what their columns mean."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

import pytest
from support.command_runner import run

from wink_debug_bundle import BundleError, BundleExistsError, compare, save_comparison

TABLES = {
    "comparison": 1,
    "pairs": 36,
    "flips": 6,
    "divergences": 6,
    "metric_deltas": None,
    "tool_deltas": None,
    "signature_deltas": None,
    "prompt_deltas": None,
    "environment_deltas": 1,
}


@pytest.fixture(scope="module")
def comparison(base, new):
    """Return the comparison of both evaluations."""
    return compare(base, new, all_experiments=True)


@pytest.fixture(scope="module")
def saved(comparison, tmp_path_factory):
    """Return the path of the file with its tables."""
    return save_comparison(comparison, tmp_path_factory.mktemp("saved") / "comparison.db")


def rows(path, sql):
    """Return the rows of a query."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


class TestTables:
    """What the file holds."""

    @pytest.mark.parametrize("table", TABLES)
    def test_every_table_has_rows(self, saved, table):
        """Each part of the comparison is in its table."""
        [[count]] = rows(saved, f"SELECT count(*) FROM {table}")
        assert count == TABLES[table] if TABLES[table] is not None else count > 0

    def test_every_column_is_explained(self, saved):
        """The SQL of each table says what it holds, and has a comment behind each column."""
        for name, sql in rows(saved, "SELECT name, sql FROM sqlite_master WHERE type = 'table'"):
            columns = [column for _, column, *_ in rows(saved, f"PRAGMA table_info({name})")]
            assert re.match(rf"CREATE TABLE {name} \(\n    -- .+\.\n", sql)
            for column in columns:
                assert re.search(rf"^    {column} [A-Z].*-- .", sql, re.MULTILINE), f"{name}.{column}"

    def test_rows_refer_to_pairs(self, saved):
        """Flips and divergences name the samples that the comparison has."""
        assert rows(saved, "PRAGMA foreign_key_check") == []
        sql = "SELECT sample, direction, kind FROM flips JOIN pairs ON pairs.id = pair_id JOIN divergences USING (pair_id)"
        found = rows(saved, sql)
        assert len(found) == 6
        assert all(row[0].startswith("首都は") and row[1:] == ("lost", "outcome") for row in found)

    def test_numbers_are_those_of_the_comparison(self, saved, comparison):
        """The verdict and the medians are the same as in Python."""
        [row] = rows(saved, "SELECT verdict, reasons, p_value, difference_low FROM comparison")
        assert (row[0], tuple(json.loads(row[1]))) == (comparison.verdict.word, comparison.verdict.reasons)
        assert row[2:] == (comparison.passes.p_value, comparison.passes.difference.interval.low)
        metrics = {each.metric: each.medians.difference.value for each in comparison.metrics}
        assert dict(rows(saved, "SELECT metric, difference FROM metric_deltas")) == metrics

    def test_samples_without_a_pair_are_there(self, base, tmp_path):
        """A sample that one side has is a row with the reason, and NULL for the other side."""
        alone = compare(base, base_experiment="baseline", new_experiment="candidate")
        path = save_comparison(alone, tmp_path / "alone.db")
        sql = "SELECT base_run IS NULL, new_run IS NULL, count(*), count(unpaired_reason) FROM pairs GROUP BY 1, 2"
        assert rows(path, sql) == [(0, 1, 24, 24), (1, 0, 12, 12)]


class TestFile:
    """How the file is written."""

    def test_an_existing_file_is_kept(self, comparison, tmp_path):
        """Without leave to replace it, a file stays as it is."""
        path = tmp_path / "old.db"
        path.write_text("mine")
        with pytest.raises(BundleExistsError, match=r"old\.db: exists already"):
            save_comparison(comparison, path, replace=False)
        assert path.read_text() == "mine"

    def test_a_bundle_is_not_replaced(self, comparison, base, tmp_path):
        """The bundles that were compared are never the output, whatever their path is called."""
        link = tmp_path / "link.db"
        link.symlink_to(base)
        for path in (base, link):
            with pytest.raises(BundleError, match="is one of the bundles"):
                save_comparison(comparison, path)

    def test_nothing_else_is_left(self, saved):
        """There is one file, which only its owner can read."""
        assert [path.name for path in saved.parent.iterdir()] == ["comparison.db"]
        assert saved.stat().st_mode & 0o777 == 0o600

    def test_the_command_writes_it_and_prints(self, base, new, tmp_path):
        """With --output, the text is printed as well; --force replaces the file."""
        path = tmp_path / "c.db"
        options = ("compare", base, new, "--all-experiments", "--output", path)
        done = run(*options)
        assert (done.exit_code, done.stdout.startswith("Verdict: regression")) == (0, True)
        assert run(*options).exit_code == 1
        assert run(*options, "--force").exit_code == 0
        assert rows(path, "SELECT count(*) FROM pairs") == [(36,)]
