"""Divide blocks of very many lines, so that memory is bounded by the number of lines as well as by their bytes.

Neighbouring lines that are blank, or too short or wrongly begun to be records, are accounted for together, without
looking at each: there can be millions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...batch import Batch
from ...column_values import LedgerStatus
from ...rows import LedgerRow
from ..streams.line_blocks import Block
from .ledger import malformed_lines, many_malformed

BLOCK_LINES = 1 << 16
"""Most lines that are parsed at once."""

_SHORTEST_RECORD = len('{"level":0}')
"""Bytes of the shortest line that a reader could import."""

_FEW = 1000
"""Fewer such lines are left to the reader, which says of each what is wrong."""

_UNREADABLE = re.compile(
    rb"^(?:(?P<blank>\n{%d,}+)"
    rb"|(?:[ \t\r\x0b\x0c]*+(?:[^{\xef\s][^\n]*+|\{[^\n]{0,%d}+|)\n){%d,}+)" % (_FEW, _SHORTEST_RECORD - 2, _FEW),
    re.MULTILINE,
)
"""Many empty lines, or many that cannot be records: the bytes of these, spaces too, are kept together.

A record may follow a byte order mark.
"""


def divide(block: Block, artifact_id: int) -> Iterator[Block | Batch]:
    """Yield blocks of at most BLOCK_LINES lines, and batches of lines that need not be read, in the order of the block."""
    if block.data.count(b"\n") <= BLOCK_LINES:
        yield block
        return
    begin = 0
    for found in _UNREADABLE.finditer(block.data):
        yield from _halves(block, begin, found.start())
        begin = found.end()
        batch = Batch(artifact_id, line_count=found[0].count(b"\n"), source_bytes=len(found[0]))
        _account(batch, found[0], block.offset + found.start(), is_blank=found["blank"] is not None)
        yield batch
    yield from _halves(block, begin, len(block.data))


def _account(batch: Batch, lines: bytes, offset: int, *, is_blank: bool) -> None:
    """Add one ledger range for all lines of the batch and, if they are not blank, one problem with their bytes."""
    status = LedgerStatus.BLANK if is_blank else LedgerStatus.MALFORMED
    count = batch.line_count
    if not is_blank:
        error = many_malformed(count, "it does not begin with {, or is too short")
        raw = lines.removesuffix(b"\n")
        batch.add(malformed_lines(batch, 1, count, offset=offset, error=error, raw=raw))
    batch.add(LedgerRow(batch.artifact_id, 1, count, offset, len(lines), status, None))


def _halves(block: Block, begin: int, end: int) -> Iterator[Block]:
    """Yield the lines between two places of the block, halved until a half has few enough lines."""
    while begin < end:
        half = end
        while block.data.count(b"\n", begin, half) > BLOCK_LINES:
            half = block.data.index(b"\n", (begin + half) // 2) + 1
        yield Block(block.data[begin:half], block.offset + begin)
        begin = half
