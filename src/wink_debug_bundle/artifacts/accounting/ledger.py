"""Record the status of each line of a block as ledger ranges."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from ...batch import Batch
from ...column_values import LedgerStatus, ProblemKind
from ...rows import LedgerRow, RawRecordRow
from ..streams.line_blocks import LINE_LIMIT, Block, LongLine, split_lines
from .blobs import BlobWriter, keep_bytes
from .problems import line_problem

RAW_LIMIT = 1 << 20
"""Malformed lines up to this size are stored in the problem itself; longer ones become a blob."""


class BlockLedger:
    """The status of each line of one block.

    Readers mark the lines that were not imported; `close` then writes the ledger and the counts into the batch.
    A line is given by its index in the block, from 0.
    """

    def __init__(self, batch: Batch, block: Block) -> None:
        self._batch = batch
        self._block = block
        self._marks: list[tuple[int, LedgerStatus]] = []

    @cached_property
    def lines(self) -> list[bytes]:
        """Return the lines with their ends. Only a line feed ends a line; the last line may have none."""
        return split_lines(self._block.data)

    @property
    def count(self) -> int:
        """Return the number of lines in the block."""
        return len(self.lines)

    def raw(self, index: int) -> bytes:
        """Return the line's bytes, without its line end."""
        return self.lines[index].removesuffix(b"\n")

    def blank(self, index: int) -> None:
        """Mark a line without a record; its spaces, if it has any, are kept."""
        self._marks.append((index, LedgerStatus.BLANK))
        if raw := self.raw(index):
            self._batch.add(RawRecordRow(self._batch.artifact_id, index + 1, "a blank line of spaces", raw))

    def malformed(self, index: int, error: str) -> None:
        """Mark a line that is not a record, and add a problem with its bytes."""
        self._marks.append((index, LedgerStatus.MALFORMED))
        raw: bytes | None = self.raw(index)
        blob = None
        if raw is not None and len(raw) > RAW_LIMIT:
            blob, raw = keep_bytes(self._batch, raw), None
        self._batch.add(
            line_problem(
                self._batch.artifact_id,
                index + 1,
                self._start(index),
                ProblemKind.MALFORMED,
                error,
                raw=raw,
                blob_sha256=blob,
            )
        )

    def close(self) -> Batch:
        """Write the ledger ranges and the counts, and return the batch."""
        begin = 0
        for index, status in self._marks:
            self._add_lines(begin, index, LedgerStatus.IMPORTED)
            self._add_lines(index, index + 1, status)
            begin = index + 1
        self._add_lines(begin, self.count, LedgerStatus.IMPORTED)
        self._batch.line_count = self.count
        self._batch.record_count = self.count - len(self._marks)
        self._batch.source_bytes = len(self._block.data)
        return self._batch

    def _add_lines(self, begin: int, end: int, status: LedgerStatus) -> None:
        """Add the lines from `begin` up to, but not including, `end` to the ledger."""
        if begin < end:
            offset = self._start(begin)
            length = self._start(end) - offset
            add_range(self._batch, LedgerRow(self._batch.artifact_id, begin + 1, end, offset, length, status, None))

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(map(len, self.lines), initial=self._block.offset))

    def _start(self, index: int) -> int:
        """Return the offset of line `index` in the decompressed file; if `index` is the line count, the block's end."""
        if index == 0:
            return self._block.offset
        if index == self.count:
            return self._block.offset + len(self._block.data)
        return self._starts[index]


def keep_line(line: LongLine, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Yield the batches of a line that is too long to be read: its bytes without the line end, and a problem."""
    blob = BlobWriter(scratch)
    for chunk in line:
        blob.write(chunk)
    key = blob.finish()
    yield from blob.batches(artifact_id)
    batch = Batch(artifact_id, line_count=1)
    error = f"a line of {blob.size} bytes: stored as a blob and not read, because it is over {LINE_LIMIT >> 20} MiB"
    batch.add(line_problem(artifact_id, 1, line.offset, ProblemKind.TOO_LONG, error, blob_sha256=key))
    batch.add(LedgerRow(artifact_id, 1, 1, line.offset, line.length, LedgerStatus.SKIPPED, error))
    yield batch


def add_range(batch: Batch, added: LedgerRow) -> None:
    """Add a ledger range to the batch; extend the last range if it is adjacent and has the same status and reason."""
    rows = batch.table(LedgerRow)
    last = rows[-1] if rows else None
    if isinstance(last, LedgerRow) and last[-2:] == added[-2:] and last.offset + last.length == added.offset:
        rows[-1] = last._replace(last=added.last, length=last.length + added.length)
    else:
        rows.append(added)
