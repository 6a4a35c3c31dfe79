r"""Write the rows of a query in the formats that people and programs read, one row at a time.

| format | for | a BLOB | NULL |
| --- | --- | --- | --- |
| `table` | eyes | hexadecimal, or its size | `NULL` |
| `json`, `jsonl` | programs | `{"$base64": true, "encoded": "..."}` | `null` |
| `csv` | spreadsheets; RFC 4180 | base64 | nothing |
| `tsv` | `cut`, `awk`, databases; as PostgreSQL's COPY | base64 | `\N` |

Text that is not UTF-8 is written like a BLOB; in a table its odd bytes are shown as `\xff`.
"""

from __future__ import annotations

import csv
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
from .cursor import Counted, Row, column_names, read_rows

FILE_FORMATS = ("csv", "json", "jsonl", "tsv")
FORMATS = ("table", *FILE_FORMATS)

SMALLEST_BUDGET = 500
"""Characters that hold, in every format, the note on what `budget` left out."""

_FORMULA = re.compile("[\t\r\n\0]| *[=+\\-@\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet takes for the beginning of a formula, full width signs too (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who asked decides: the width to fit a table in, and whether spreadsheets are to be fooled."""

    width: int | None = None
    csv_safe: bool = False


def write_rows(
    cursor: sqlite3.Cursor, stream: TextIO, format_name: str, *, width: int | None = None, csv_safe: bool = False
) -> int:
    """Write a header, where the format has one, and every row; return how many there were.

    Args:
        cursor: A query that has been run.
        stream: Where to; its line ends must be left alone (`newline=""`), as the format decides them.
        format_name: One of `FORMATS`.
        width: Columns to fit a table in, by cutting long cells; without it they are written in full.
        csv_safe: Whether to put `'` before cells that a spreadsheet would run as formulas (CSV and TSV).

    Raises:
        BundleQueryError: the query failed on the way; what came before it is written.
    """
    names = column_names(cursor)
    with closing(read_rows(cursor)) as read:
        rows = Counted(read)
        lay_out(names, rows, stream, format_name, Options(width, csv_safe))
    return rows.count


def lay_out(names: Sequence[str], rows: Iterator[Row], stream: TextIO, format_name: str, options: Options) -> None:
    """Write rows that are in memory, or that are read as they are written; see `write_rows`."""
    _WRITERS[format_name](names, rows, stream, options)


def _write_table(names: Sequence[str], rows: Iterator[Row], stream: TextIO, options: Options) -> None:
    from .text_table import write_table  # a third of the start-up time, and only tables need it

    write_table(names, rows, stream, options.width)


def _write_csv(names: Sequence[str], rows: Iterable[Row], stream: TextIO, options: Options) -> None:
    writer = csv.writer(stream)
    plain = _harmless if options.csv_safe else _plain
    writer.writerow(map(plain, names))
    for row in rows:
        writer.writerow([plain(cell) for cell in row])


def _write_tsv(names: Sequence[str], rows: Iterable[Row], stream: TextIO, options: Options) -> None:
    plain = _harmless if options.csv_safe else _plain
    stream.write("\t".join([_field(plain(name)) for name in names]) + "\n")
    stream.writelines("\t".join([_field(plain(cell)) for cell in row]) + "\n" for row in rows)


def _write_json(names: Sequence[str], rows: Iterable[Row], stream: TextIO, options: Options) -> None:
    del options
    lead = "[\n"
    for text in _objects(names, rows):
        stream.write(f"{lead}  {text}")
        lead = ",\n"
    stream.write("[]\n" if lead == "[\n" else "\n]\n")


def _write_jsonl(names: Sequence[str], rows: Iterable[Row], stream: TextIO, options: Options) -> None:
    del options
    stream.writelines(f"{text}\n" for text in _objects(names, rows))


_WRITERS: dict[str, Callable[[Sequence[str], Iterator[Row], TextIO, Options], None]] = {
    "table": _write_table,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "tsv": _write_tsv,
}


def _plain(cell: object) -> object:
    return b64encode(cell).decode() if isinstance(cell, bytes) else cell


def _harmless(cell: object) -> object:
    """The cell as text that no spreadsheet runs: Base64 may begin with a plus sign, and names come from artifacts, too."""
    shown = _plain(cell)
    return f"'{shown}" if isinstance(shown, str) and _FORMULA.match(shown) else shown


_FIELD_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _field(cell: object) -> str:
    if cell is None:
        return r"\N"
    return cell.translate(_FIELD_ESCAPES) if isinstance(cell, str) else str(cell)


def _objects(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Each row as the text of a JSON object."""
    keys = _unique(names)
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_blob).encode
    for row in rows:
        try:
            text = encode(dict(zip(keys, row, strict=True)))
        except ValueError:  # JSON has no word for infinity
            text = encode(dict(zip(keys, map(_finite, row), strict=True)))
        yield visible_in_json(text)


def _blob(cell: object) -> dict[str, object]:
    if not isinstance(cell, bytes):
        raise TypeError(f"SQLite has no {type(cell).__name__}")
    return {"$base64": True, "encoded": b64encode(cell).decode()}


def _finite(cell: object) -> object:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _unique(names: Sequence[str]) -> list[str]:
    """The column names with `_2`, `_3` and so on where one comes again, as an object has each key once."""
    taken = set(names)
    keys: list[str] = []
    for name in names:
        key, number = name, 1
        while key in keys or (number > 1 and key in taken):
            number += 1
            key = f"{name}_{number}"
        keys.append(key)
    return keys
