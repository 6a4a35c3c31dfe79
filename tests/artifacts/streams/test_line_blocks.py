"""Streams are decompressed and divided into blocks that end at line ends."""

from __future__ import annotations

import gzip
import io
import itertools

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import column, lines, log_record, rows

from wink_debug_bundle.artifacts.read_errors import UNREADABLE
from wink_debug_bundle.artifacts.streams.decompression import decompress
from wink_debug_bundle.artifacts.streams.line_blocks import LongLine, line_blocks
from wink_debug_bundle.column_values import Compression

TEXTS = st.one_of(st.binary(max_size=80), st.lists(st.binary(max_size=20), max_size=8).map(b"\n".join))


class FailingStream(io.BytesIO):
    """A stream that raises an error after its last byte."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes, or raise if none are left."""
        data = super().read(size)
        if not data:
            raise EOFError("the file is cut off")
        return data

    read1 = read


class TestLineBlocks:
    """Blocks of lines."""

    @given(TEXTS, st.integers(1, 30), st.integers(0, 1000))
    def test_whole_lines(self, data, size, offset):
        """The blocks together are the stream; each but the last ends at a line end; their offsets are contiguous."""
        blocks = list(line_blocks(io.BytesIO(data), offset=offset, length=None, size=size))
        assert b"".join(block.data for block in blocks) == data
        assert all(block.data.endswith(b"\n") for block in blocks[:-1])
        at = offset
        for block in blocks:
            assert block.offset == at
            at += len(block.data)

    @given(TEXTS, st.integers(1, 30))
    def test_size(self, data, size):
        """A block exceeds the requested size by at most one line."""
        longest = max(len(line) + 1 for line in data.split(b"\n"))
        blocks = line_blocks(io.BytesIO(data), offset=0, length=None, size=size)
        assert all(len(block.data) <= size + longest for block in blocks)

    @given(TEXTS, st.integers(0, 100), st.integers(1, 30))
    def test_length(self, data, length, size):
        """Reading stops at the requested length."""
        blocks = line_blocks(io.BytesIO(data), offset=0, length=length, size=size)
        assert b"".join(block.data for block in blocks) == data[:length]

    @given(TEXTS, st.integers(1, 30))
    def test_failure(self, data, size):
        """The lines before an error are yielded, and then the error is raised."""
        cutting = line_blocks(FailingStream(data), offset=0, length=None, size=size)
        found = b""
        while len(found) < len(data):
            found += next(cutting).data
        assert found == data
        with pytest.raises(EOFError):
            next(cutting)


class TestLongLines:
    """Lines with more bytes than are held in memory."""

    @given(TEXTS, st.integers(1, 30), st.integers(0, 12), st.integers(0, 1000))
    def test_in_parts(self, data, size, limit, offset):
        """Long lines are yielded in parts, and all lines together are the stream."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("wink_debug_bundle.artifacts.streams.line_blocks.LINE_LIMIT", limit or 1)
            blocks = line_blocks(io.BytesIO(data), offset=offset, length=None, size=size)
            found = [(block.offset, bytes_of(block), block) for block in blocks]
        at = offset
        for begin, text, block in found:
            assert begin == at
            assert isinstance(block, LongLine) == (max(map(len, text.split(b"\n"))) > (limit or 1))
            at += block.length
        ended = b"".join(
            text + b"\n" * (block.length > len(text)) if isinstance(block, LongLine) else text
            for _, text, block in found
        )
        assert ended == data
        assert all(b"\n" not in text for _, text, block in found if isinstance(block, LongLine))

    def test_failure_within(self):
        """If a long line cannot be read to its end, its first part is yielded before the error is raised."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("wink_debug_bundle.artifacts.streams.line_blocks.LINE_LIMIT", 4)
            blocks = line_blocks(FailingStream(b"ab\nlong line"), offset=0, length=None, size=3)
            assert [(block.offset, bytes_of(block)) for block in itertools.islice(blocks, 2)] == [
                (0, b"ab\n"),
                (3, b"long line"),
            ]
            with pytest.raises(EOFError):
                next(blocks)


def bytes_of(block):
    """Return the bytes of a block or of a long line."""
    return b"".join(block) if isinstance(block, LongLine) else block.data


