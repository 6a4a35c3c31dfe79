"""`migrate`: its messages for bundles of all ages, and that a failure changes nothing."""

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
    """Return a writable copy of a bundle."""
    return Path(shutil.copy(run_bundle, tmp_path / "b.db"))


def change(bundle, *statements):
    """Change the bundle with SQL."""
    with closing(sqlite3.connect(bundle)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def assert_refused(bundle, code=1):
    """Return the message about a bundle that is not migrated; check that it is unchanged and has no files beside it."""
    before = bundle.read_bytes()
    result = run("migrate", bundle)
    assert (result.exit_code, result.stdout) == (code, "")
    assert bundle.read_bytes() == before
    assert os.listdir(bundle.parent) == [bundle.name]
    assert result.stderr.count("\n") == 1
    return result.stderr


class TestMigrate:
    """Bundles of different versions."""

    def test_up_to_date(self, bundle):
        """A bundle of the current version is reported as up to date and is not changed."""
        with DebugBundle.open(bundle) as opened:
            before = opened.statistics
        result = run("migrate", bundle)
        assert (result.exit_code, result.output) == (0, f"{bundle}: schema v{SCHEMA_VERSION} is up to date\n")
        with DebugBundle.open(bundle) as opened:
            assert opened.statistics == before
        assert os.listdir(bundle.parent) == ["b.db"]

    def test_as_a_process(self, bundle):
        """The command works as a process of its own."""
        done = run_process("migrate", bundle)
        assert (done.returncode, done.stderr) == (0, b"")

    def test_a_newer_one(self, bundle):
        """A bundle of a newer release is refused."""
        change(bundle, "UPDATE bundle_meta SET schema_version = 99")
        assert f"schema v99 is newer than supported v{SCHEMA_VERSION}" in assert_refused(bundle)

    def test_a_version_without_a_step(self, bundle):
        """A bundle of a version without a migration step is refused."""
        change(bundle, "UPDATE bundle_meta SET schema_version = 0")
        assert "no way from bundle schema v0 to v1" in assert_refused(bundle)


class TestNoBundle:
    """Files that are not bundles."""

    @pytest.mark.parametrize(
        ("statements", "message"),
        [
            (["DROP VIEW error_log", "DROP TABLE bundle_meta"], "b.db: is a SQLite database, but not a debug bundle"),
            (["DELETE FROM bundle_meta"], "the bundle has no schema version"),
            (["UPDATE bundle_meta SET schema_version = 'one'"], "the bundle has no schema version"),
        ],
    )
    def test_a_database(self, bundle, statements, message):
        """A database without bundle_meta is refused by name."""
        change(bundle, *statements)
        assert message in assert_refused(bundle)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "b.db: the file is empty"),
            (b"text", "b.db: is not a SQLite database"),
        ],
    )
    def test_another_file(self, tmp_path, content, message):
        """A file that is not a database is refused by name."""
        bundle = tmp_path / "b.db"
        bundle.write_bytes(content)
        assert message in assert_refused(bundle)

    def test_only_the_beginning_of_one(self, bundle):
        """A file that only begins like a database is reported as damaged."""
        bundle.write_bytes(b"SQLite format 3\x00" + b"\xaa" * 5000)
        assert "b.db: the bundle is damaged: file is not a database" in assert_refused(bundle, code=3)

    def test_a_damaged_one(self, bundle):
        """A bundle with damaged first pages is refused by name."""
        content = bytearray(bundle.read_bytes())
        content[100:4096] = bytes(3996)
        bundle.write_bytes(content)
        assert "b.db: the bundle is damaged: " in assert_refused(bundle, code=3)

    def test_a_missing_file(self, tmp_path):
        """A missing file is an error."""
        result = run("migrate", tmp_path / "b.db")
        assert result.exit_code == 1
        assert "No such file" in result.stderr
