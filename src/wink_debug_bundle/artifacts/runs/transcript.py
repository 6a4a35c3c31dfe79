"""Read the transcript of a run: lines that the log has, too, are accounted for, and the others are read as log records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ...batch import Batch
from ...column_values import LedgerStatus
from ...rows import DuplicateLinesRow, LedgerRow
from ..logs.long_record import keep_long_line, read_long_record
from ..streams.line_blocks import Block, LongLine, split_lines
from .copied_lines import CopiedLines, HashedLine
from .manifest import APP_LOG


def read_long_transcript_line(
    line: LongLine, artifact_id: int, read: Callable[[Block], Batch], copied: CopiedLines, scratch: Path
) -> Iterator[Batch]:
    """Yield the batches of a long line of the transcript: of a record, unless the line is `copied` from the log."""
    hashed = HashedLine(line)
    blob = keep_long_line(hashed, scratch)
    original = copied.number_of_long(hashed)
    if not original:
        yield from read_long_record(line, blob, artifact_id, read)
        return
    blob.close()
    yield _copied_batch(artifact_id, line.offset, line.length, [original])


def read_transcript(
    block: Block, artifact_id: int, read: Callable[[Block], Batch], copied: CopiedLines
) -> Iterator[Batch]:
    """Yield batches of one block of the transcript; lines that are not `copied` from the log are read as log records."""
    numbers = copied.numbers_of(block.data)
    lines = [block.data] if all(numbers) or not any(numbers) else split_lines(block.data)
    offset = begin = 0
    for is_copied, part in groupby(numbers, bool):
        originals = list(part)
        first, begin = begin, begin + len(originals)
        data = lines[0] if len(lines) == 1 else b"".join(lines[first:begin])
        if is_copied:
            batch = _copied_batch(artifact_id, block.offset + offset, len(data), originals)
            batch.source_bytes = len(data)
            yield batch
        else:
            yield read(Block(data, block.offset + offset))
        offset += len(data)


def _copied_batch(artifact_id: int, offset: int, length: int, originals: Sequence[int]) -> Batch:
    """Return the batch of neighbouring lines whose numbers in the log are `originals`."""
    count = len(originals)
    batch = Batch(artifact_id, line_count=count)
    batch.add(LedgerRow(artifact_id, 1, count, offset, length, LedgerStatus.DUPLICATE, APP_LOG))
    for first, last in _consecutive(originals):
        batch.add(DuplicateLinesRow(artifact_id, first + 1, last + 1, originals[first]))
    return batch


def _consecutive(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each sequence of consecutive numbers."""
    first = 0
    for index in range(1, len(numbers) + 1):
        if index == len(numbers) or numbers[index] != numbers[index - 1] + 1:
            yield first, index - 1
            first = index
