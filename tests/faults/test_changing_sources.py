"""Sources that change, vanish or cannot be read while they are read: the rest is in the bundle, and what is not, is told."""

from __future__ import annotations

import errno
import gzip
import os

import pytest
from support.artifact_samples import ROOT, archive, rows, write_files
from support.large_artifacts import log_lines

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts import split_reader
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.pipeline import build, splitting
from wink_debug_bundle.pipeline.build_options import BuildOptions

PROBLEMS = """
SELECT path, problems.kind, error FROM problems JOIN artifacts ON artifacts.id = artifact_id
WHERE problems.kind <> 'unrecognised'
"""
CHANGES = "SELECT path, reason FROM artifacts WHERE reason LIKE '%while it was read%'"
SUMS = "SELECT path, size_bytes, (SELECT sum(length) FROM ledger WHERE artifact_id = artifacts.id) FROM artifacts"


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Build a bundle of two logs and a text; `act` is done to one of them when the plan is made and nothing is read."""
    text = "some text\n" * 100
    folder = write_files(tmp_path / "debug", {"a.log": log_lines(5000), "b.log": log_lines(10), "c.txt": text})
    create = build.create_empty_tables

    def run(act, jobs=1, name="a.log"):
        monkeypatch.setattr(build, "create_empty_tables", lambda connection: (act(folder / name), create(connection)))
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=jobs))
        return tmp_path / "b.db"

    return run


def assert_sound(bundle):
    """The bundle is whole, whatever became of its sources."""
    with DebugBundle.open(bundle) as opened:
        assert opened.verify().findings == ()


@pytest.mark.parametrize("jobs", [1, 2])
def test_removed(built, jobs):
    """A source that is gone is a problem, its bytes are lost in the ledger, and the others are read."""
    bundle = built(os.unlink, jobs)
    ((path, kind, error),) = rows(bundle, PROBLEMS)
    assert (path, kind) == ("a.log", "unreadable")
    assert "No such file" in error
    assert rows(bundle, "SELECT count(*) FROM logs") == [(10,)]
    assert rows(bundle, CHANGES) == [("a.log", "it was removed while it was read")]
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
    assert_sound(bundle)
    [(path, change)] = rows(bundle, CHANGES)
    assert (path, change.partition(";")[0]) == ("a.log", f"it grew by {len(log_lines(5))} bytes while it was read")


@pytest.mark.parametrize("name", ["a.log", "c.txt"])
def test_written_to(built, name):
    """That a source was written to is told, also where it is as long as before; the bundle is whole in itself."""
    bundle = built(lambda path: os.utime(path, (1, 1)), name=name)
    [(path, change)] = rows(bundle, CHANGES)
    assert (path, change.rpartition("; ")[2]) == (name, "it was written to while it was read")
    assert_sound(bundle)


@pytest.mark.parametrize("size", [0, 10, 2000])
def test_a_file_that_is_kept_whole(built, size):
    """What is appended to it is left out, what is gone of it is told, and the bundle is whole in itself."""
    bundle = built(lambda path: os.truncate(path, size), name="c.txt")
    kept = "SELECT blobs.size_bytes FROM blobs JOIN artifacts ON blobs.sha256 = blob_sha256 WHERE path = 'c.txt'"
    assert rows(bundle, kept) == [(min(size, 1000),)]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))
    assert [kind for _, kind, _ in rows(bundle, PROBLEMS)] == (["unreadable"] if size < 1000 else [])
    assert_sound(bundle)


def test_a_disk_that_cannot_be_read(built, monkeypatch):
    """A read error in the middle of a source is a problem with its place; what was read before it is in the bundle."""
    line_blocks = split_reader.line_blocks
    good = len(log_lines(1000))

    class Failing:
        def __init__(self, stream):
            self.stream = stream

        def read(self, size):
            left = good - self.stream.tell()
            if left <= 0:
                raise OSError(errno.EIO, "Input/output error")
            return self.stream.read(min(size, left))

    def read_badly(stream, **how):
        return line_blocks(Failing(stream) if stream.name.endswith("a.log") else stream, **how)

    monkeypatch.setattr(split_reader, "line_blocks", read_badly)
    bundle = built(lambda _: None)
    ((path, kind, error),) = rows(bundle, PROBLEMS)
    assert (path, kind) == ("a.log", "unreadable")
    assert "Input/output error" in error
    assert rows(bundle, "SELECT count(*) FROM logs") == [(1010,)]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """Build a bundle of one file whose lines are cut into stretches; `act` is done to it when the third is read.

    Whoever reads that opens the file anew, as a worker does that comes late or takes the place of one that died.
    """
    monkeypatch.setattr(splitting, "BLOCK_BYTES", 1 << 14)
    read = split_reader.PieceReader.read
    folder = tmp_path / "debug"
    folder.mkdir()

    def run(name, data, act):
        (folder / name).write_bytes(data)
        stretches = []

        def read_after(self, piece):
            if piece.source.kind == "logs":
                stretches.append(piece)
                if len(stretches) == 3:
                    self.close()
                    act(folder / name)
            return read(self, piece)

        monkeypatch.setattr(split_reader.PieceReader, "read", read_after)
        build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=1))
        assert len(stretches) > 3
        return tmp_path / "b.db"

    return run


@pytest.mark.parametrize("act", [os.unlink, lambda path: os.truncate(path, 10)])
def test_a_packed_log_that_readers_share(shared, act):
    """If one of them finds it gone or cut, when others have read of it, it tells; what they read is in the bundle."""
    bundle = shared("a.log.gz", gzip.compress(b"".join(log_lines(1, text=f"{n**70:x}") for n in range(2000))), act)
    ((name, kind, _),) = rows(bundle, PROBLEMS)
    assert (name, kind) == ("a.log.gz", "unreadable")
    ((count,),) = rows(bundle, "SELECT count(*) FROM logs")
    assert 0 < count < 2000
    assert_sound(bundle)


@pytest.mark.parametrize("other", [None, archive({"debug_bundle/manifest.json": b"{}"})])
def test_a_zip_that_readers_share(shared, other):
    """If one of them finds it gone or another, when others have read of a member, it tells of each stretch."""
    (run, *_) = sorted(ROOT.glob("fixtures/wink-0.27.0/runs/*.zip"), key=lambda path: -path.stat().st_size)
    bundle = shared("a.zip", run.read_bytes(), os.unlink if other is None else lambda path: path.write_bytes(other))
    told = rows(bundle, f"{PROBLEMS} AND path LIKE '%app.jsonl'")
    assert {kind for _, kind, _ in told} == {"unreadable"}
    assert rows(bundle, "SELECT count(*) > 0 FROM logs") == [(1,)]
    with DebugBundle.open(bundle) as opened:
        found = {finding.artifact for finding in opened.verify().findings}
    assert found <= {"a.zip!debug_bundle/transcript.jsonl"}  # lines of it that only the log holds are lost with them
