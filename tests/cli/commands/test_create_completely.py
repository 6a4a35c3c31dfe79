"""`create`: what is kept, what makes a build incomplete, and files named beside a directory."""

from __future__ import annotations

import os

import pytest
from support.artifact_samples import archive, column, lines, log_record, rows, snapshot, write_files
from support.command_runner import run

from wink_debug_bundle import DebugBundle

LOG = lines(log_record())


class TestStrict:
    """The option --strict, and what the summary says in any case."""

    @pytest.mark.parametrize(
        ("files", "incomplete"),
        [
            ({}, 0),
            ({"notes.txt": "text", "empty.log": b"", ".git/config": "x"}, 0),
            ({"b.log": LOG + b"{bad\n"}, 1),
            ({"b.log": b"\0\0"}, 1),
            ({"b.zip": archive({"a": "b"})[:-30], "c.log": b'{"cut'}, 2),
        ],
    )
    def test_exit_code(self, tmp_path, files, incomplete):
        """The exit code is 4 if an artifact was read in part or not at all; the bundle is written all the same."""
        write_files(tmp_path, {"a.log": LOG, **files})
        done = run("create", "-r", tmp_path, "--strict")
        assert done.exit_code == (4 if incomplete else 0)
        assert column(tmp_path / "bundle.db", "SELECT count(*) > 0 FROM logs") == [1]
        verb = "artifact was" if incomplete == 1 else "artifacts were"
        said = f"Incomplete: {incomplete} {verb} not read completely\n"
        assert (said in done.stdout) == bool(incomplete)
        again = run("create", "-r", tmp_path, "--force")
        assert (again.exit_code, said in again.stdout) == (0, bool(incomplete))

    def test_links_and_pipes(self, tmp_path):
        """Links, pipes and folders that are not read are no faults."""
        write_files(tmp_path, {"a.log": LOG, "sub/b.log": LOG})
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "link").symlink_to("/etc/passwd")
        (tmp_path / "loop").symlink_to("loop")
        assert run("create", tmp_path, "--strict").exit_code == 0


class TestKeeping:
    """The option --keep-unrecognised, and what other commands say of files that are only listed."""

    @pytest.mark.parametrize(("options", "count"), [([], 0), (["--keep-unrecognised"], 1)])
    def test_bytes(self, tmp_path, options, count):
        """The bytes of a file that is no artifact are in the bundle only if they are asked for."""
        write_files(tmp_path, {"a.log": LOG, "notes.txt": "text"})
        assert run("create", tmp_path, *options).exit_code == 0
        assert column(tmp_path / "bundle.db", "SELECT count(*) FROM blobs") == [count]
        done = run("extract", tmp_path / "bundle.db", "-o", tmp_path / "out")
        assert done.exit_code == 0
        assert (tmp_path / "out" / "notes.txt").exists() == bool(count)

    def test_what_other_commands_say(self, tmp_path):
        """`verify`, `extract`, `info` and `cat` say that the bytes are not in the bundle, and it is no finding."""
        write_files(tmp_path / "d", {"a.log": LOG, "notes.txt": "text"})
        bundle = tmp_path / "b.db"
        run("create", tmp_path / "d", "-o", bundle)
        done = run("verify", bundle)
        assert done.exit_code == 0
        assert (
            "2 artifacts, 1 proven byte for byte, 1 listed without their bytes: nothing wrong was found" in done.stdout
        )
        done = run("extract", bundle, "-o", tmp_path / "out")
        assert (done.exit_code, "1 that the bundle lists without their bytes was not written" in done.stdout) == (
            0,
            True,
        )
        done = run("verify", bundle, "--against", tmp_path / "out")
        assert done.exit_code == 0
        assert "Listed without their bytes, and not in the directory: notes.txt\n" in done.stdout
        assert "Listed, without their bytes: 1\n" in run("info", bundle).stdout
        done = run("cat", bundle, "notes.txt")
        assert done.exit_code == 1
        assert "notes.txt: the bundle lists it without its bytes; create --keep-unrecognised" in done.stderr


class TestDirectoryAndFiles:
    """Files that are named together with a DIRECTORY."""

    def test_both_are_read(self, tmp_path):
        """Named files are read beside those found, whatever their names."""
        write_files(tmp_path, {"d/a.log": LOG, "e/records": lines({"n": 1}, log_record()), "e/s": lines(snapshot())})
        done = run("create", tmp_path / "d", "--logs", tmp_path / "e/records", "--session", tmp_path / "e/s")
        assert done.exit_code == 0
        found = rows(tmp_path / "d/bundle.db", "SELECT path, kind FROM artifacts")
        assert found == [(f"{tmp_path}/e/s", "snapshots"), (f"{tmp_path}/e/records", "logs"), ("a.log", "logs")]

    def test_a_file_that_is_in_the_directory(self, tmp_path):
        """A named file that is found as well is read once, as what it was named to be, under its path there."""
        write_files(tmp_path, {"a.log": LOG, "server.txt": b"no record\n", "sub/c": b"none\n"})
        with DebugBundle.from_directory(
            tmp_path, log_files=[tmp_path / "server.txt", tmp_path / "sub" / "c"]
        ) as bundle:
            found = bundle.query("SELECT path, kind FROM artifacts ORDER BY path").fetchall()
            assert bundle.verify(against=tmp_path).findings == ()
        assert found == [("a.log", "logs"), ("server.txt", "logs"), ("sub", "unknown"), ("sub/c", "logs")]

    def test_a_missing_file(self, tmp_path):
        """A named file that does not exist is an error, and no bundle is written."""
        write_files(tmp_path, {"a.log": LOG})
        done = run("create", tmp_path, "--logs", tmp_path / "b.log")
        assert (done.exit_code, done.stderr) == (1, f"Error: {tmp_path}/b.log: no such file\n")
        assert not (tmp_path / "bundle.db").exists()


@pytest.mark.parametrize("name", ["WINK.log", "x.partial", "y-wal", "z.zip.tmp", "q.zip.sqlite", "sub/n.txt", ".h"])
def test_verify_counts_entries_by_itself(tmp_path, name):
    """An entry that was added after the build is a finding, whatever its name and the bytes at 68 are."""
    write_files(tmp_path, {"d/a.log": LOG})
    with DebugBundle.from_directory(tmp_path / "d", output=tmp_path / "b.db", recursive=True) as bundle:
        write_files(tmp_path / "d", {name: LOG[:68] + b"WINK" + LOG[72:]})
        findings = [(finding.artifact, finding.text) for finding in bundle.verify(against=tmp_path / "d").findings]
    assert findings == [(name, "is not in the bundle")]
