"""`query`: run SQL and print the rows."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ..explore.formats import FORMATS
from .options import PATH, bundle_argument, verbose_option

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][+-]?[0-9]+)?")


def _parse_parameters(
    context: click.Context, option: click.Parameter, values: Sequence[tuple[str, str]]
) -> dict[str, str | int | float]:
    del context, option
    return {name.lstrip(":@$"): _value(text) for name, text in values}


def _value(text: str) -> str | int | float:
    """A number if the text is how one is written and SQLite can hold it; else the text."""
    if _INTEGER.fullmatch(text) and -(2**63) <= int(text[:20]) < 2**63 and len(text) <= 20:
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


@click.command(short_help="Run SQL on a bundle and print the rows.")
@bundle_argument
@click.argument("sql", required=False)
@click.option("--file", "-F", "sql_file", type=PATH, help="Read the SQL from a file.")
@click.option(
    "--param",
    "-p",
    "parameters",
    nargs=2,
    multiple=True,
    metavar="NAME VALUE",
    callback=_parse_parameters,
    help="Value of :NAME in the SQL. Repeatable.",
)
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--width", type=click.IntRange(min=20), help="Cut long cells of a table to fit this many columns.")
@click.option("--no-truncate", is_flag=True, help="Cut no cells, also on a terminal.")
@click.option("--excel-safe", is_flag=True, help="Put ' before CSV and TSV cells that a spreadsheet would run.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Stop after this many seconds.")
@verbose_option
def query(
    bundle: Path,
    *,
    sql: str | None,
    sql_file: Path | None,
    parameters: dict[str, str | int | float],
    format_name: str,
    width: int | None,
    timeout: float | None,
    no_truncate: bool,
    excel_safe: bool,
) -> None:
    r"""Run one SQL query on BUNDLE and print its rows.

    SQL is an argument, a file (--file), or standard input (- or nothing). It can only read.

    A VALUE of --param is bound as a number if it is written as one (42, -1.5; but 007 and 1e5 are text), else as
    text; CAST(:name AS TEXT) makes a number text.

    \b
    Formats:
      table  for reading: control characters are shown as escapes; on a terminal
             long cells are cut, with a mark (--no-truncate, --width)
      json   an array of objects; a BLOB is {"$base64": true, "encoded": "..."}
      jsonl  the same objects, one on each line
      csv    RFC 4180 with a header; BLOBs in base64, NULL is empty
      tsv    a header; one line for each row, \t, \n, \r and \\ in cells escaped,
             BLOBs in base64, NULL is \N
    All but table are UTF-8, whatever the locale.
    """
    from ..explore.formats import write_rows
    from .opening import opened
    from .streams import output_stream

    _check(format_name, width, no_truncate=no_truncate, excel_safe=excel_safe)
    text = _read_sql(sql, sql_file)
    with opened(bundle, timeout=timeout) as source, output_stream(format_name) as stream:
        cursor = source.query(text, parameters)
        fitting = width if width or no_truncate else _terminal_width()
        write_rows(cursor, stream, format_name, width=fitting, excel_safe=excel_safe)


def _check(format_name: str, width: int | None, *, no_truncate: bool, excel_safe: bool) -> None:
    """Refuse options that the format has no use for."""
    if format_name != "table" and (width or no_truncate):
        raise click.UsageError("--width and --no-truncate are for --format table.")
    if width and no_truncate:
        raise click.UsageError("--width and --no-truncate contradict each other.")
    if format_name not in ("csv", "tsv") and excel_safe:
        raise click.UsageError("--excel-safe is for --format csv and tsv.")


def _read_sql(sql: str | None, sql_file: Path | None) -> str:
    """The SQL, from wherever it was given."""
    if sql is not None and sql_file is not None:
        raise click.UsageError("Give the SQL as an argument or with --file, not both.")
    if sql_file is not None:
        text = _decoded(sql_file.read_bytes(), str(sql_file))
    elif sql in (None, "-"):
        text = _read_stdin(sql)
    else:
        text = _decoded(str(sql).encode(errors="surrogateescape"), "the SQL")
    if not text.strip():
        raise click.UsageError("The SQL is empty.")
    return text


def _read_stdin(sql: str | None) -> str:
    if sys.stdin is None or (sql is None and sys.stdin.isatty()):
        raise click.UsageError("Give the SQL as an argument, with --file, or on standard input.")
    return _decoded(sys.stdin.buffer.read(), "standard input")


def _decoded(data: bytes, place: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{place}: the SQL is not UTF-8 (byte {error.start})") from None


def _terminal_width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
