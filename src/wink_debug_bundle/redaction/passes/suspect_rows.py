"""Find the rows of a part in which anything may be, in joined columns and without an object for each cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import apsw

from ...database.quoting import quoted
from ..cell_texts.cell_scanner import CellScanner
from ..cell_texts.suspect_cells import JOINT
from ..column_registry import RegisteredTable
from .scan_settings import TablePart

_MARK = JOINT[1:2]
"""The byte of a joint that no text in UTF-8 has."""


class Search(NamedTuple):
    """Columns of a table, and what searches their cells."""

    columns: Sequence[str]
    scanner: CellScanner
    are_paths: bool


class SuspectRows(NamedTuple):
    """Rows in which something may be, by their rowids, and the bytes of all cells that were searched."""

    rows: list[int]
    size: int


def suspect_rows(
    connection: apsw.Connection, table: RegisteredTable, part: TablePart, searches: Sequence[Search]
) -> SuspectRows | None:
    """Search columns of a part; return None if all rows of it are suspect, as nothing is known about them."""
    columns = [
        (name, each.scanner.suspects, each.are_paths)
        for each in searches
        for name in each.columns
        if each.scanner.suspects is not None
    ]
    if part.first is None or len(columns) < sum(len(each.columns) for each in searches):
        return None
    joined = [f"CAST(group_concat(ifnull({quoted(name)}, ''), x'{JOINT.hex()}') AS BLOB)" for name, *_ in columns]
    where = f"FROM {quoted(table.name)} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
    span = (part.first, part.last)
    (count, *texts) = next(connection.execute(f"SELECT {', '.join(['count(*)', *joined])} {where}", span))
    if not count:
        return SuspectRows([], 0)
    size = sum(map(len, texts)) - len(texts) * (count - 1) * len(JOINT)
    numbers: set[int] = set()
    for text, (_, suspects, are_paths) in zip(texts, columns, strict=True):
        if ends := suspects.ends(text, are_paths=are_paths):
            numbers.update(_numbers(text, ends, count))
    if not numbers:
        return SuspectRows([], size)
    rowids = [rowid for (rowid,) in connection.execute(f"SELECT rowid {where}", span)]
    return SuspectRows([rowids[number] for number in sorted(numbers)], size)


def _numbers(joined: bytes, ends: Iterable[int], count: int) -> Iterable[int]:
    """Return the numbers of the cells that have the characters before these places; all, if the cells have marks of joints."""
    numbers, number, place = [], 0, 0
    for end in sorted(ends):
        number += joined.count(_MARK, place, end - 1)
        place = end - 1
        numbers.append(number)
    return numbers if number + joined.count(_MARK, place) == count - 1 else range(count)
