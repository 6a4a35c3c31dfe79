"""Sources that change, vanish or cannot be read while they are read: the rest is in the bundle, and what is not, is told."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager

import pytest
from large import log_lines
from samples import rows, write_files

from wink_debug_bundle.artifacts import reading
from wink_debug_bundle.bundle import build_from_directory
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.options import BuildOptions

PROBLEMS = "SELECT path, problems.kind, error FROM problems JOIN artifacts ON artifacts.id = artifact_id"
SUMS = "SELECT path, size_bytes, (SELECT sum(length) FROM ledger WHERE artifact_id = artifacts.id) FROM artifacts"


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Build a bundle of two logs after `act` was done to the first one, when the plan is made and nothing is read."""
    folder = write_files(tmp_path / "debug", {"a.log": log_lines(5000), "b.log": log_lines(10)})
    create = build.create_empty_tables

    def run(act, jobs=1):
        monkeypatch.setattr(
            build, "create_empty_tables", lambda connection: (act(folder / "a.log"), create(connection))
        )
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=jobs))
        return tmp_path / "b.db"

    return run


@pytest.mark.parametrize("jobs", [1, 2])
def test_removed(built, jobs):
    """A source that is gone is a problem, its bytes are lost in the ledger, and the others are read."""
    bundle = built(os.unlink, jobs)
    ((path, kind, error),) = rows(bundle, PROBLEMS)
    assert (path, kind) == ("a.log", "unreadable")
    assert "No such file" in error
    assert rows(bundle, "SELECT count(*) FROM logs") == [(10,)]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))


@pytest.mark.parametrize("jobs", [1, 2])
def test_shortened(built, jobs):
    """Of a source that became shorter what is there is read, and the rest is told."""
    bundle = built(lambda path: os.truncate(path, len(log_lines(2000))), jobs)
    assert rows(bundle, PROBLEMS) == [("a.log", "unreadable", "EOFError: the file became shorter while it was read")]
    assert rows(bundle, "SELECT count(*) FROM logs") == [(2010,)]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))


def test_lengthened(built):
    """What is appended after the build began is not in the bundle, and not in its account."""

    def append(path):
        with path.open("ab") as stream:
            stream.write(log_lines(5))

    bundle = built(append)
    assert rows(bundle, PROBLEMS) == []
    assert rows(bundle, "SELECT count(*) FROM logs") == [(5010,)]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))


def test_a_disk_that_cannot_be_read(built, monkeypatch):
    """A read error in the middle of a source is a problem with its place; what was read before it is in the bundle."""
    unpack = reading.unpack
    good = len(log_lines(1000))

    class Failing:
        def __init__(self, stream):
            self.stream = stream

        def seek(self, offset):
            return self.stream.seek(offset)

        def read(self, size):
            left = good - self.stream.tell()
            if left <= 0:
                raise OSError(errno.EIO, "Input/output error")
            return self.stream.read(min(size, left))

    @contextmanager
    def unpack_badly(packed, *how):
        with unpack(packed, *how) as stream:
            yield Failing(stream) if packed.name.endswith("a.log") else stream

    monkeypatch.setattr(reading, "unpack", unpack_badly)
    bundle = built(lambda _: None)
    ((path, kind, error),) = rows(bundle, PROBLEMS)
    assert (path, kind) == ("a.log", "unreadable")
    assert "Input/output error" in error
    assert rows(bundle, "SELECT count(*) FROM logs") == [(1010,)]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))
