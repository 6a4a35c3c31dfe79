"""A bundle that shares text reads like one that does not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import FIXTURES, ROOT, archive, lines, log_record, write_files
from support.text_forms import form_as_asked

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.database.catalog import describe_schema
from wink_debug_bundle.database.shared_text import ENTRIES, FILES, TEXTS, RepeatedText, stored_table
from wink_debug_bundle.pipeline.build_options import BuildOptions
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle

RELEASES = sorted(path.name for path in (ROOT / "fixtures").glob("wink-*"))


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two bundles of all fixtures, one with the table and one with the view."""
    folder = tmp_path_factory.mktemp("forms")
    for shares in (False, True):
        output = folder / f"{shares}.db"
        with form_as_asked():
            bundle = DebugBundle.from_directory(ROOT / "fixtures", output=output, recursive=True, share_text=shares)
        bundle.close()
    return folder / "False.db", folder / "True.db"


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that builds a bundle of zips, given as names and contents, in the form that is asked for."""

    def bundle(zips: dict[str, dict[str, str | bytes]], name: str = "b.db", **options: Any) -> Path:
        files = {path: archive(members) for path, members in zips.items()}
        source = write_files(tmp_path / Path(name).stem, {"a.log": lines(log_record()), **files})
        with form_as_asked(), DebugBundle.from_directory(source, output=tmp_path / name, **options) as opened:
            return opened.path

    return bundle


def _query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


class TestTheView:
    """The view has what the table has."""

    def test_rows(self, forms: tuple[Path, Path]) -> None:
        """All rows of all fixtures are the same, value by value, in the same order."""
        typed = "SELECT *, typeof(content), typeof(sha256), typeof(mode) FROM files ORDER BY id"
        table, view = (_query(path, typed) for path in forms)
        assert len(table) >= 30
        assert view == table

    def test_columns(self) -> None:
        """The columns have the same names, types, descriptions, references and indexes."""
        table, view = (
            next(found for found in describe_schema(shares_text=shares) if found.name == FILES)
            for shares in (False, True)
        )
        assert (table.kind, view.kind) == ("table", "view")
        assert [(each.name, each.type, each.description, each.references) for each in view.columns] == [
            (each.name, each.type, each.description, each.references) for each in table.columns
        ]
        assert view.indexes == table.indexes

    def test_other_tables(self, forms: tuple[Path, Path]) -> None:
        """Every other table has the same digest."""
        digests = "SELECT name, row_count, sha256 FROM digests WHERE kind = 'rows'"
        table, view = (set(_query(path, digests)) for path in forms)
        different = {name for name, *_ in table ^ view}
        assert different == {FILES, ENTRIES, TEXTS, "bundle_meta", "sqlite_sequence"}

    def test_indexes(self, forms: tuple[Path, Path]) -> None:
        """A file is found by the indexes of the table, and a statement without the text does not look for it."""
        plan = "EXPLAIN QUERY PLAN SELECT id FROM files WHERE path = 'x'"
        [row] = _query(forms[1], plan)
        assert "idx_files_path" in row[3]

    def test_affinity(self, built: Callable[..., Path]) -> None:
        """A text is compared with a number as the table compares it."""
        zips = {"a.zip": {"n.txt": "17"}}
        found = [
            _query(built(zips, f"{shares}.db", share_text=shares), "SELECT path FROM files WHERE content = 17")
            for shares in (False, True)
        ]
        assert found == [[("n.txt",)]] * 2


class TestStoredOnce:
    """Equal texts are one row."""

    def test_equal_texts(self, built: Callable[..., Path]) -> None:
        """Texts of several archives, and of several files of one, are stored once; bytes are in blobs."""
        same = "same " * 1000
        path = built({"a.zip": {"1": same, "2": same, "3": b"\xff"}, "b.zip": {"1": same, "4": ""}}, share_text=True)
        assert sorted(_query(path, "SELECT length(content) FROM texts")) == [(0,), (5000,)]
        assert _query(path, "SELECT count(*), count(content) FROM files") == [(5, 4)]
        with DebugBundle.open(path) as bundle:
            assert bundle.verify().findings == ()
            assert bundle.shares_text

    def test_jobs(self, tmp_path: Path) -> None:
        """Every number of jobs gives the same bundle."""
        digests = set()
        for jobs in (1, 3):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("wink_debug_bundle.pipeline.build.POOL_BYTES", 0)
                options = BuildOptions(jobs=jobs, share_text=True)
                build_from_directory(FIXTURES, tmp_path / f"{jobs}.db", options, recursive=True)
            digests.add(tuple(_query(tmp_path / f"{jobs}.db", "SELECT * FROM digests WHERE name <> 'bundle_meta'")))
        assert len(digests) == 1

    def test_where_rows_are(self, built: Callable[..., Path]) -> None:
        """The table that has the rows depends on the form."""
        for shares, table in ((False, FILES), (True, ENTRIES)):
            with closing(
                sqlite3.connect(built({"a.zip": {"1": "x"}}, f"{shares}.db", share_text=shares))
            ) as connection:
                assert stored_table(connection, FILES) == table


def test_an_earlier_form_is_renewed(built: Callable[..., Path]) -> None:
    """A bundle that shares text, and lacks what a later release adds, is migrated and stays one."""
    path = built({"a.zip": {"1": "x"}, "b.zip": {"1": "x"}}, share_text=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE digests")
        connection.execute("DROP VIEW turn_tokens")
        connection.execute("DROP INDEX idx_files_bytes")
        connection.commit()
    migrate_bundle(path)
    with DebugBundle.open(path) as bundle:
        assert bundle.shares_text
        assert bundle.verify().findings == ()


class TestRepeatedText:
    """How much text is repeated, and when the summary says so."""

    @pytest.mark.parametrize("shares", [False, True])
    def test_measured(self, tmp_path: Path, shares: bool) -> None:
        """The bytes of texts that an earlier file has count; blobs, which are stored once anyway, do not."""
        members = {
            "1": "x" * 1000,
            "2": "x" * 1000,
            "3": "x" * 1000,
            "4": "other",
            "5": b"\xff" * 50,
            "6": b"\xff" * 50,
        }
        source = write_files(tmp_path / "debug", {"a.zip": archive(members)})
        with form_as_asked():
            summary = build_from_directory(source, tmp_path / "b.db", BuildOptions(jobs=1, share_text=shares))
        size = (tmp_path / "b.db").stat().st_size
        found = summary.repeated_text
        assert (found.size_bytes, found.is_shared) == (2000, shares)
        assert 0 < size - found.database_bytes <= 8192

    @pytest.mark.parametrize(
        ("size", "shared", "whole", "is_most"),
        [
            (20 << 20, False, 30 << 20, True),
            (20 << 20, False, 50 << 20, False),
            (20 << 20, True, 30 << 20, False),
            (2000, False, 3000, False),
        ],
    )
    def test_most(self, size: int, shared: bool, whole: int, is_most: bool) -> None:
        """It is worth a word if it is half of a bundle that is not small."""
        assert RepeatedText(size, shared, whole).is_most is is_most
