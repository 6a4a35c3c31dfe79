"""An index is added to a bundle whole or not at all, changes nothing else, and is checked by `verify`."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from support.case_selection import mostly_slow
from support.command_runner import command_line, run_process
from support.guarded_process import GuardedProcess
from support.process_table import needs_linux, wait_until

from wink_debug_bundle import BundleBuildError, DebugBundle
from wink_debug_bundle.fidelity.findings import Verification
from wink_debug_bundle.pipeline.bundle_indexing import index_bundle
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle


@pytest.fixture
def bundle(evaluation_bundle: Path, tmp_path: Path) -> Path:
    """Return a writable copy of a bundle without an index."""
    return Path(shutil.copy(evaluation_bundle, tmp_path / "b.db"))


def verified(path: Path) -> Verification:
    """Return the result of verifying the bundle."""
    with DebugBundle.open(path) as opened:
        return opened.verify()


def digest_of(path: Path) -> str | None:
    """Return the digest that the bundle stores."""
    with DebugBundle.open(path) as opened:
        return opened.digest


def change(path: Path, *statements: str) -> None:
    """Change the file with SQL."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def texts(path: Path) -> int:
    """Return how many texts have the word tool."""
    with DebugBundle.open(path) as opened:
        return opened.search("tool").total


class TestIndex:
    """Adding and removing an index."""

    def test_adding_and_removing(self, bundle: Path) -> None:
        """A bundle with an index is sound, has no further file, and without the index it has its digest again."""
        before, size = digest_of(bundle), bundle.stat().st_size
        assert index_bundle(bundle, "usual") is False
        assert (verified(bundle).findings, verified(bundle).remarks) == ((), ())
        assert digest_of(bundle) != before
        assert bundle.stat().st_size > size
        assert index_bundle(bundle, "all") is True
        assert verified(bundle).is_sound
        assert index_bundle(bundle, None) is True
        assert digest_of(bundle) == before
        assert verified(bundle).digest == before
        assert bundle.stat().st_size < size * 1.05  # VACUUM fills pages a little differently
        assert os.listdir(bundle.parent) == [bundle.name]

    def test_the_same_as_at_the_build(self, build) -> None:
        """An index that is added later holds the same as one that is made with the bundle."""
        line = '{"timestamp": "2026-01-01T00:00:00+00:00", "level": "INFO", "logger": "a", "message": "b", "context": {}}\n'
        early, late = build({"a.log": line}, "early", search="usual"), build({"a.log": line}, "late")
        index_bundle(late, "usual")
        sql = "SELECT name, row_count, sha256 FROM digests WHERE name LIKE 'search%' ORDER BY name"
        rows = []
        for path in (early, late):
            with DebugBundle.open(path) as opened:
                rows.append(opened.query(sql).fetchall())
        assert rows[0] == rows[1]
        assert len(rows[0]) > 8

    def test_an_open_writer_is_refused(self, bundle: Path) -> None:
        """A bundle that another program is writing to is left as it is."""
        with closing(sqlite3.connect(bundle, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            with pytest.raises(BundleBuildError, match="another program is writing"):
                index_bundle(bundle, "usual")

    def test_migrating_makes_the_index_again(self, bundle: Path) -> None:
        """A bundle that `migrate` gives a new schema still has a working index."""
        index_bundle(bundle, "usual")
        found = texts(bundle)
        change(bundle, "DROP TABLE digests")
        migrate_bundle(bundle)
        assert verified(bundle).findings == ()
        assert texts(bundle) == found > 0


class TestDamage:
    """What is changed in an index is a finding, and `index` repairs it."""

    @pytest.mark.parametrize(
        ("statement", "text"),
        [
            ("DELETE FROM search_index_data WHERE id > 10", "the table search_index_data has"),
            (
                "UPDATE search_index_data SET block = zeroblob(length(block)) WHERE id > 10",
                "rows of the table search_ind",
            ),
            ("INSERT INTO search_index (search_index) VALUES ('delete-all')", "the table search_index_data has"),
            ("UPDATE search_rows SET row_id = 1", "rows of the table search_rows were changed"),
            ("DELETE FROM search_kinds", "the table search_kinds has 0 rows"),
            ("DROP TABLE search_rows", "the search index is not one that this release makes"),
            ("DROP VIEW search_content", "the search index is not one that this release makes"),
        ],
    )
    def test_a_change(self, bundle: Path, statement: str, text: str) -> None:
        """A changed index is found, a search does not crash on it, and a new index is sound."""
        index_bundle(bundle, "usual")
        change(bundle, statement)
        assert any(text in finding.text for finding in verified(bundle).findings), verified(bundle).findings
        assert run_process("search", bundle, "tool").returncode in {0, 1, 3}
        index_bundle(bundle, "usual")
        assert verified(bundle).findings == ()
        assert texts(bundle) > 0

    @pytest.mark.parametrize("seed", mostly_slow(range(40), range(3)))
    def test_random_bytes(self, bundle: Path, tmp_path: Path, seed: int) -> None:
        """A search in an index of random blocks ends with a result, or with a message and an exit code."""
        index_bundle(bundle, "all")
        luck = random.Random(seed)
        with closing(sqlite3.connect(bundle, isolation_level=None)) as connection:
            for key, block in connection.execute("SELECT id, block FROM search_index_data").fetchall():
                damaged = bytearray(block)
                for _ in range(luck.choice((1, 4, 40))):
                    damaged[luck.randrange(len(damaged))] = luck.randrange(256)
                connection.execute("UPDATE search_index_data SET block = ? WHERE id = ?", (bytes(damaged), key))
        for words in ("tool", "e*", '"tool execution"'):
            done = run_process("search", bundle, words, "--timeout", "20")
            assert done.returncode in {0, 1, 3}, done.stderr
            assert done.returncode == 0 or done.stderr.count(b"\n") == 1

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE VIEW search_index AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
            "CREATE VIRTUAL TABLE search_index USING fts5(text, content = 'search_content')",
            "CREATE TABLE search_index (text)",
        ],
    )
    def test_a_strangers_tables(self, bundle: Path, statement: str) -> None:
        """Tables that only have the names of an index are not used, and said not to be one."""
        change(bundle, statement)
        with DebugBundle.open(bundle) as opened:
            result = opened.search("tool")
        assert not result.uses_index
        assert result.total
        assert "not of this release" in result.remark
        assert any("search index" in finding.text for finding in verified(bundle).findings)
        index_bundle(bundle, None)
        assert verified(bundle).is_sound


