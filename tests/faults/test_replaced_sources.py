"""Sources that are replaced between their discovery and their reading, and disks that fail: nothing else is read instead."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys

import pytest
from support.artifact_samples import archive, lines, log_record, rows, snapshot, write_files
from support.failing_disk import fail_reading

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.build_options import BuildOptions

LOG, PACKED_LOG, RUN_LOG = (
    lines(*[log_record(message="true", level=level)] * 50) for level in ("INFO", "DEBUG", "ERROR")
)
FILES = {
    "a.log": LOG,
    "b.log.gz": gzip.compress(PACKED_LOG),
    "c.zip": archive({"a.txt": "true"}),
    "d.jsonl": lines(snapshot()),
    "e.log": b"\0" * 500,
    "f.txt": b"a text",
    "g.zip": archive({"debug_bundle/manifest.json": "{}", "debug_bundle/logs/app.jsonl": RUN_LOG}),
}
SECRET = b"SECRET" * 100


def link_outside(path):
    """Replace the file by a link to one outside of the directory."""
    outside = path.parent.parent / "outside"
    outside.write_bytes(SECRET)
    path.unlink()
    path.symlink_to(outside)


def pipe(path):
    """Replace the file by a pipe that nobody writes to."""
    path.unlink()
    os.mkfifo(path)


def twin(path):
    """Replace the file by another one of the same size and times."""
    status = path.stat()
    other = path.with_name("other")
    other.write_bytes((SECRET * 9)[: status.st_size])
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def folder_link(path):
    """Replace the file's folder by a link to a folder with a file of the same name."""
    folder = path.parent
    elsewhere = folder.with_name("elsewhere")
    write_files(elsewhere, dict.fromkeys(FILES, SECRET))
    shutil.move(folder, folder.with_name("away"))
    folder.symlink_to(elsewhere)


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Build a bundle of several files, and apply an act to one of them after planning and before reading."""
    folder = write_files(tmp_path / "debug", FILES)
    create = build.create_empty_tables

    def run(act, name, jobs=1):
        monkeypatch.setattr(
            build, "create_empty_tables", lambda connection, **form: (act(folder / name), create(connection, **form))
        )
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        summary = build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=jobs))
        return tmp_path / "b.db", summary

    return run


@pytest.mark.parametrize("act", [link_outside, pipe, twin, folder_link])
@pytest.mark.parametrize("name", FILES)
def test_another_file_is_not_read(built, act, name):
    """A file that a link, a pipe or another file has replaced is not read; the bundle says so."""
    bundle, summary = built(act, name)
    assert b"SECRET" not in bundle.read_bytes()
    [(reason, sha256)] = rows(bundle, "SELECT reason, sha256 FROM artifacts WHERE path = ?", (name,))
    assert "has taken its place since the build began, and is not read" in reason
    assert sha256 is None
    assert name in {changed for changed, _ in summary.changed}
    if name != "f.txt":  # which is only listed
        assert rows(bundle, "SELECT count(*) > 0 FROM problems WHERE kind = 'unreadable'") == [(1,)]
        assert summary.incomplete_count > 0


def test_with_workers(built):
    """Workers refuse a replaced file, too."""
    bundle, _ = built(twin, "a.log", jobs=2)
    assert rows(bundle, "SELECT count(*) FROM logs WHERE message = 'true'") == [(100,)]
    assert b"SECRET" not in bundle.read_bytes()


def test_written_to_under_the_same_times(built):
    """A file that is changed in place and gets its old size and time back is reported: its change time tells."""

    def rewrite(path):
        status = path.stat()
        path.write_bytes(path.read_bytes().replace(b"true", b"lies"))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    bundle, summary = built(rewrite, "a.log")
    assert summary.changed == (("a.log", "it was written to, or its attributes were changed, while it was read"),)
    assert rows(bundle, "SELECT count(*) FROM logs WHERE message = 'lies'") == [(50,)]


@pytest.mark.parametrize(("name", "held"), [("a.log", None), ("e.log", 300), ("f.txt", None)])
def test_a_disk_that_fails(tmp_path, monkeypatch, name, held):
    """Whatever a file is, a failing read is a problem with the error's name and the byte, and a finding of `verify`."""
    folder = write_files(tmp_path / "debug", {**FILES, "f.txt": b"text " * 2000})
    fail_reading(monkeypatch, name, 300)
    summary = build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=1))
    found = rows(
        tmp_path / "b.db",
        "SELECT error, offset FROM problems JOIN artifacts ON artifacts.id = artifact_id"
        " WHERE path = ? AND problems.kind = 'unreadable'",
        (name,),
    )
    assert found == [("EIO: Input/output error", found[0][1])]
    assert found[0][1] <= 300
    assert summary.incomplete_count >= 1
    with DebugBundle.open(tmp_path / "b.db") as bundle:
        assert name in {finding.artifact for finding in bundle.verify().findings}
        kept = bundle.query(
            "SELECT blobs.size_bytes FROM artifacts JOIN blobs ON blobs.sha256 = blob_sha256 WHERE path = ?", (name,)
        ).fetchone()
    assert kept == (None if held is None else (held,))


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file that the system does not let be read")
def test_a_real_error(tmp_path):
    """A file whose reading the system refuses is named with the error, and `--strict` says so in the exit code."""
    write_files(tmp_path, {"a.log": LOG})
    command = [sys.executable, "-m", "wink_debug_bundle", "create", "-o", tmp_path / "b.db", "--progress", "none"]
    command += ["--logs", "/proc/self/mem", "--logs", tmp_path / "a.log"]
    done = subprocess.run([*command, "--strict"], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "  cannot be read at byte 0: EIO: Input/output error: /proc/self/mem\n" in done.stdout
    assert "Incomplete: 1 artifact was not read completely\n" in done.stdout
    assert subprocess.run([*command, "--force"], capture_output=True, check=False).returncode == 0
    assert rows(tmp_path / "b.db", "SELECT count(*) FROM logs") == [(50,)]
