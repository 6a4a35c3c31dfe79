"""Questions to a dataset have the answers that a bundle of the same runs gives, and read nothing else."""

from __future__ import annotations

import json
import math

import pytest
from support.artifact_samples import FIXTURES
from support.command_runner import run
from support.compared_values import comparable, sorted_rows
from support.dataset_files import EVALUATION, build_here, rounded

from wink_debug_bundle import BundleError, BundleQueryError, Dataset, DebugBundle
from wink_debug_bundle.cli.output.outcome_lines import outcome_lines
from wink_debug_bundle.database.schema_files import TABLES, VIEWS
from wink_debug_bundle.dataset.asking.sqlite_dialect import in_duckdb, ours_in_duckdb, parameters_of
from wink_debug_bundle.dataset.parquet_tables import stored_tables
from wink_debug_bundle.dataset.partial_bundles import sqlite_answers
from wink_debug_bundle.explore.saved_queries import saved_queries
from wink_debug_bundle.merging.bundle_merging import merge_bundles

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")
pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")

RELEASES = ["wink-0.19.0", "wink-0.20.0", "wink-0.21.0", "wink-0.24.0", "wink-0.27.0"]
NAMES = [query.name for query in saved_queries()]
VALUES = {
    "run": "1",
    "result": "failed",
    "reason": "connection",
    "seconds": "0",
    "session_id": "332c443e-9c9d-4c7f-82d8-1b4fada1873d",
    "level": "ERROR",
    "text": "ruler",
}
"""Values for the parameters of saved queries."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Return a dataset of the evaluation, in several shards."""
    output = tmp_path_factory.mktemp("asked") / "dataset"
    build_here(EVALUATION, output)
    return output


@pytest.fixture(scope="module")
def both(dataset, tmp_path_factory):
    """Yield a connection to that dataset, and the bundle that one build makes of the same runs."""
    bundle = tmp_path_factory.mktemp("whole") / "whole.db"
    with (
        DebugBundle.from_directory(EVALUATION, output=bundle, recursive=True) as opened,
        Dataset.open(dataset).connect() as connection,
    ):
        yield connection, opened


@pytest.fixture(scope="module")
def merged(dataset, tmp_path_factory):
    """Yield a connection to that dataset, and its bundles put together by merge."""
    path = tmp_path_factory.mktemp("merged") / "merged.db"
    opened = Dataset.open(dataset)
    merge_bundles([dataset / "bundles" / f"{commit.shard}.db.zst" for commit in opened.commits], path)
    with DebugBundle.open(path) as bundle, opened.connect() as connection:
        yield connection, bundle


def in_order(rows):
    """Return rows that can be compared, in their order."""
    return [[comparable(value) for value in row] for row in rows]


@pytest.mark.parametrize("name", NAMES)
def test_saved_queries(both, name):
    """Each saved query gives the same columns and rows in the same order, with and without values."""
    connection, bundle = both
    query = next(each for each in saved_queries() if each.name == name)
    for values in ({}, {parameter: VALUES[parameter] for parameter in query.parameters if parameter in VALUES}):
        expected = bundle.ask(name, **values)
        found = connection.ask(name, values)
        assert found.columns == tuple(column[0] for column in expected.description)
        assert in_order(found.rows) == in_order(expected)


@pytest.mark.parametrize("name", [*stored_tables(), *(view for view in VIEWS if view not in stored_tables())])
def test_tables_and_views(merged, name):
    """Each table and view has the rows and ids that merge gives them; a dataset has no id and time of its own."""
    connection, bundle = merged
    names = [row[1] for row in bundle.query(f"PRAGMA table_info({name})")]
    of_bundle = ("bundle_id", "created_at") if name == "bundle_meta" else ()
    columns = ", ".join(f'"{each}"' for each in names if each not in of_bundle)
    assert sorted_rows(connection.query(f"SELECT {columns} FROM {name}").rows) == sorted_rows(
        bundle.query(f"SELECT {columns} FROM {name}")
    )


@pytest.mark.parametrize("release", RELEASES)
def test_releases(release, tmp_path):
    """For what each release writes, a dataset gives the answers of its bundles put together by merge."""
    build_here(FIXTURES.parent / release, tmp_path / "dataset", labels={"": "all"})
    opened = Dataset.open(tmp_path / "dataset")
    bundles = [tmp_path / "dataset" / "bundles" / f"{commit.shard}.db.zst" for commit in opened.commits]
    merge_bundles(bundles, tmp_path / "merged.db")
    with DebugBundle.open(tmp_path / "merged.db") as bundle, opened.connect() as connection:
        different = [
            name
            for name in NAMES
            if sorted_rows(connection.ask(name).rows) != sorted_rows(map(tuple, bundle.ask(name)))
        ]
    assert different == []


