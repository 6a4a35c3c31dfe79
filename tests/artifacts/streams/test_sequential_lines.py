"""Lines of a stream that can only be read forward are read once, however readers share them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.artifacts.read1_stream import GradualStream
from wink_debug_bundle.artifacts.streams import line_blocks, sequential_lines
from wink_debug_bundle.artifacts.streams.line_blocks import UNREADABLE, Block
from wink_debug_bundle.artifacts.streams.sequential_lines import ForwardLines

TEXTS = st.lists(st.binary(max_size=12), max_size=30).map(b"\n".join)


class Packed(GradualStream):
    """A stream that gives its bytes, and fails behind the byte `damaged_at` if that is given."""

    def __init__(self, data: bytes, damaged_at: int | None) -> None:
        self._rest = io.BytesIO(data[:damaged_at])
        self._is_damaged = damaged_at is not None

    @property
    def position(self) -> int:
        """How many bytes it has given."""
        return self._rest.tell()

    def read1(self, size: int = -1, /) -> bytes:
        """Some bytes, or the damage."""
        data = self._rest.read1(size)
        if not data and self._is_damaged:
            raise EOFError("the member is cut off")
        return data


def read(reader: ForwardLines, first: int, last: int | None, size: int) -> tuple[list[tuple[int, bytes]], bool]:
    """The blocks of a stretch, each with its offset, and whether there was damage in it."""
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
def shared(draw: st.DrawFn) -> tuple[bytes, int | None, list[tuple[int, int | None, int]], int, int]:
    """A text, where it is damaged, stretches with their readers, the size of blocks, and that of chunks."""
    data = draw(TEXTS)
    step = draw(st.integers(1, 40))
    begins = list(range(0, max(len(data), 1), step))
    stretches = [(begin, begin + step, draw(st.integers(0, 2))) for begin in begins]
    last = (stretches[-1][0], None, stretches[-1][2])
    damaged_at = draw(st.none() | st.integers(0, len(data)))
    return data, damaged_at, [*stretches[:-1], last], draw(st.integers(1, 60)), draw(st.integers(1, 20))


def by_bytes(data: bytes, damaged_at: int | None) -> ForwardLines:
    """A reader whose stretches are told by bytes of the stream."""
    return ForwardLines(Packed(data, damaged_at))


def by_chunks(data: bytes, damaged_at: int | None) -> ForwardLines:
    """A reader whose stretches are told by what its chunks are packed in: half as many bytes."""
    stream = Packed(data, damaged_at)
    return ForwardLines(stream, lambda: stream.position // 2)


@pytest.mark.parametrize("reader_of", [by_bytes, by_chunks])
@given(case=shared())
def test_each_line_once(reader_of, case):
    """Stretches that three readers share are together the stream, and its damage is met by one of them."""
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


@given(shared())
def test_the_end_of_an_undamaged_stream(case):
    """Who reads the last stretch knows that all has passed; a damaged stream has no end."""
    data, damaged_at, stretches, size, chunk = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential_lines, "_CHUNK_BYTES", chunk)
        reader = ForwardLines(Packed(data, damaged_at))
        read(reader, *stretches[-1][:2], size)
    assert reader.is_at_end == (damaged_at is None)


@given(TEXTS, st.integers(1, 30), st.integers(1, 6), st.integers(1, 20))
def test_lines_too_long_for_a_block(data, step, limit, chunk):
    """A line that is not held at once belongs to the stretch that it begins in, like every other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential_lines, "_CHUNK_BYTES", chunk)
        patch.setattr(line_blocks, "LINE_LIMIT", limit)
        readers = [ForwardLines(Packed(data, None)) for _ in range(2)]
        begins = range(0, max(len(data), 1), step)
        ends = [*begins[1:], None]
        found = [
            read(readers[number % 2], begin, end, 10)
            for number, (begin, end) in enumerate(zip(begins, ends, strict=True))
        ]
    assert b"".join(text for blocks, _ in found for _, text in blocks) == data


def test_what_lies_behind():
    """A stretch that has passed, or whose reading was stopped, cannot be read any more."""
    reader = ForwardLines(Packed(b"a\nb\nc\nd\n", None))
    assert read(reader, 2, 4, 100) == ([(2, b"b\n")], False)
    assert not reader.is_before(2)
    assert reader.is_before(4)
    next(iter(reader.blocks(4, 6, 100)))
    assert not reader.is_before(6)


def test_damage_before_a_stretch():
    """A reader tells once what keeps it from its stretches, and never what it has raised itself."""
    reader, other = ForwardLines(Packed(b"a\nb\nc\nd\n", 3)), ForwardLines(Packed(b"a\nb\nc\nd\n", 3))
    read(reader, 0, 2, 100)
    assert reader.missed is None
    read(reader, 4, 6, 100)
    assert isinstance(reader.missed, EOFError)
    read(reader, 6, None, 100)
    assert reader.missed is None
    assert read(other, 2, 4, 100) == ([(2, b"b")], True)
    read(other, 4, None, 100)
    assert other.missed is None
