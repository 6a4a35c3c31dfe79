"""Builds in places without shared memory, locks, a folder or permission."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from support.artifact_samples import write_files
from support.bundle_comparison import table_rows
from support.interrupted_builds import assert_no_leftovers
from support.large_artifacts import log_lines, write_mixed_directory
from support.process_table import needs_linux, wait_until

from wink_debug_bundle import BundleBuildError, DebugBundle
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.pipeline import build, finish
from wink_debug_bundle.pipeline.build_options import BuildOptions
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle
from wink_debug_bundle.pipeline.loading import pool
from wink_debug_bundle.pipeline.publishing import write_back
from wink_debug_bundle.pipeline.publishing.construction import Construction

pytestmark = needs_linux

CRIPPLED = """
import ctypes, errno, sys
import apsw

libc = ctypes.CDLL(None)
libc.__errno_location.restype = ctypes.POINTER(ctypes.c_int)

def failing(number):
    def call(*_):
        libc.__errno_location()[0] = number
        return -1
    return call

MMAP = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
FCNTL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
call = {"mmap": MMAP, "fcntl": FCNTL}[sys.argv[1]](failing(getattr(errno, sys.argv[2])))
apsw.VFS("calls", base="unix").xSetSystemCall(sys.argv[1], ctypes.cast(call, ctypes.c_void_p).value)