def test_every_table_is_decided():
    """Every table of a bundle is in a dataset, or only rebuilds artifacts."""
    assert {*TABLES} - {*stored_tables()} == {
        "raw_records",
        "line_forms",
        "zip_parts",
        "duplicate_lines",
        "blob_chunks",
        "digests",
        "slice_views",
        "redactions",
    }


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{}/out.csv'",
        "CREATE TABLE more (id INTEGER)",
        "INSERT INTO shard_bases (shard) VALUES ('x')",
        "ATTACH '{}/other.db'",
        "SET enable_external_access = true",
        "SELECT 1; SELECT 2",
        "",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{}/secret.txt')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT nope FROM runs",
        "SELECT",
    ],
)
def test_refused(both, tmp_path, sql):
    """A statement that writes, reads another file or is wrong is refused."""
    (tmp_path / "secret.txt").write_text("secret")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BundleQueryError):
        list(both[0].query(sql.format(tmp_path)).rows)
    assert sorted(tmp_path.rglob("*")) == before


def test_timeout(dataset):
    """A statement that takes too long is stopped."""
    endless = "SELECT sum(a.range * b.range) FROM range(10000000) AS a, range(10000000) AS b"
    with (
        pytest.raises(BundleError, match=r"stopped after 0\.2 s"),
        Dataset.open(dataset).connect(timeout=0.2) as connection,
    ):
        list(connection.query(endless).rows)


def test_timeout_in_sqlite(dataset, monkeypatch):
    """A query that SQLite answers is stopped, too."""
    monkeypatch.setattr("wink_debug_bundle.dataset.partial_bundles.sqlite_answers._OPCODES", 1)
    with Dataset.open(dataset).connect(timeout=1000) as connection:
        list(connection.ask("find-text", {"text": "ruler"}).rows)
        monkeypatch.setattr(sqlite_answers.time, "monotonic", lambda: math.inf)
        with pytest.raises(BundleError, match="stopped, as it took too long"):
            list(connection.ask("find-text", {"text": "ruler"}).rows)


def test_committed_shards_alone(dataset, tmp_path):
    """A shard whose commit is missing has no rows in any answer, although its files are there."""
    import shutil

    copy = shutil.copytree(dataset, tmp_path / "copy")
    first = Dataset.open(copy).commits[0]
    (copy / first.name).unlink()
    opened = Dataset.open(copy)
    assert opened.missing_count == 1
    with opened.connect() as connection:
        shards = {row[0] for row in connection.query("SELECT DISTINCT shard FROM runs").rows}
    assert shards == {commit.shard for commit in opened.commits}
    assert first.shard not in shards


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT :a, ':b' -- :c", "SELECT $a, ':b' -- :c"),
        ("a IS b AND a IS NOT 'x'", "a IS NOT DISTINCT FROM b AND a IS DISTINCT FROM 'x'"),
        ("a IS NULL OR a IS NOT NULL", "a IS NULL OR a IS NOT NULL"),
        ("x::INTEGER || char(10)", "x::INTEGER || chr(10)"),
        ("1 +x", "1 +x"),
    ],
)
def test_dialect(sql, expected):
    """Parameters and comparisons of SQLite are written as DuckDB has them; texts and comments stay."""
    assert in_duckdb(sql) == expected


def test_own_dialect():
    """The sign that only SQLite's planner looks at is left out of our own SQL, and parameters are known."""
    assert ours_in_duckdb("WHERE +a.id = 1 + 2") == "WHERE a.id = 1 + 2"
    assert parameters_of("SELECT :run, '12:30', x::TEXT") == {"run"}


def test_command(dataset):
    """The command prints the rows of a dataset in each format."""
    done = run("query", dataset, "SELECT result, count(*) AS n FROM runs GROUP BY 1 ORDER BY 1", "--format", "json")
    assert json.loads(done.stdout) == [
        {"result": "error", "n": 3},
        {"result": "failed", "n": 2},
        {"result": "passed", "n": 1},
    ]
    named = run("query", dataset, "--name", "pass-rate")
    assert (named.exit_code, "baseline" in named.stdout) == (0, True)
    with_value = run("query", dataset, "SELECT count(*) FROM runs WHERE id > :n", "-p", "n=1", "--format", "csv")
    assert with_value.stdout.splitlines()[1] == "5"


