"""Read the lines of an artifact that can only be decompressed from its beginning, in splits that workers share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from ..batch import Batch
from .accounting.raw_file import missed_range
from .read1_stream import Read1Stream
from .read_errors import UNREADABLE
from .source import Source
from .streams.line_blocks import Block, LongLine, line_limit
from .streams.sequential_lines import SequentialLineReader

BlockReader = Callable[[Block | LongLine], Iterator[Batch]]
"""Yields the batches of one block."""


class SequentialReader(ABC):
    """Reads the splits of one artifact in ascending order; subclasses say what the artifact is.

    Each worker has a reader of its own, and decompresses all bytes up to the end of its last split.

    Args:
        source: The artifact.
        artifact_id: Its id.
        stream: Its decompressed bytes.
        read_block: Reads one block of its lines.
        block_bytes: About how many bytes of lines are read at once.
        position: Counts the unit in which splits are given, as SequentialLineReader describes.
    """

    def __init__(
        self,
        source: Source,
        artifact_id: int,
        stream: Read1Stream,
        read_block: BlockReader,
        *,
        block_bytes: int,
        position: Callable[[], int] | None = None,
    ) -> None:
        self._source = source
        self._artifact_id = artifact_id
        self._stream = stream
        self._read_block = read_block
        self._block_bytes = block_bytes
        self._lines = SequentialLineReader(stream, position)

    def serves(self, artifact_id: int, first: int) -> bool:
        """Return whether this reader is of that artifact, and a split that begins at `first` can still be read."""
        return artifact_id == self._artifact_id and self._lines.is_before(first)

    @property
    def is_through(self) -> bool:
        """Return whether the stream was read to its end, or to damage."""
        return self._lines.is_through

    @property
    def bytes_taken(self) -> int:
        """Return how many bytes of the stream were read or skipped."""
        return self._lines.offset

    def batches(self, first: int, last: int | None) -> Iterator[Batch]:
        """Yield batches of the lines that begin from position `first` on and before `last` (None: the end).

        Damage becomes a problem of the split that it is in, never an exception.
        """
        counted = 0
        try:
            for block in self._lines.blocks(first, last, self._block_bytes, line_limit(self._source.kind)):
                for batch in self._read_block(block):
                    begin, end = self._compressed_range(block, first, last)
                    batch.compressed_bytes, counted = end - max(begin, counted), end
                    yield batch
        except UNREADABLE as error:
            yield from self._damage_batches(error)
            return
        yield from missed_range(self._source, self._artifact_id, self._lines.missed)
        if last is None and self._lines.is_at_end:
            yield from self._end_batches()

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    @abstractmethod
    def _compressed_range(self, block: Block | LongLine, first: int, last: int | None) -> tuple[int, int]:
        """Return about where on disk the block begins and ends; blocks before it in the split are not counted again."""

    @abstractmethod
    def _damage_batches(self, error: Exception) -> Iterator[Batch]:
        """Return the batches of a problem for damage within the lines of a split."""

    def _end_batches(self) -> Iterator[Batch]:
        """Return the batches of what is known only after the artifact was read to its end."""
        return iter(())
