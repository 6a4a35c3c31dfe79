"""The tree below a directory is listed whole, whatever is in it, and one odd entry never ends a build."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from support.artifact_samples import lines, log_record, rows, write_files

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.artifacts.entries import tree_walk

LOG = lines(log_record())
UNKNOWN = "SELECT path, reason, problem_count FROM artifacts WHERE kind = 'unknown' ORDER BY path"


@pytest.fixture
def folder(tmp_path):
    """Return a directory with a log in it and one below."""
    return write_files(tmp_path / "debug", {"a.log": LOG, "sub/b.log": LOG})


def deepen(folder, levels, name="d" * 9):
    """Make folders in each other below `folder`, and a log in the last; return its path below `folder`."""
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    with open("deep.log", "wb", opener=lambda path, flags: os.open(path, flags, dir_fd=descriptor)) as stream:
        stream.write(LOG)
    os.close(descriptor)
    return f"{name}/" * levels + "deep.log"


@contextmanager
def few_descriptors(count):
    """Let this process open only `count` files more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs Linux")
def test_a_deep_tree(folder, tmp_path):
    """A tree of 1,200 levels, with paths that are too long for one system call, is read with a few descriptors."""
    name = deepen(folder, 1200)
    try:
        with (
            few_descriptors(40),
            DebugBundle.from_directory(folder, output=tmp_path / "b.db", recursive=True) as bundle,
        ):
            found = bundle.query("SELECT path, status, sha256 IS NOT NULL FROM artifacts ORDER BY path").fetchall()
            assert bundle.verify(against=folder).findings == ()
    finally:
        subprocess.run(["rm", "-rf", folder], check=True)
    assert found == [("a.log", "imported", 1), (name, "duplicate", 1), ("sub/b.log", "duplicate", 1)]


class TestFoldersThatCannotBeListed:
    """Errors of listing."""

    @pytest.fixture
    def failing(self, monkeypatch):
        """Let the folder `sub` not be opened."""
        opened = tree_walk.open_folder

        def refuse(path, identity=None):
            if path.name == "sub":
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return opened(path, identity)

        monkeypatch.setattr(tree_walk, "open_folder", refuse)

    @pytest.mark.usefixtures("failing")
    def test_below(self, folder, tmp_path):
        """A folder that cannot be listed is a row and a problem, and a finding of `verify`; the others are read."""
        output = tmp_path / "b.db"
        with DebugBundle.from_directory(folder, output=output, recursive=True) as bundle:
            findings = bundle.verify().findings
        text = "a folder that cannot be listed: EACCES: Permission denied"
        assert rows(output, UNKNOWN) == [("sub", text, 1)]
        assert rows(output, "SELECT kind, error FROM problems") == [("unreadable", text)]
        assert [(finding.artifact, finding.text) for finding in findings] == [
            ("sub", f"the bundle does not hold its bytes, which could not be read: {text}")
        ]
        assert rows(output, "SELECT count(*) FROM logs") == [(1,)]

    def test_the_directory_itself(self, folder, monkeypatch):
        """If the directory itself cannot be listed, there is no bundle."""

        def refuse(*_):
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(tree_walk, "open_folder", refuse)
        with pytest.raises(BundleError, match="debug: cannot be listed: Input/output error"):
            DebugBundle.from_directory(folder)

    def test_a_folder_that_is_swapped(self, folder, tmp_path, monkeypatch):
        """A folder that becomes a link, or another folder, after its parent was listed is not entered."""
        elsewhere = write_files(tmp_path / "elsewhere", {"secret.log": LOG})
        entries = tree_walk._entries

        def swapped(path, prefix, expected):
            if prefix == "sub/":
                shutil.rmtree(folder / "sub")
                (folder / "sub").symlink_to(elsewhere)
            return entries(path, prefix, expected)

        monkeypatch.setattr(tree_walk, "_entries", swapped)
        output = tmp_path / "b.db"
        DebugBundle.from_directory(folder, output=output, recursive=True).close()
        [(name, reason, problems)] = rows(output, UNKNOWN)
        assert (name, problems) == ("sub", 1)
        assert reason.startswith("a folder that cannot be listed: ")


def test_a_real_refusal(folder, tmp_path):
    """A folder without permission is a row where the process is not root's."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    (folder / "sub").chmod(0)
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from wink_debug_bundle.artifacts.discovery import discover\n"
        "os.setuid(65534)\n"
        "print([(s.name, s.reason) for s in discover(Path(sys.argv[1]), recursive=True)])\n"
    )
    for above in (tmp_path, *tmp_path.parents[:3]):
        if above.name:
            above.chmod(above.stat().st_mode | 0o055)
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
    assert "('sub', 'a folder that cannot be listed: EACCES: Permission denied')" in done.stdout
    assert "('a.log', None)" in done.stdout
