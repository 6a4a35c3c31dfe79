"""Opening a file that is not a bundle raises an error with a message of its own for each kind of file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest
from support.artifact_samples import lines, log_record

from wink_debug_bundle import BundleVersionError, DebugBundle, InvalidBundleError


def database(path, script):
    """Return a function that makes a SQLite file with a script."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


class TestNoBundle:
    """Files that are not bundles."""

    def test_absent(self, tmp_path):
        """A missing file is reported as missing."""
        with pytest.raises(InvalidBundleError, match=r"b\.db: cannot be opened: No such file"):
            DebugBundle.open(tmp_path / "b.db")
        assert list(tmp_path.iterdir()) == []

    def test_directory(self, tmp_path):
        """A directory is reported as a directory."""
        with pytest.raises(InvalidBundleError, match="is a directory; name the bundle file in it"):
            DebugBundle.open(tmp_path)

    def test_pipe(self, tmp_path):
        """A pipe is refused at once, without waiting for a writer."""
        os.mkfifo(tmp_path / "b.db")
        with pytest.raises(InvalidBundleError, match=r"b\.db: is not a regular file; save the bundle as one first"):
            DebugBundle.open(tmp_path / "b.db")

    def test_empty(self, tmp_path):
        """An empty file is refused, although SQLite takes it for an empty database."""
        (tmp_path / "b.db").touch()
        with pytest.raises(InvalidBundleError, match="the file is empty"):
            DebugBundle.open(tmp_path / "b.db")

    def test_log_file(self, tmp_path):
        """A log file is refused."""
        (tmp_path / "b.db").write_bytes(lines(log_record()))
        with pytest.raises(InvalidBundleError, match="is not a SQLite database"):
            DebugBundle.open(tmp_path / "b.db")

    def test_another_database(self, tmp_path):
        """Another program's SQLite file is refused."""
        database(tmp_path / "b.db", "CREATE TABLE t (a)")
        with pytest.raises(InvalidBundleError, match="but not a debug bundle"):
            DebugBundle.open(tmp_path / "b.db")

    @pytest.mark.parametrize("kept", [100, 4096, 20000])
    def test_cut_off(self, run_bundle, tmp_path, kept):
        """A bundle that was copied only in part is refused."""
        (tmp_path / "b.db").write_bytes(run_bundle.read_bytes()[:kept])
        with pytest.raises(InvalidBundleError, match=r"b\.db"):
            DebugBundle.open(tmp_path / "b.db")

    def test_empty_meta(self, run_bundle, tmp_path):
        """A bundle without a row in bundle_meta is refused."""
        (tmp_path / "b.db").write_bytes(run_bundle.read_bytes())
        database(tmp_path / "b.db", "DELETE FROM bundle_meta")
        with pytest.raises(InvalidBundleError, match="has no schema version"):
            DebugBundle.open(tmp_path / "b.db")

    def test_version_that_is_text(self, run_bundle, tmp_path):
        """A bundle whose schema version is text is refused."""
        (tmp_path / "b.db").write_bytes(run_bundle.read_bytes())
        database(tmp_path / "b.db", "UPDATE bundle_meta SET schema_version = 'x'")
        with pytest.raises(InvalidBundleError):
            DebugBundle.open(tmp_path / "b.db")

    def test_older_schema(self, run_bundle, tmp_path):
        """A bundle of an older schema is refused, with what to do."""
        (tmp_path / "b.db").write_bytes(run_bundle.read_bytes())
        database(tmp_path / "b.db", "UPDATE bundle_meta SET schema_version = 0")
        with pytest.raises(BundleVersionError, match="schema v0 is older than v1; run: wink-debug-bundle migrate"):
            DebugBundle.open(tmp_path / "b.db")
