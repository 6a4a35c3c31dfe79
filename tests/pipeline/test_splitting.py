"""The splits of an artifact cover it exactly once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import archive

from wink_debug_bundle.artifacts.discovery import describe
from wink_debug_bundle.artifacts.source import Member, Source
from wink_debug_bundle.column_values import ArtifactKind, Compression
from wink_debug_bundle.pipeline.planning import splitting
from wink_debug_bundle.pipeline.planning.plan import Artifact

LINES = st.lists(st.binary(max_size=12), max_size=30).map(b"\n".join)


def splits_of(data: bytes, kind: ArtifactKind, *, size: int | None = None, **constants: int):
    """Return the splits of a file of these bytes; `size` is the size at its discovery."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, value in constants.items():
            patch.setattr(splitting, name, value)
        path = Path(folder, "a")
        path.write_bytes(data)
        source = Source(path, "a", kind, Compression.NONE, len(data) if size is None else size, 0)
        return list(splitting.splits_of(Artifact(7, source), "session", Path(folder)))


class TestLines:
    """Logs and snapshots."""

    @given(LINES, st.integers(1, 40), st.integers(1, 9))
    def test_each_byte_once(self, data, block, scan):
        """Splits are contiguous from the first byte to the last, whatever their size."""
        found = splits_of(data, ArtifactKind.LOGS, BLOCK_BYTES=block, _SCAN_BYTES=scan)
        assert b"".join(data[split.first : split.last] for split in found) == data
        assert [split.first for split in found] == [0, *(split.last for split in found[:-1])]
        assert found[-1].last == len(data)
        assert sum(split.compressed_bytes for split in found) == len(data)

    @given(LINES, st.integers(1, 40), st.integers(1, 9))
    def test_whole_lines(self, data, block, scan):
        """Each split but the last ends at a line end, and exceeds a block by less than a line."""
        found = splits_of(data, ArtifactKind.SNAPSHOTS, BLOCK_BYTES=block, _SCAN_BYTES=scan)
        for split in found[:-1]:
            text = data[split.first : split.last]
            assert text.endswith(b"\n")
            assert b"\n" not in text[block:-1]
            assert len(text) > block

    @given(LINES, st.integers(1, 40), st.integers(0, 30))
    def test_bytes_added_later(self, data, block, later):
        """Bytes added after the discovery are in no split."""
        size = max(len(data) - later, 0)
        found = splits_of(data, ArtifactKind.LOGS, size=size, BLOCK_BYTES=block)
        assert b"".join(data[split.first : split.last] for split in found) == data[:size]

    @given(LINES, st.integers(1, 40), st.integers(1, 30))
    def test_bytes_lost_later(self, data, block, lost):
        """If a file became shorter, the splits still cover the size at its discovery."""
        found = splits_of(data, ArtifactKind.LOGS, size=len(data) + lost, BLOCK_BYTES=block)
        assert found[-1].last == len(data) + lost
        assert [split.first for split in found] == [0, *(split.last for split in found[:-1])]

    def test_the_session_and_the_artifact(self):
        """Each split has its artifact and the session of its records."""
        found = splits_of(b"a\n" * 9, ArtifactKind.LOGS, BLOCK_BYTES=3)
        assert len(found) > 2
        assert {(split.artifact_id, split.default_session) for split in found} == {(7, "session")}

    def test_a_vanished_file(self, tmp_path):
        """A removed file is one split, whose reader reports it."""
        source = Source(tmp_path / "a", "a", ArtifactKind.LOGS, Compression.NONE, 100 << 20, 0)
        (split,) = splitting.splits_of(Artifact(1, source), None, tmp_path)
        assert (split.first, split.last) == (0, 100 << 20)


class TestMembers:
    """Archives."""

    @given(st.lists(st.binary(max_size=2000), max_size=25), st.integers(1, 6000), st.integers(1, 9))
    def test_each_member_once(self, members, block, count):
        """Splits are contiguous from the first member to the last, whatever their size."""
        data = archive([(f"{number}", content) for number, content in enumerate(members)])
        found = splits_of(data, ArtifactKind.ARCHIVE, BLOCK_BYTES=block, BATCH_MEMBERS=count)
        if len(found) == 1 and found[0].last is None:
            assert found[0].first <= 1  # all members are covered
        else:
            numbers = [number for split in found for number in range(split.first, split.last + 1)]
            assert numbers == list(range(1, len(members) + 1))
            assert all(split.last - split.first < count for split in found)

    def test_many_small_ones_are_cut(self):
        """Many members without content make several splits too."""
        data = archive([(f"{number}", b"") for number in range(100)])
        assert len(splits_of(data, ArtifactKind.ARCHIVE, BLOCK_BYTES=5000, BATCH_MEMBERS=2000)) > 5

    def test_a_damaged_archive(self):
        """A damaged archive is one split, whose reader reports it."""
        (split,) = splits_of(b"PK\x03\x04" + b"x" * 100, ArtifactKind.ARCHIVE, BLOCK_BYTES=10)
        assert split.last is None


class TestMembersOfRuns:
    """Members of a run zip that hold lines."""

    @staticmethod
    def cut(kind: ArtifactKind, size: int, compressed: int):
        """Return the splits of a member of these sizes."""
        member = Member(3, compressed, None)
        source = Source(Path("a.zip"), "a.zip!/log", kind, Compression.NONE, size, 0, member=member)
        return list(splitting.splits_of(Artifact(8, source, 7), "session", Path()))

    @pytest.mark.parametrize("kind", [ArtifactKind.LOGS, ArtifactKind.SNAPSHOTS])
    @pytest.mark.parametrize("size", [0, 1, 8 << 20, (8 << 20) + 1, 100 << 20])
    def test_byte_ranges(self, kind, size):
        """A member is split at every 8 MiB of its decompressed size; the last split is open-ended."""
        found = self.cut(kind, size, size // 10)
        assert [split.first for split in found] == list(range(0, max(size, 1), 8 << 20))
        assert [split.last for split in found] == [*(split.first for split in found[1:]), None]

    def test_transcripts(self):
        """A transcript is one split."""
        (split,) = self.cut(ArtifactKind.TRANSCRIPT, 100 << 20, 1 << 20)
        assert (split.first, split.last) == (0, None)


class TestCompressed:
    """Compressed files of lines."""

    @pytest.mark.parametrize("size", [1, (8 << 20) // 10, 1 << 20, 100 << 20])
    def test_byte_ranges(self, size):
        """A file is split at about every 8 MiB of compressed bytes; the last split is open-ended."""
        source = Source(Path("a.log.gz"), "a.log.gz", ArtifactKind.LOGS, Compression.GZIP, size, 0)
        found = list(splitting.splits_of(Artifact(1, source), None, Path()))
        assert [split.first for split in found] == list(range(0, size, (8 << 20) // 10))
        assert [split.last for split in found] == [*(split.first for split in found[1:]), None]


class TestWhole:
    """Files that are not split."""

    def test_unknown(self, tmp_path, monkeypatch):
        """A file that is not an artifact is one split."""
        monkeypatch.setattr(splitting, "BLOCK_BYTES", 1)
        (tmp_path / "b.txt").write_bytes(b"text\n" * 10)
        source = describe(tmp_path / "b.txt", "b.txt")
        assert source is not None
        (split,) = splitting.splits_of(Artifact(1, source), None, tmp_path)
        assert (split.last, split.compressed_bytes) == (None, source.size_bytes)
