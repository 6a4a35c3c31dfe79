r"""Write the rows of a query as a table, JSON, JSON lines, CSV or TSV, one row at a time.

| format | meant for | a BLOB | NULL |
| --- | --- | --- | --- |
| `table` | people | hexadecimal, or its size | `NULL` |
| `json`, `jsonl` | programs | `{"$base64": true, "encoded": "..."}` | `null` |
| `csv` | spreadsheets, shells; RFC 4180 with LF | base64 | empty |
| `tsv` | `cut`, `awk`, databases; like PostgreSQL's COPY | base64 | `\N` |

Text that is not UTF-8 is written like a BLOB; a table shows its invalid bytes as `\xff`.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TextIO

from ...terminal_text import visible_in_json
from .csv_lines import csv_writer
from .cursor import Counted, Row, column_names, read_rows
from .screen import WHOLE, Screen

FILE_FORMATS = ("csv", "json", "jsonl", "tsv")
FORMATS = ("table", *FILE_FORMATS)

SMALLEST_BUDGET = 500
"""Smallest budget in characters: room, in every format, for the note about cut values and missing rows."""

_FORMULA = re.compile("[\t\r\n\0]| *[=+\\-@\uff1d\uff0b\uff0d\uff20]")
"""Beginnings that a spreadsheet may run as a formula, full-width signs included (OWASP, "CSV Injection")."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of the output: how a table fits the screen, and whether cells are made safe for spreadsheets."""

    screen: Screen = WHOLE
    csv_safe: bool = False


def write_rows(
    cursor: sqlite3.Cursor, stream: TextIO, format_name: str, *, screen: Screen = WHOLE, csv_safe: bool = False
) -> int:
    """Write a header, where the format has one, and every row; return the number of rows that were read.

    Args:
        cursor: The cursor of an executed query.
        stream: The output; it must not translate line ends (`newline=""`), as the format decides them.
        format_name: One of `FORMATS`.
        screen: How wide and long a table may be; by default it is written in full.
        csv_safe: Whether to put `'` before cells that a spreadsheet would run as formulas (CSV and TSV).

    Raises:
        BundleQueryError: the query failed while its rows were read; the rows before that are written.
    """
    names = column_names(cursor)
    with closing(read_rows(cursor)) as source:
        rows = Counted(source)
        lay_out(names, rows, stream, format_name, Options(screen, csv_safe))
    return rows.count


def lay_out(names: Sequence[str], rows: Iterator[Row], stream: TextIO, format_name: str, options: Options) -> None:
    """Write the rows in the named format; see `write_rows`."""
    _WRITERS[format_name](names, rows, stream, options)


def _write_table(names: Sequence[str], rows: Iterator[Row], stream: TextIO, options: Options) -> None:
    """Write an aligned table for people."""
    from .text_table import write_table  # a third of the start-up time, and only tables need it

    write_table(names, rows, stream, options.screen)


def _write_csv(names: Sequence[str], rows: Iterable[Row], stream: TextIO, options: Options) -> None:
    """Write CSV; see `csv_lines`."""
    writer = csv_writer(stream)
    convert = _formula_safe if options.csv_safe else _blob_as_base64
    writer.writerow(map(convert, names))
    for row in rows:
        writer.writerow([convert(cell) for cell in row])


def _write_tsv(names: Sequence[str], rows: Iterable[Row], stream: TextIO, options: Options) -> None:
    """Write TSV with the escapes of PostgreSQL's COPY."""
    convert = _formula_safe if options.csv_safe else _blob_as_base64
    stream.write("\t".join([_tsv_field(convert(name)) for name in names]) + "\n")
    stream.writelines("\t".join([_tsv_field(convert(cell)) for cell in row]) + "\n" for row in rows)


def _write_json(names: Sequence[str], rows: Iterable[Row], stream: TextIO, options: Options) -> None:
    """Write one JSON array with an object for each row."""
    del options
    lead = "[\n"
    for text in _objects(names, rows):
        stream.write(f"{lead}  {text}")
        lead = ",\n"
    stream.write("[]\n" if lead == "[\n" else "\n]\n")


def _write_jsonl(names: Sequence[str], rows: Iterable[Row], stream: TextIO, options: Options) -> None:
    """Write one JSON object on each line."""
    del options
    stream.writelines(f"{text}\n" for text in _objects(names, rows))


_WRITERS: dict[str, Callable[[Sequence[str], Iterator[Row], TextIO, Options], None]] = {
    "table": _write_table,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "tsv": _write_tsv,
}


def _blob_as_base64(cell: object) -> object:
    """Return the cell, a BLOB as base64."""
    return b64encode(cell).decode() if isinstance(cell, bytes) else cell


def _formula_safe(cell: object) -> object:
    """Return the cell with `'` before it if a spreadsheet would run it as a formula.

    That concerns BLOBs, too, as base64 may begin with a plus sign, and column names, which may come from artifacts.
    """
    shown = _blob_as_base64(cell)
    return f"'{shown}" if isinstance(shown, str) and _FORMULA.match(shown) else shown


_TSV_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _tsv_field(cell: object) -> str:
    """Return the cell as text, escaped as in PostgreSQL's COPY."""
    if cell is None:
        return r"\N"
    return cell.translate(_TSV_ESCAPES) if isinstance(cell, str) else str(cell)


def _objects(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield each row as the text of a JSON object."""
    keys = _unique_keys(names)
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_blob_object).encode
    for row in rows:
        try:
            text = encode(dict(zip(keys, row, strict=True)))
        except ValueError:  # JSON cannot express infinity
            text = encode(dict(zip(keys, map(_infinity_as_null, row), strict=True)))
        yield visible_in_json(text)


def _blob_object(cell: object) -> dict[str, object]:
    """Return a BLOB as a JSON object with its base64."""
    if not isinstance(cell, bytes):
        raise TypeError(f"SQLite has no {type(cell).__name__}")
    return {"$base64": True, "encoded": b64encode(cell).decode()}


def _infinity_as_null(cell: object) -> object:
    """Return the cell, or None for an infinite number."""
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _unique_keys(names: Sequence[str]) -> list[str]:
    """Return the column names, repeated ones with `_2`, `_3` and so on, as an object has each key once."""
    taken = set(names)
    keys: list[str] = []
    for name in names:
        key, number = name, 1
        while key in keys or (number > 1 and key in taken):
            number += 1
            key = f"{name}_{number}"
        keys.append(key)
    return keys