PACKERS = {Compression.GZIP: gzip.compress, Compression.ZSTD: zstandard.compress}


@pytest.mark.parametrize("compression", PACKERS)
class TestDecompression:
    """Compressed files."""

    @pytest.mark.parametrize("data", [b"", b"a", b"line\n" * 100_000], ids=["empty", "one byte", "500 kB"])
    def test_round_trip(self, tmp_path, compression, data):
        """The decompressed bytes are those that were compressed."""
        path = tmp_path / "f"
        path.write_bytes(PACKERS[compression](data))
        with path.open("rb") as file, decompress(file, compression) as stream:
            assert stream.read() == data

    def test_several_parts(self, tmp_path, compression):
        """A file of several compressed parts is read to its end."""
        path = tmp_path / "f"
        path.write_bytes(b"".join(PACKERS[compression](part) for part in (b"a\n", b"", b"b\n" * 5000, b"c")))
        with path.open("rb") as file, decompress(file, compression) as stream:
            assert stream.read() == b"a\n" + b"b\n" * 5000 + b"c"

    @pytest.mark.parametrize("cut", [1, 5, 20])
    def test_cut_off(self, tmp_path, compression, cut):
        """A file that ends too early is an error, not an end."""
        path = tmp_path / "f"
        path.write_bytes(PACKERS[compression](bytes(range(256)) * 50)[:-cut])
        with path.open("rb") as file, decompress(file, compression) as stream, pytest.raises(UNREADABLE):
            stream.read()

    def test_garbage_at_the_end(self, tmp_path, compression):
        """Bytes after the compressed data are an error."""
        path = tmp_path / "f"
        path.write_bytes(PACKERS[compression](b"data") + b"garbage after it")
        with path.open("rb") as file, decompress(file, compression) as stream, pytest.raises(UNREADABLE):
            stream.read()


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)])
def test_cut_off_log(build, ending, pack):
    """The readable part of a compressed log that is cut off is imported, and the rest is a problem."""
    many = lines(*[log_record(message=f"{number * 7919 % 10007}" * 20) for number in range(2000)])
    path = build({f"a.log.{ending}": pack(many)[:-2000]})
    [(count,)] = rows(path, "SELECT count(*) FROM logs")
    assert count > 100
    assert rows(path, "SELECT status, kind FROM artifacts") == [("partial", "logs")]
    assert "unreadable" in column(path, "SELECT kind FROM problems")
    assert column(path, "SELECT sum(length) FROM ledger")[0] > 10_000


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)])
@pytest.mark.parametrize("tail", [b"garbage", b"\x28\xb5\x2f\xfd garbage", b"\x1f\x8b\x08garbage"])
def test_garbage_after_a_log(build, ending, pack, tail):
    """The lines before garbage at the end of a compressed log are imported, even if few, and the file is stored."""
    whole = pack(lines(log_record(), log_record())) + pack(lines(log_record()))
    path = build({f"a.log.{ending}": whole + tail})
    assert column(path, "SELECT line FROM logs") == [1, 2, 3]
    assert rows(path, "SELECT status, kind FROM artifacts") == [("partial", "logs")]
    kept = "SELECT kind, size_bytes FROM problems JOIN blobs ON sha256 = blob_sha256"
    assert rows(path, kept) == [("unreadable", len(whole + tail))]


def test_little_of_a_log(build):
    """A gzipped log that was cut off after very few bytes is still detected as a log."""
    whole = gzip.compress(lines(*[log_record(message=f"{number * 7919 % 10007}" * 9) for number in range(200)]))
    path = build({"a.log.gz": whole[:-100]})
    assert rows(path, "SELECT status, kind FROM artifacts") == [("partial", "logs")]
    assert column(path, "SELECT count(*) > 0 FROM ledger") == [1]


def test_one_cut_block(build):
    """A zstd file cut off in its first block cannot be read at all, so it is stored unchanged."""
    path = build({"a.log.zst": zstandard.compress(lines(log_record()))[:-5], "b.log": lines(log_record())})
    found = rows(path, "SELECT status, reason, blob_sha256 IS NOT NULL FROM artifacts WHERE path = 'a.log.zst'")
    assert found == [("skipped", "cannot be read: the compressed data is cut off", 1)]
