"""Record the status of each line of a block as ledger ranges."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, groupby

from ...batch import Batch
from ...column_values import LedgerStatus, ProblemKind
from ...rows import LedgerRow, ProblemRow, RawRecordRow
from ..streams.line_blocks import Block, split_lines
from .blobs import keep_bytes
from .problems import line_problem

RAW_LIMIT = 1 << 20
"""Malformed lines up to this size are stored in the problem itself; longer ones become a blob."""

MANY_LINES = 100
"""Malformed lines that follow each other have one problem together from this number on, below it one each."""


class BlockLedger:
    """The status of each line of one block.

    Readers mark the lines that were not imported; `close` then writes the ledger and the counts into the batch.
    A line is given by its index in the block, from 0.
    """

    def __init__(self, batch: Batch, block: Block) -> None:
        self._batch = batch
        self._block = block
        self._marks: list[tuple[int, LedgerStatus]] = []
        self._errors: list[tuple[int, str]] = []

    @property
    def data(self) -> bytes:
        """Return the bytes of the block."""
        return self._block.data

    @cached_property
    def lines(self) -> list[bytes]:
        """Return the lines with their ends. Only a line feed ends a line; the last line may have none."""
        return split_lines(self._block.data)

    @cached_property
    def count(self) -> int:
        """Return the number of lines in the block; a reader that has counted them may set it."""
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
        """Mark a line that is not a record; a problem keeps its bytes, alone or with those of its neighbours."""
        self._marks.append((index, LedgerStatus.MALFORMED))
        self._errors.append((index, error))

    def close(self) -> Batch:
        """Write the ledger ranges and the counts, and return the batch."""
        self._add_problems()
        position = 0
        for begin, end, status in self._marked_ranges():
            self._add_lines(position, begin, LedgerStatus.IMPORTED)
            self._add_lines(begin, end, status)
            position = end
        self._add_lines(position, self.count, LedgerStatus.IMPORTED)
        self._batch.line_count = self.count
        self._batch.record_count = self.count - len(self._marks)
        self._batch.source_bytes = len(self._block.data)
        return self._batch

    def _marked_ranges(self) -> Iterator[tuple[int, int, LedgerStatus]]:
        """Yield the first index and the end of each range of neighbours that are marked with the same status."""
        numbered = enumerate(self._marks)
        for (_, status), group in groupby(numbered, lambda each: (each[1][0] - each[0], each[1][1])):
            indices = [index for _, (index, _) in group]
            yield indices[0], indices[-1] + 1, status

    def _add_problems(self) -> None:
        """Add the problems of the malformed lines: one for many neighbours, else one for each line."""
        for _, group in groupby(enumerate(self._errors), lambda each: each[1][0] - each[0]):
            errors = [error for _, error in group]
            if len(errors) < MANY_LINES:
                for index, error in errors:
                    self._add_problem(index, index + 1, error)
            else:
                begin, end = errors[0][0], errors[-1][0] + 1
                self._add_problem(begin, end, many_malformed(len(errors), errors[0][1]))

    def _add_problem(self, begin: int, end: int, error: str) -> None:
        """Add the problem of the lines from `begin` up to, but not including, `end`."""
        place = self._start(begin) - self._block.offset
        raw = self._block.data[place : self._start(end) - self._block.offset].removesuffix(b"\n")
        self._batch.add(malformed_lines(self._batch, begin + 1, end, offset=self._start(begin), error=error, raw=raw))

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


def malformed_lines(batch: Batch, first: int, last: int, *, offset: int, error: str, raw: bytes) -> ProblemRow:
    """Return the problem of the lines `first` to `last`, whose bytes are `raw`; long ones go into the batch as a blob."""
    blob = keep_bytes(batch, raw) if len(raw) > RAW_LIMIT else None
    kept = None if blob else raw
    end = last if last > first else None
    kind = ProblemKind.MALFORMED
    return line_problem(batch.artifact_id, first, offset, kind, error, raw=kept, blob_sha256=blob, last_line=end)


def many_malformed(count: int, first_error: str) -> str:
    """Return the error of many neighbouring lines that are no records."""
    return f"{count:,} lines that are no records; the first: {first_error}"


def add_range(batch: Batch, added: LedgerRow) -> None:
    """Add a ledger range to the batch; extend the last range if it is adjacent and has the same status and reason."""
    rows = batch.table(LedgerRow)
    last = rows[-1] if rows else None
    if isinstance(last, LedgerRow):
        artifact, first, _, offset, length, status, reason = last
        if offset + length == added.offset and status == added.status and reason == added.reason:
            rows[-1] = LedgerRow(artifact, first, added.last, offset, length + added.length, status, reason)
            return
    rows.append(added)
