"""Read the lines of a file that is compressed as a whole (.gz or .zst), in splits that workers share."""

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
    """The file's decompressed bytes; the file is opened at the first read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._compressed: BinaryIO | None = None
        self._stream: BinaryIO | None = None

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        if self._compressed is None:
            self._compressed = self._source.path.open("rb")
            self._stream = decompress(self._compressed, self._source.compression, self._source.limit)
        return self._stream.read1(size)  # type: ignore[union-attr, no-any-return]

    def compressed_offset(self) -> int:
        """Return how many bytes of the file have been read."""
        return 0 if self._compressed is None else self._compressed.tell()

    def close(self) -> None:
        """Close the file."""
        if self._compressed is not None:
            self._compressed.close()
        super().close()


class CompressedFile:
    """A compressed file whose lines are read in splits; a split is a byte range of the compressed file.

    The lines of a decompressed chunk belong to the split in which the chunk's compressed bytes begin.
    """

    def __init__(
        self, source: Source, artifact_id: int, read_block: Callable[[Block | LongLine], Iterator[Batch]]
    ) -> None:
        self._source = source
        self._artifact_id = artifact_id
        self._read_block = read_block
        self._stream = _Decompressed(source)
        self._lines = SequentialLineReader(self._stream, self._stream.compressed_offset)

    @property
    def offset(self) -> int:
        """Return how many decompressed bytes have been read."""
        return self._lines.offset

    def serves(self, artifact_id: int, first: int) -> bool:
        """Return whether this file is that artifact, and a split from byte `first` on can still be read."""
        return artifact_id == self._artifact_id and self._lines.is_before(first)

    def batches(self, first: int, last: int | None, *, block_bytes: int) -> Iterator[Batch]:
        """Yield batches of the lines whose compressed bytes begin from `first` on and before `last` (None: the end).

        Raises:
            One of UNREADABLE: the file is damaged there, or decompresses to more than is allowed.
        """
        counted = first
        for block in self._lines.blocks(first, last, block_bytes):
            for batch in self._read_block(block):
                offset = self._stream.compressed_offset()
                if last is not None:
                    offset = min(offset, last)
                batch.compressed_bytes, counted = offset - counted, offset
                yield batch
        yield from missed_range(self._source, self._artifact_id, self._lines.missed)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