@needs_linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_stopped_in_the_middle(large_bundle: Path, tmp_path: Path, number: signal.Signals) -> None:
    """A killed or interrupted `index` leaves the old bundle byte for byte, and the next one removes what is left."""
    path = Path(shutil.copy(large_bundle, tmp_path / "b.db"))
    before = path.read_bytes()
    with GuardedProcess(command_line("index", "--all", path), stderr=subprocess.DEVNULL) as running:
        wait_until(lambda: any(each.stat().st_size > len(before) for each in tmp_path.glob(".b.db.*.partial")))
        running.send_signal(number)
        running.wait(timeout=60)
    assert running.returncode == (-number if number == signal.SIGKILL else 130)
    assert path.read_bytes() == before
    index_bundle(path, "usual")
    assert os.listdir(tmp_path) == ["b.db"]
    assert verified(path).is_sound


@pytest.fixture(scope="module")
def large_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle whose index takes long enough to be stopped."""
    folder = tmp_path_factory.mktemp("large")
    words = [f"word{number * 7919 % 100003}" for number in range(100_000)]
    with (folder / "a.log").open("w") as stream:
        for start in range(0, 20_000, 2):
            text = " ".join(words[start : start + 40])
            stream.write(
                f'{{"timestamp": "2026-01-01T00:00:00+00:00", "level": "INFO", "logger": "a", "message": "{text}", '
                f'"context": {{"text": "{text}"}}}}\n'
            )
    DebugBundle.from_directory(folder, output=folder / "large.db").close()
    return folder / "large.db"
