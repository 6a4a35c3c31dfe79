"""Disks, quotas and file size limits that are exhausted at random points of a build."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from support.interrupted_builds import (
    FAULT_POINTS,
    OLD_OUTPUT,
    assert_no_leftovers,
    output_state,
    prepare_job,
    random_for,
    start_build,
    wait_for_end,
)
from support.process_table import needs_linux

pytestmark = needs_linux


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Return the artifacts and their expected bundle."""
    return prepare_job(tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """Return a function that mounts a small disk of a given size in bytes."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("needs root, to mount a small disk")
    place = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", place], check=False)
    if mounted.returncode != 0:
        pytest.skip("this root may not mount")

    def resize(size):
        for path in place.iterdir():
            path.unlink()
        subprocess.run(["mount", "-o", f"remount,size={size}", place], check=True)
        return place

    yield resize
    subprocess.run(["umount", place], check=True)


def assert_old_or_complete(job, output, ended, *, old, message):
    """Assert that the build failed with a one-line reason and changed nothing, or is complete."""
    code, stderr = ended
    held = output_state(job, output, old=old)
    assert_no_leftovers(output)
    if code == 0:
        assert (stderr, held) == ("", "new")
    else:
        assert (code, held) == (1, "old" if old else "nothing")
        assert stderr.startswith("Error: ")
        assert stderr.count("\n") == 1
        assert str(output) in stderr
        assert message in stderr
    return held


@pytest.mark.parametrize("point", range(FAULT_POINTS))
def test_full(job, disk, point, record_property):
    """A disk that fills up at any point of a build ends the build with a message and without leftovers."""
    luck = random_for("disk", point)
    needed = 2 * job.size + (18 << 20)  # the bundle, its write-ahead log, and a temporary file for the large member
    output = disk(int(luck.random() ** 1.5 * needed) // 4096 * 4096 + 16384) / "b.db"
    old = luck.random() < 0.5
    if old:
        output.write_bytes(OLD_OUTPUT)
    with start_build(job.folder, output, jobs=luck.choice([1, 2])) as running:
        ended = wait_for_end(running, output)
    held = assert_old_or_complete(job, output, ended, old=old, message="the disk is full")
    record_property("fault", held)


@pytest.mark.skipif(not shutil.which("prlimit"), reason="needs prlimit")
@pytest.mark.parametrize("point", range(max(FAULT_POINTS // 4, 2)))
def test_limited(job, tmp_path, point, record_property):
    """A limit on file sizes, which SQLite reports as a disk error, is named as such in the message."""
    luck = random_for("limit", point)
    output = tmp_path / "b.db"
    old = luck.random() < 0.5
    if old:
        output.write_bytes(OLD_OUTPUT)
    limit = int(luck.random() * job.size) // 4096 * 4096 + 4096
    with start_build(job.folder, output, limit=limit, jobs=luck.choice([1, 2])) as running:
        ended = wait_for_end(running, output)
    held = assert_old_or_complete(job, output, ended, old=old, message="File too large")
    record_property("fault", held)
