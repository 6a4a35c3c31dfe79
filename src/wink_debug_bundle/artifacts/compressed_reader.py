"""Read the lines of a file that is compressed as a whole (.gz or .zst), in splits that workers share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..batch import Batch
from ..column_values import ProblemKind
from .accounting.problems import unreadable
from .accounting.raw_file import keep_whole
from .read1_stream import Read1Stream
from .read_errors import ExpansionError
from .sequential_reader import BlockReader, SequentialReader
from .source import Source
from .source_opener import open_source
from .streams.decompression import decompress
from .streams.line_blocks import Block, LongLine


class _Decompressed(Read1Stream):
    """The file's decompressed bytes; the file is opened at the first read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._compressed: BinaryIO | None = None
        self._stream: BinaryIO | None = None

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        if self._compressed is None:
            self._compressed = open_source(self._source)
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


class CompressedFile(SequentialReader):
    """A compressed file whose lines are read in splits; a split is a byte range of the compressed file.

    The lines of a decompressed chunk belong to the split in which the chunk's compressed bytes begin.
    """

    def __init__(
        self, source: Source, artifact_id: int, read_block: BlockReader, *, block_bytes: int, scratch: Path
    ) -> None:
        stream = _Decompressed(source)
        self._compressed_offset = stream.compressed_offset
        self._scratch = scratch
        super().__init__(
            source, artifact_id, stream, read_block, block_bytes=block_bytes, position=self._compressed_offset
        )

    def _compressed_range(self, _: Block | LongLine, first: int, last: int | None) -> tuple[int, int]:
        """Return where the split begins, and how far the file has been read."""
        offset = self._compressed_offset()
        return first, offset if last is None else min(offset, last)

    def _damage_batches(self, error: Exception) -> Iterator[Batch]:
        """Return the batches of the problem and of the whole file, which is stored as a blob."""
        problem = unreadable(self._artifact_id, error, self._lines.offset)
        if isinstance(error, ExpansionError):
            problem = problem._replace(kind=ProblemKind.EXPANSION, error=str(error))
        return keep_whole(self._source, problem, self._scratch)
