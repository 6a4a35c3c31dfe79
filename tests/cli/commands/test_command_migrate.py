"""`migrate`: what it says of bundles of all ages, and that it changes nothing it cannot finish."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.command_runner import run, run_process

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.database.schema_files import SCHEMA_VERSION


@pytest.fixture
def bundle(run_bundle, tmp_path):
    """A bundle of its own, to write in."""
    return Path(shutil.copy(run_bundle, tmp_path / "b.db"))


def change(bundle, *statements):
    """Change the bundle behind our back."""
    with closing(sqlite3.connect(bundle)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def refused(bundle, code=1):
    """What is said of a bundle that is not migrated; it stays as it was, and alone."""
    before = bundle.read_bytes()
    result = run("migrate", bundle)
    assert (result.exit_code, result.stdout) == (code, "")
    assert bundle.read_bytes() == before
    assert os.listdir(bundle.parent) == [bundle.name]
    assert result.stderr.count("\n") == 1
    return result.stderr


class TestMigrate:
    """Bundles as they come."""

    def test_up_to_date(self, bundle):
        """A bundle of this release says so, and reads as before."""
        with DebugBundle.open(bundle) as opened:
            before = opened.statistics
        result = run("migrate", bundle)
        assert (result.exit_code, result.output) == (0, f"{bundle}: schema v{SCHEMA_VERSION} is up to date\n")
        with DebugBundle.open(bundle) as opened:
            assert opened.statistics == before
        assert os.listdir(bundle.parent) == ["b.db"]

    def test_as_a_process(self, bundle):
        """The command works on its own."""
        done = run_process("migrate", bundle)
        assert (done.returncode, done.stderr) == (0, b"")

    def test_a_newer_one(self, bundle):
        """A bundle of a newer release is refused."""
        change(bundle, "UPDATE bundle_meta SET schema_version = 99")
        assert f"schema v99 is newer than supported v{SCHEMA_VERSION}" in refused(bundle)

    def test_one_without_a_way(self, bundle):
        """A bundle that no step leads from is refused."""
        change(bundle, "UPDATE bundle_meta SET schema_version = 0")
        assert "no way from bundle schema v0 to v1" in refused(bundle)


class TestNoBundle:
    """Files that are no bundle."""

    @pytest.mark.parametrize(
        ("statements", "message"),
        [
            (["DROP VIEW error_log", "DROP TABLE bundle_meta"], "b.db: is a SQLite database, but not a debug bundle"),
            (["DELETE FROM bundle_meta"], "the bundle says nothing of itself"),
            (["UPDATE bundle_meta SET schema_version = 'one'"], "the bundle says nothing of itself"),
        ],
    )
    def test_a_database(self, bundle, statements, message):
        """A database without a bundle's description is refused, and named."""
        change(bundle, *statements)
        assert message in refused(bundle)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "b.db: the file is empty"),
            (b"text", "b.db: is not a SQLite database"),
        ],
    )
    def test_another_file(self, tmp_path, content, message):
        """A file that is no database is refused, and named."""
        bundle = tmp_path / "b.db"
        bundle.write_bytes(content)
        assert message in refused(bundle)

    def test_only_the_beginning_of_one(self, bundle):
        """A file of which nothing but the first bytes are a database's is damaged."""
        bundle.write_bytes(b"SQLite format 3\x00" + b"\xaa" * 5000)
        assert "b.db: the bundle is damaged: file is not a database" in refused(bundle, code=3)

    def test_a_damaged_one(self, bundle):
        """A bundle whose first pages are damaged is refused, and named."""
        content = bytearray(bundle.read_bytes())
        content[100:4096] = bytes(3996)
        bundle.write_bytes(content)
        assert "b.db: the bundle is damaged: " in refused(bundle, code=3)

    def test_none(self, tmp_path):
        """A path without a file is an error."""
        result = run("migrate", tmp_path / "b.db")
        assert result.exit_code == 1
        assert "No such file" in result.stderr