from wink_debug_bundle.pipeline import build
build.POOL_BYTES = 0
del sys.argv[1:3]
from wink_debug_bundle.cli.main import main
main()
"""
"""Code that runs the command with one failing system call of SQLite, as on some network file systems."""


@pytest.fixture(scope="module")
def mix(tmp_path_factory):
    """Return a directory with artifacts of every kind, and the rows of their bundle."""
    root = tmp_path_factory.mktemp("places")
    folder = write_mixed_directory(root / "debug")
    build_from_directory(folder, root / "b.db", BuildOptions(jobs=1), recursive=True)
    return folder, table_rows(root / "b.db")


class TestNetworkFileSystems:
    """File systems that lack something that SQLite uses."""

    @pytest.mark.parametrize(("call", "error"), [("mmap", "ENODEV"), ("mmap", "EACCES"), ("fcntl", "ENOLCK")])
    def test_a_build_does_without(self, mix, tmp_path, call, error):
        """Without shared memory or byte locks, one process builds the same bundle, whatever the number of jobs."""
        folder, expected = mix
        output = tmp_path / "out" / "b.db"
        output.parent.mkdir()
        given = ["create", "--recursive", folder, "-o", output, "--jobs", "2", "--progress", "none"]
        command = [sys.executable, "-c", CRIPPLED, call, error, *given]
        done = subprocess.run(command, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert table_rows(output) == expected
        assert_no_leftovers(output)

    def test_no_locks_on_files(self, tmp_path, monkeypatch):
        """If no file can be locked, the message says so and what to do; no file is left."""

        def unsupported(*_):
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")

        folder = write_files(tmp_path / "debug", {"a.log": log_lines(10)})
        monkeypatch.setattr(fcntl, "flock", unsupported)
        with pytest.raises(BundleBuildError, match=r"b\.db: the file system has no file locks .*on a local disk"):
            DebugBundle.from_directory(folder, output=tmp_path / "b.db")
        assert os.listdir(tmp_path) == ["debug"]

    def test_no_hard_links(self, tmp_path, monkeypatch):
        """Without hard links a new bundle is put in place, but not over a file that appeared meanwhile."""

        def unsupported(*_):
            raise PermissionError(errno.EPERM, "Operation not permitted")

        folder = write_files(tmp_path / "debug", {"a.log": log_lines(10)})
        monkeypatch.setattr(os, "link", unsupported)
        DebugBundle.from_directory(folder, output=tmp_path / "b.db").close()
        assert sorted(os.listdir(tmp_path)) == ["b.db", "debug"]

    def test_a_migration_does_without(self, mix, tmp_path):
        """A migration needs neither shared memory nor byte locks."""
        folder, _ = mix
        build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=1), recursive=True)
        (tmp_path / "steps").mkdir()
        (tmp_path / "steps" / "2.sql").write_text("ALTER TABLE logs ADD COLUMN note TEXT;")
        migrate_bundle(tmp_path / "b.db", steps=tmp_path / "steps", target=2)
        with closing(sqlite3.connect(tmp_path / "b.db")) as bundle:
            assert bundle.execute("PRAGMA journal_mode").fetchone() == ("delete",)
            assert bundle.execute("PRAGMA integrity_check").fetchone() == ("ok",)


class TestFolders:
    """The folder of the output."""

    @pytest.fixture
    def folder(self, tmp_path):
        """Return a folder of artifacts."""
        return write_files(tmp_path / "debug", {"a.log": log_lines(20_000)})

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_not_writable(self, folder, tmp_path):
        """The message about a folder without write permission names it and the reason."""
        (tmp_path / "out").mkdir(mode=0o500)
        with pytest.raises(BundleBuildError, match="out: cannot be written: Permission denied"):
            DebugBundle.from_directory(folder, output=tmp_path / "out" / "b.db")

    @pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder that cannot be written to")
    def test_not_even_by_root(self, folder):
        """The message about a file system that takes no files names it and the reason."""
        with pytest.raises(BundleBuildError, match="/proc/self: cannot be written: "):
            DebugBundle.from_directory(folder, output="/proc/self/b.db")

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_vanishing(self, folder, tmp_path, monkeypatch, jobs):
        """If the folder is removed during the build, the error names the output and the folder stays away."""
        out = tmp_path / "out"
        out.mkdir()
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        done = build.finish
        monkeypatch.setattr(build, "finish", lambda *given, **named: (done(*given, **named), shutil.rmtree(out))[0])
        with pytest.raises(BundleBuildError, match=r"out/b\.db: the bundle could not be written: "):
            build_from_directory(folder, out / "b.db", BuildOptions(jobs=jobs))
        assert os.listdir(tmp_path) == ["debug"]

    def test_vanishing_before_a_worker_opens_it(self, folder, tmp_path, monkeypatch):
        """If a worker finds no bundle file, the error says so and names the output."""
        out = tmp_path / "out"
        out.mkdir()
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        load = pool.Pool.load
        monkeypatch.setattr(pool.Pool, "load", lambda *given: (shutil.rmtree(out, ignore_errors=True), load(*given)))
        with pytest.raises(BundleBuildError, match=r"out/b\.db: the bundle could not be written: CantOpenError"):
            build_from_directory(folder, out / "b.db", BuildOptions(jobs=2))
        assert os.listdir(tmp_path) == ["debug"]


class TestTwoAtOnce:
    """Two builds of one output."""

    def test_started_together(self, tmp_path):
        """One of two builds writes the output, and the other one reports it; no files are left."""
        folder = write_files(tmp_path / "debug", {"a.log": log_lines(50_000)})
        output = tmp_path / "out" / "b.db"
        output.parent.mkdir()
        command = [sys.executable, "-m", "wink_debug_bundle", "create", folder, "-o", output, "--progress", "none"]
        both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
        said = [running.communicate(timeout=60)[1].decode() for running in both]
        assert sorted(running.returncode for running in both) == [0, 1]
        (refused,) = [text for text in said if text]
        assert (
            "another build is writing it" in refused
            or "exists already" in refused
            or "another process created it" in refused
        )
        assert_no_leftovers(output)


class TestTemporaries:
    """Temporary files of a build."""

    def test_beside_the_output(self, tmp_path, monkeypatch):
        """All files that a build writes are beside its output, in its own directory or under its name."""
        folder = write_mixed_directory(tmp_path / "debug")
        output = tmp_path / "out" / "b.db"
        output.parent.mkdir()
        monkeypatch.setattr(finish, "complete_tables", lambda _: None)
        seen: set[str] = set()
        indexes = finish.create_indexes

        def look(connection, *progress):
            connection.execute("PRAGMA cache_size = 10")
            spilling = "SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY context || id) FROM logs)"
            connection.set_progress_handler(lambda: bool(seen.update(open_for_writing())), 1000)
            connection.execute(spilling).fetchall()
            indexes(connection, *progress)

        monkeypatch.setattr(finish, "create_indexes", look)
        build_from_directory(folder, output, BuildOptions(jobs=1), recursive=True)
        beside = str(output.parent / ".b.db.")
        sorting = {path for path in seen if "-tmp/" in path}
        assert sorting
        assert {path for path in seen if not path.startswith(beside)} == set()

    def test_modes(self, tmp_path, monkeypatch):
        """Only the owner can read the files and folders of a build, whatever the umask is."""
        folder = write_files(tmp_path / "debug", {"a.log": log_lines(20_000)})
        output = tmp_path / "out" / "b.db"
        output.parent.mkdir()
        modes: dict[str, int] = {}
        fill = build._fill

        def look(*given):
            fill(*given)
            modes.update({path.name: path.stat().st_mode & 0o7777 for path in output.parent.iterdir()})

        monkeypatch.setattr(build, "_fill", look)
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        before = os.umask(0)
        try:
            build_from_directory(folder, output, BuildOptions(jobs=2))
        finally:
            os.umask(before)
        assert len(modes) == 3  # the file, its journal, and the folder
        assert {mode for name, mode in modes.items() if not name.endswith("-tmp")} == {0o600}
        assert {mode for name, mode in modes.items() if name.endswith("-tmp")} == {0o700}
        assert output.stat().st_mode & 0o7777 == 0o600


def open_for_writing() -> set[str]:
    """Return the temporary and unfinished files that this process has open for writing."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            path = os.readlink(entry)
            flags = int(Path(f"/proc/self/fdinfo/{entry.name}").read_text().split("flags:")[1].split()[0], 8)
        except OSError:  # the descriptor of the directory listing itself
            continue
        if flags & os.O_ACCMODE and ("etilqs" in path or ".partial" in path or path.startswith("/var/tmp/")):
            found.add(path)
    return found


