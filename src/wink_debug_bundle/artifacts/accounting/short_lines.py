"""Divide blocks of very many lines, so that memory is bounded by the number of lines as well as by their bytes.

Neighbouring lines that are blank, or too short or wrongly begun to be records, are accounted for together, without
looking at each: there can be millions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...batch import Batch
from ...column_values import LedgerStatus, LineStyle
from ...rows import LedgerRow, LineFormRow
from ..streams.line_blocks import Block
from .ledger import malformed_lines, many_malformed

BLOCK_LINES = 1 << 16
"""Most lines that are parsed at once."""

_SHORTEST_RECORD = len('{"level":0}')
"""Bytes of the shortest line that a reader could import."""

_FEW = 1000
"""Fewer such lines are left to the reader, which says of each what is wrong."""

_UNREADABLE = re.compile(
    rb"^(?:(?P<blank>[ \t\r\x0b\x0c]*+\n)(?P=blank){%d,}+"
    rb"|(?:[ \t\r\x0b\x0c]*+(?:[^{\xef\s][^\n]*+|\{[^\n]{0,%d}+|)\n|(?!)){%d,}+)"
    % (_FEW - 1, _SHORTEST_RECORD - 2, _FEW),
    re.MULTILINE,
)
"""Many blank lines with the same spaces, or many that cannot be records, whose bytes, spaces too, are kept together.

A record may follow a byte order mark. The branch (?!) is for Python 3.11.2: without it, a group that fails is left at a
wrong place.
"""


def divide(block: Block, artifact_id: int) -> Iterator[Block | Batch]:
    """Yield blocks of at most BLOCK_LINES lines, and batches of lines that need not be read, in the order of the block."""
    if not _has_many_lines(block.data):
        yield block
        return
    begin = 0
    for found in _UNREADABLE.finditer(block.data):
        yield from _halves(block, begin, found.start())
        begin = found.end()
        batch = Batch(artifact_id, line_count=found[0].count(b"\n"), source_bytes=len(found[0]))
        if found["blank"] is None:
            _add_malformed(batch, found[0], block.offset + found.start())
        else:
            _add_blank(batch, found["blank"], block.offset + found.start())
        yield batch
    yield from _halves(block, begin, len(block.data))


def _has_many_lines(data: bytes, begin: int = 0, end: int | None = None) -> bool:
    """Return whether more than BLOCK_LINES lines end in a part of `data`.

    Where lines are long, `bytes.count` is three times as slow.
    """
    for _ in range(BLOCK_LINES + 1):
        begin = data.find(b"\n", begin, end) + 1
        if not begin:
            return False
    return True


def _add_malformed(batch: Batch, lines: bytes, offset: int) -> None:
    """Add one ledger range for all lines of the batch, and one problem with their bytes."""
    count = batch.line_count
    error = many_malformed(count, "it does not begin with {, or is too short")
    raw = lines.removesuffix(b"\n")
    batch.add(malformed_lines(batch, 1, count, offset=offset, error=error, raw=raw))
    batch.add(LedgerRow(batch.artifact_id, 1, count, offset, len(lines), LedgerStatus.MALFORMED, None))


def _add_blank(batch: Batch, line: bytes, offset: int) -> None:
    """Add one ledger range for all lines of the batch, and one form with the spaces that each of them has."""
    artifact_id, count = batch.artifact_id, batch.line_count
    if spaces := line.removesuffix(b"\n").decode():
        batch.add(LineFormRow(artifact_id, 1, count, LineStyle.LIBRARY, 0, spaces, None))
    batch.add(LedgerRow(artifact_id, 1, count, offset, batch.source_bytes, LedgerStatus.BLANK, None))


def _halves(block: Block, begin: int, end: int) -> Iterator[Block]:
    """Yield the lines between two places of the block, halved until a half has few enough lines."""
    while begin < end:
        half = end
        while _has_many_lines(block.data, begin, half):
            half = block.data.index(b"\n", (begin + half) // 2) + 1
        yield Block(block.data[begin:half], block.offset + begin)
        begin = half
