"""Let the ledger of an artifact have the sizes that its lines and members have now.

A size that stayed would say how long the secrets were.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import NamedTuple

import apsw

_RANGES = "SELECT id, first, last, offset, length FROM ledger WHERE artifact_id = ? ORDER BY offset, length, id"
_SET_RANGE = "UPDATE ledger SET offset = ?, length = ? WHERE id = ?"


class Range(NamedTuple):
    """One row of the table `ledger`."""

    id: int
    first: int
    last: int
    offset: int
    length: int


class Growth(NamedTuple):
    """How much an artifact grew, and where its parts that are no members begin now, by where they began."""

    total: int
    offsets: dict[int, int]


def grow_ledger(
    connection: apsw.Connection, artifact_id: int, lines: Mapping[int, int], parts: Mapping[int, int]
) -> Growth:
    """Add to the lengths of ranges what their lines or members grew by, and move the ranges behind them.

    Args:
        connection: The copy of the bundle.
        artifact_id: The artifact.
        lines: How much each line or member grew, by its number.
        parts: How much each part grew that is no member, by its offset.
    """
    shift, offsets = 0, {}
    changed = []
    numbers = sorted(lines)
    for each in map(Range._make, connection.execute(_RANGES, (artifact_id,)).fetchall()):
        grown = each.length + (parts.get(each.offset, 0) if not each.first else _sum(lines, numbers, each))
        length = max(grown, each.last - each.first + 1) if each.length else 0
        if not each.first:
            offsets[each.offset] = each.offset + shift
        if shift or length != each.length:
            changed.append((each.offset + shift, length, each.id))
        shift += length - each.length
    connection.executemany(_SET_RANGE, changed)
    return Growth(shift, offsets)


def _sum(lines: Mapping[int, int], numbers: list[int], each: Range) -> int:
    return sum(lines[number] for number in numbers[bisect_left(numbers, each.first) : bisect_right(numbers, each.last)])
