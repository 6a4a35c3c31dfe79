"""Sources that change, vanish or become unreadable during a build: the rest is imported, and the loss is reported."""

from __future__ import annotations

import errno
import gzip
import os

import pytest
from support.artifact_samples import ROOT, archive, rows, write_files
from support.large_artifacts import log_lines

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts import split_reader
from wink_debug_bundle.artifacts.accounting.raw_file import SHORTER
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.build_options import BuildOptions
from wink_debug_bundle.pipeline.planning import splitting

PROBLEMS = """
SELECT path, problems.kind, error FROM problems JOIN artifacts ON artifacts.id = artifact_id
WHERE problems.kind <> 'unrecognised'
"""
CHANGES = "SELECT path, reason FROM artifacts WHERE reason LIKE '%while it was read%'"
SUMS = "SELECT path, size_bytes, (SELECT sum(length) FROM ledger WHERE artifact_id = artifacts.id) FROM artifacts"


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Build a bundle of two logs and a text; apply `act` to one of them after planning and before reading."""
    text = "some text\n" * 100
    other = log_lines(10, start=5000)
    folder = write_files(
        tmp_path / "debug", {"a.log": log_lines(5000), "b.log": other, "c.txt": text, "d.log": b"\0" * 1000}
    )
    create = build.create_empty_tables

    def run(act, jobs=1, name="a.log"):
        monkeypatch.setattr(
            build, "create_empty_tables", lambda connection, **form: (act(folder / name), create(connection, **form))
        )
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=jobs))
        return tmp_path / "b.db"

    return run


def assert_sound(bundle):
    """Assert that the bundle is complete and consistent in itself."""
    with DebugBundle.open(bundle) as opened:
        assert opened.verify().findings == ()


@pytest.mark.parametrize("jobs", [1, 2])
def test_removed(built, jobs):
    """A removed source is a problem, the ledger marks its bytes as lost, and the others are read."""
    bundle = built(os.unlink, jobs)
    ((path, kind, error),) = rows(bundle, PROBLEMS)
    assert (path, kind) == ("a.log", "unreadable")
    assert "No such file" in error
    assert rows(bundle, "SELECT count(*) FROM logs") == [(10,)]
    assert rows(bundle, CHANGES) == [("a.log", "it was removed while it was read")]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))


@pytest.mark.parametrize("jobs", [1, 2])
def test_shortened(built, jobs):
    """The rest of a shortened source is read, and the loss is reported."""
    bundle = built(lambda path: os.truncate(path, len(log_lines(2000))), jobs)
    assert rows(bundle, PROBLEMS) == [("a.log", "unreadable", "EOFError: the file became shorter while it was read")]
    assert rows(bundle, "SELECT count(*) FROM logs") == [(2010,)]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))


def test_lengthened(built):
    """Bytes appended after the build began are neither in the bundle nor in the ledger."""

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
    """A source that was written to is reported, even if its size is the same; the bundle is consistent."""
    bundle = built(lambda path: os.utime(path, (1, 1)), name=name)
    [(path, change)] = rows(bundle, CHANGES)
    assert (path, change.rpartition("; ")[2]) == (name, "it was written to while it was read")
    assert_sound(bundle)


@pytest.mark.parametrize("size", [0, 10, 2000])
def test_a_file_that_is_kept_whole(built, size):
    """For a file stored as a blob, appended bytes are left out, and lost bytes are a problem and a finding."""
    bundle = built(lambda path: os.truncate(path, size), name="d.log")
    blob_size = "SELECT blobs.size_bytes FROM blobs JOIN artifacts ON blobs.sha256 = blob_sha256 WHERE path = 'd.log'"
    assert rows(bundle, blob_size) == [(min(size, 1000),)]
    assert all(size == accounted for _, size, accounted in rows(bundle, SUMS))
    assert [kind for _, kind, _ in rows(bundle, PROBLEMS)] == (["unreadable"] if size < 1000 else [])
    with DebugBundle.open(bundle) as opened:
        found = [finding.text for finding in opened.verify().findings]
    lost = f"the bundle holds {size} of its 1000 bytes, which could not be read: EOFError: {SHORTER}"
    assert found == ([lost] if size < 1000 else [])


def test_a_disk_that_cannot_be_read(built, monkeypatch):
    """A read error in a source is a problem with its place; what was read before it is in the bundle."""
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
def built_in_ranges(tmp_path, monkeypatch):
    """Build a bundle of one file in several byte ranges; apply `act` when the third is read.

    Each reader opens the file anew, like a worker that starts late or replaces a dead one.
    """
    monkeypatch.setattr(splitting, "BLOCK_BYTES", 1 << 14)
    read = split_reader.SplitReader.read
    folder = tmp_path / "debug"
    folder.mkdir()

    def run(name, data, act):
        (folder / name).write_bytes(data)
        splits = []

        def read_after(self, piece):
            if piece.source.kind == "logs":
                splits.append(piece)
                if len(splits) == 3:
                    self.close()
                    act(folder / name)
            return read(self, piece)

        monkeypatch.setattr(split_reader.SplitReader, "read", read_after)
        build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=1))
        assert len(splits) > 3
        return tmp_path / "b.db"

    return run


@pytest.mark.parametrize("act", [os.unlink, lambda path: os.truncate(path, 10)])
def test_a_compressed_log_of_several_readers(built_in_ranges, act):
    """If a later reader finds the log removed or cut, that is reported, and what others read stays."""
    bundle = built_in_ranges(
        "a.log.gz", gzip.compress(b"".join(log_lines(1, text=f"{n**70:x}") for n in range(2000))), act
    )
    ((name, kind, _),) = rows(bundle, PROBLEMS)
    assert (name, kind) == ("a.log.gz", "unreadable")
    ((count,),) = rows(bundle, "SELECT count(*) FROM logs")
    assert 0 < count < 2000
    assert_sound(bundle)


@pytest.mark.parametrize("other", [None, archive({"debug_bundle/manifest.json": b"{}"})])
def test_a_zip_of_several_readers(built_in_ranges, other):
    """If a later reader finds the zip removed or replaced, that is reported for each byte range."""
    (run, *_) = sorted(ROOT.glob("fixtures/wink-0.27.0/runs/*.zip"), key=lambda path: -path.stat().st_size)
    bundle = built_in_ranges(
        "a.zip", run.read_bytes(), os.unlink if other is None else lambda path: path.write_bytes(other)
    )
    problems = rows(bundle, f"{PROBLEMS} AND path LIKE '%app.jsonl'")
    assert {kind for _, kind, _ in problems} == {"unreadable"}
    assert rows(bundle, "SELECT count(*) > 0 FROM logs") == [(1,)]
    with DebugBundle.open(bundle) as opened:
        found = {finding.artifact for finding in opened.verify().findings}
    assert found <= {"a.zip!debug_bundle/transcript.jsonl"}  # its lines that repeat lost lines of the log are lost too
