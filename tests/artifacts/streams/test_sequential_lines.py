"""Each line of a stream that can only be read forward is read once, however several readers share the stream."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.artifacts.read1_stream import Read1Stream
from wink_debug_bundle.artifacts.read_errors import UNREADABLE
from wink_debug_bundle.artifacts.streams import line_blocks, sequential_lines
from wink_debug_bundle.artifacts.streams.line_blocks import Block
from wink_debug_bundle.artifacts.streams.sequential_lines import SequentialLineReader

TEXTS = st.lists(st.binary(max_size=12), max_size=30).map(b"\n".join)


class MemberStream(Read1Stream):
    """A stream of the given bytes that fails after the byte `damaged_at`, if that is given."""

    def __init__(self, data: bytes, damaged_at: int | None) -> None:
        self._rest = io.BytesIO(data[:damaged_at])
        self._is_damaged = damaged_at is not None

    @property
    def position(self) -> int:
        """Return how many bytes have been read."""
        return self._rest.tell()

    def read1(self, size: int = -1, /) -> bytes:
        """Return some bytes, or raise the error."""
        data = self._rest.read1(size)
        if not data and self._is_damaged:
            raise EOFError("the member is cut off")
        return data


def read(reader: SequentialLineReader, first: int, last: int | None, size: int) -> tuple[list[tuple[int, bytes]], bool]:
    """Return the blocks of a byte range, each with its offset, and whether an error was met in it."""
    found = []
    try:
        for block in reader.blocks(first, last, size):
            data = block.data if isinstance(block, Block) else b"".join(block)
            if not isinstance(block, Block):
                data += b"\n" * (block.length - len(data))
                if block.failure is not None:
                    assert isinstance(block.failure, UNREADABLE)
            found.append((block.offset, data))
    except UNREADABLE:
        return found, True
    return found, False


@st.composite
def shared_streams(draw: st.DrawFn) -> tuple[bytes, int | None, list[tuple[int, int | None, int]], int, int]:
    """Draw a text, where it is damaged, byte ranges with their readers, the size of blocks, and that of chunks."""
    data = draw(TEXTS)
    step = draw(st.integers(1, 40))
    begins = list(range(0, max(len(data), 1), step))
    stretches = [(begin, begin + step, draw(st.integers(0, 2))) for begin in begins]
    last = (stretches[-1][0], None, stretches[-1][2])
    damaged_at = draw(st.none() | st.integers(0, len(data)))
    return data, damaged_at, [*stretches[:-1], last], draw(st.integers(1, 60)), draw(st.integers(1, 20))


def reader_by_bytes(data: bytes, damaged_at: int | None) -> SequentialLineReader:
    """Return a reader whose byte ranges count bytes of the stream."""
    return SequentialLineReader(MemberStream(data, damaged_at))


def reader_by_compressed_bytes(data: bytes, damaged_at: int | None) -> SequentialLineReader:
    """Return a reader whose byte ranges count compressed bytes, here half as many as bytes of the stream."""
    stream = MemberStream(data, damaged_at)
    return SequentialLineReader(stream, lambda: stream.position // 2)


@pytest.mark.parametrize("reader_of", [reader_by_bytes, reader_by_compressed_bytes])
@given(case=shared_streams())
def test_each_line_once(reader_of, case):
    """Byte ranges read by three readers together are the stream, and one of them meets its damage."""
    data, damaged_at, stretches, size, chunk = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential_lines, "_CHUNK_BYTES", chunk)
        readers = [reader_of(data, damaged_at) for _ in range(3)]
        blocks, damages = [], []
        for first, last, reader in stretches:
            assert readers[reader].is_before(first)
            found, is_damaged = read(readers[reader], first, last, size)
            blocks += found
            damages.append(is_damaged)
    assert b"".join(text for _, text in blocks) == data[:damaged_at]
    at = 0
    for offset, text in blocks:
        assert offset == at
        at += len(text)
    assert damages.count(True) == (damaged_at is not None)


@given(shared_streams())
def test_the_end_of_an_undamaged_stream(case):
    """The reader of the last byte range is at the end of the stream, unless the stream is damaged."""
    data, damaged_at, stretches, size, chunk = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential_lines, "_CHUNK_BYTES", chunk)
        reader = SequentialLineReader(MemberStream(data, damaged_at))
        read(reader, *stretches[-1][:2], size)
    assert reader.is_at_end == (damaged_at is None)


@given(TEXTS, st.integers(1, 30), st.integers(1, 6), st.integers(1, 20))
def test_lines_too_long_for_a_block(data, step, limit, chunk):
    """A line too long for a block belongs to the byte range that it begins in, like any other line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential_lines, "_CHUNK_BYTES", chunk)
        patch.setattr(line_blocks, "LINE_LIMIT", limit)
        readers = [SequentialLineReader(MemberStream(data, None)) for _ in range(2)]
        begins = range(0, max(len(data), 1), step)
        ends = [*begins[1:], None]
        found = [
            read(readers[number % 2], begin, end, 10)
            for number, (begin, end) in enumerate(zip(begins, ends, strict=True))
        ]
    assert b"".join(text for blocks, _ in found for _, text in blocks) == data


def test_earlier_ranges_cannot_be_read():
    """A byte range that was passed, or whose reading was stopped, can no longer be read."""
    reader = SequentialLineReader(MemberStream(b"a\nb\nc\nd\n", None))
    assert read(reader, 2, 4, 100) == ([(2, b"b\n")], False)
    assert not reader.is_before(2)
    assert reader.is_before(4)
    next(iter(reader.blocks(4, 6, 100)))
    assert not reader.is_before(6)


def test_damage_before_a_range():
    """A reader reports damage before its byte range once, and not damage that it has already raised."""
    reader, other = (
        SequentialLineReader(MemberStream(b"a\nb\nc\nd\n", 3)),
        SequentialLineReader(MemberStream(b"a\nb\nc\nd\n", 3)),
    )
    read(reader, 0, 2, 100)
    assert reader.missed is None
    read(reader, 4, 6, 100)
    assert isinstance(reader.missed, EOFError)
    read(reader, 6, None, 100)
    assert reader.missed is None
    assert read(other, 2, 4, 100) == ([(2, b"b")], True)
    read(other, 4, None, 100)
    assert other.missed is None