def test_leftovers_without_their_file(tmp_path):
    """The next build removes side files that workers made after the builder's file was gone."""
    folder = write_files(tmp_path / "debug", {"a.log": log_lines(10)})
    out = write_files(
        tmp_path / "out", {".b.db.0123.partial-wal": "", ".b.db.0123.partial-shm": "", ".c.db.1.partial-wal": ""}
    )
    (out / ".b.db.4567.partial-tmp").mkdir()
    write_files(out / ".b.db.4567.partial-tmp", {"etilqs_1": "x"})
    DebugBundle.from_directory(folder, output=out / "b.db").close()
    assert sorted(os.listdir(out)) == [".c.db.1.partial-wal", "b.db"]


class TestWriteBack:
    """Early writing of many GB to a slow disk."""

    @pytest.fixture
    def construction(self, tmp_path):
        """Return an unfinished file of 16 GB, most of it holes."""
        path = tmp_path / ".b.db.0.partial"
        with path.open("wb") as stream:
            stream.truncate(16 << 30)
        return Construction(path, os.open(path, os.O_RDWR))

    @pytest.mark.skipif(write_back._sync_file_range() is None, reason="needs sync_file_range")
    def test_it_stops_between_steps(self, construction, monkeypatch):
        """An interrupted build waits for one step of its early write-back, not for all."""
        steps = []

        def slow(_descriptor, begin, *_):
            steps.append(begin)
            time.sleep(0.2)
            return 0

        monkeypatch.setattr(write_back, "_sync_file_range", lambda: slow)
        construction.sync_early()
        wait_until(lambda: len(steps) == 2)
        construction.close()
        assert len(steps) < 10  # all steps together would be hundreds

    def test_a_disk_that_fails(self, construction, monkeypatch):
        """An error of the early write-back is raised later, because fsync need not report it again."""

        def failing(*_):
            ctypes.set_errno(errno.EIO)
            return -1

        monkeypatch.setattr(write_back, "_sync_file_range", lambda: failing)
        construction.sync_early()
        with pytest.raises(OSError, match="Input/output error"):
            construction.sync()
        construction.close()

    def test_a_file_for_a_while(self, tmp_path, monkeypatch):
        """A bundle that is packed or read, and then removed, is not written to the disk."""

        def failing(*_):
            raise OSError(errno.EIO, "Input/output error")

        path = tmp_path / ".b.db.0.partial"
        path.write_bytes(b"bundle")
        construction = Construction(path, os.open(path, os.O_RDWR), is_synced=False)
        monkeypatch.setattr(os, "fsync", failing)
        construction.sync_early()
        construction.sync()
        construction.close()