def test_command_errors(dataset):
    """Wrong SQL is an error of one message."""
    wrong = run("query", dataset, "SELECT nope FROM runs")
    assert (wrong.exit_code, "nope" in wrong.output) == (1, True)


def test_info(dataset):
    """`info` says what the complete shards hold."""
    shown = run("info", dataset)
    assert shown.exit_code == 0
    assert "Runs: 6 (1 passed, 2 failed, 3 ended with an error)" in shown.stdout
    assert "  runs: 6" in shown.stdout
    values = json.loads(run("info", dataset, "--format", "json").stdout)
    assert (values["results"], values["missing_count"]) == ({"error": 3, "failed": 2, "passed": 1}, 0)
    assert run("info", dataset, "--all-sessions").exit_code == 2


def test_outcome(dataset, both):
    """The outcome of a dataset is that of a bundle of the same runs, and `info` prints it alike."""
    assert rounded(Dataset.open(dataset).outcome) == rounded(both[1].outcome)
    lines = run("info", dataset).stdout.splitlines()
    assert all(line in lines for line in outcome_lines(both[1].outcome))


def test_outcome_of_sessions(tmp_path):
    """Sessions outside of runs count as in the bundles of the shards put together."""
    build_here(FIXTURES.parent / "wink-0.19.0", tmp_path / "dataset", labels={"": "all"})
    opened = Dataset.open(tmp_path / "dataset")
    bundles = [tmp_path / "dataset" / "bundles" / f"{commit.shard}.db.zst" for commit in opened.commits]
    merge_bundles(bundles, tmp_path / "merged.db")
    with DebugBundle.open(tmp_path / "merged.db") as bundle:
        assert rounded(opened.outcome) == rounded(bundle.outcome)


def test_info_of_an_unfinished_dataset(tmp_path):
    """`info` counts the shards that are planned and not complete."""
    build_here(EVALUATION, tmp_path / "part", shard="1/2")
    missing = Dataset.open(tmp_path / "part").missing_count
    assert missing > 0
    assert f"Not complete: {missing} shard" in run("info", tmp_path / "part").stdout


def test_no_dataset_at_a_url(tmp_path):
    """A URL without a dataset is an error that names it."""
    shown = run("info", f"file://{tmp_path}")
    assert (shown.exit_code, "is not a dataset" in shown.output) == (1, True)


def test_two_results_at_once(dataset):
    """A result can be read while another one is."""
    with Dataset.open(dataset).connect() as connection:
        numbers = connection.query("SELECT * FROM range(5000)").rows
        texts = connection.query("SELECT 'a' FROM range(5000)").rows
        assert [*zip(numbers, texts, strict=True)] == [((number,), ("a",)) for number in range(5000)]


NOTE = "Note: {}: 4 shards not complete and not read; dataset build builds what is missing\n"


@pytest.mark.parametrize(
    "command",
    [
        ("query", "{}", "SELECT count(*) FROM runs"),
        ("show", "{}", "1"),
        ("search", "{}", "ruler"),
        ("cost", "{}"),
        ("cell", "{}", "runs.1.path"),
        ("compare", "{}", "--all-experiments"),
        ("gate", "{}", "--experiment", "baseline", "--min-pass-rate", "0.5"),
        ("dataset", "pull", "{}", "--where", "true", "-o", "{}.db", "--quiet"),
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize("shard", ["1/3", "7/7"])
def test_missing_shards(tmp_path, command, shard):
    """An answer from a part of the shards comes with a note on stderr, and there is none without any shard."""
    build_here(EVALUATION, tmp_path / "part", shard=shard, shard_bytes=1)
    done = run(*(word.format(tmp_path / "part") for word in command))
    if shard == "7/7":
        assert "has no complete shard; run dataset build again" in " ".join(done.stderr.split())
        assert done.stdout == ""
    else:
        assert done.stderr.startswith(NOTE.format(tmp_path / "part"))


@pytest.mark.parametrize("name", ["find-text", "prompt-differences", "failure-reasons"])
def test_saved_query_without_shards(tmp_path, name):
    """Saved queries of both dialects say that no shard is complete."""
    build_here(EVALUATION, tmp_path / "part", shard="7/7", shard_bytes=1)
    parameters = ("--param", "text=ruler") if name == "find-text" else ()
    done = run("query", tmp_path / "part", "--name", name, *parameters)
    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: {tmp_path / 'part'}: the dataset has no complete shard; run dataset build again\n",
    )
