"""Files of lines that are packed as a whole, .gz or .zst: read in stretches that workers share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from ..rows import Batch
from .accounting.raw_file import missed_range
from .read1_stream import Read1Stream
from .source import Source
from .streams.decompression import decompress
from .streams.line_blocks import Block, LongLine
from .streams.sequential_lines import SequentialLineReader


class _Decompressed(Read1Stream):
    """The file's unpacked bytes; it is opened when they are read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._compressed: BinaryIO | None = None
        self._stream: BinaryIO | None = None

    def read1(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        if self._compressed is None:
            self._compressed = self._source.path.open("rb")
            self._stream = decompress(self._compressed, self._source.compression, self._source.limit)
        return self._stream.read1(size)  # type: ignore[union-attr, no-any-return]

    def place(self) -> int:
        """How many bytes of the file have been read."""
        return 0 if self._compressed is None else self._compressed.tell()

    def close(self) -> None:
        """Close the file."""
        if self._compressed is not None:
            self._compressed.close()
        super().close()


class CompressedFile:
    """A packed file whose lines are read, in stretches that are told by bytes of the packed file.

    What is unpacked at once belongs to the stretch that it is packed in.
    """

    def __init__(
        self, source: Source, artifact_id: int, read_block: Callable[[Block | LongLine], Iterator[Batch]]
    ) -> None:
        self._source = source
        self._artifact_id = artifact_id
        self._read_block = read_block
        self._stream = _Decompressed(source)
        self._lines = SequentialLineReader(self._stream, self._stream.place)

    @property
    def offset(self) -> int:
        """How many bytes have been unpacked."""
        return self._lines.offset

    def serves(self, artifact_id: int, first: int) -> bool:
        """Whether it is this artifact, and a stretch that begins at byte `first` can still be read."""
        return artifact_id == self._artifact_id and self._lines.is_before(first)

    def batches(self, first: int, last: int | None, *, block_bytes: int) -> Iterator[Batch]:
        """Batches of the lines that are packed from byte `first` on and before byte `last`, the file's end if None.

        Raises:
            One of UNREADABLE: the file is damaged there, or unpacks to more than it may.
        """
        counted = first
        for block in self._lines.blocks(first, last, block_bytes):
            for batch in self._read_block(block):
                place = self._stream.place() if last is None else min(self._stream.place(), last)
                batch.compressed_bytes, counted = place - counted, place
                yield batch
        yield from missed_range(self._source, self._artifact_id, self._lines.missed)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
