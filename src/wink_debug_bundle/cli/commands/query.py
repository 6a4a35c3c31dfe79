"""`query`: run SQL and print the rows."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from sqlite3 import Cursor
from typing import TextIO

import click

from ...explore.row_output.formats import FORMATS, SMALLEST_BUDGET
from ..shared_options import bundle_argument, verbose_option
from ..statement import Value, read_statement, statement_options

# "\b" tells click to leave the lines as they are.
_FORMATS_HELP = (
    "\b\n"
    r"""Formats:
  table  for reading: control characters are shown as escapes; on a terminal
         long cells are cut, with a mark (--no-truncate, --width)
  json   an array of objects; a BLOB is {"$base64": true, "encoded": "..."}
  jsonl  the same objects, one on each line
  csv    RFC 4180 with a header; BLOBs in base64, NULL is empty
  tsv    a header; one line for each row; \t, \n, \r and \\ in cells escaped,
         BLOBs in base64, NULL is \N
All but table are UTF-8, whatever the locale. Text in the bundle that is not
UTF-8 is written like a BLOB. On a terminal, csv and tsv show control
characters as escapes, too."""
    "\n\n\b\n"
    """With --budget, long values are cut, all to one length, and each names a handle,
with which the cell command prints it whole:
  json, jsonl      {"$cut": "its beginning", "characters": 9000, "cell": HANDLE}
  table, csv, tsv  its beginning… [9,000 characters: HANDLE]
BLOBs are only named. If short cells do not help either, the last rows are left
out. What is cut or left out is told in a last object, {"$left_out": ...}, of
json and jsonl, in the last line of a table, and for csv and tsv on standard
error; where nothing is told, nothing is missing. Everything is UTF-8."""
)

_ADVICE = (
    "A whole value: wink-debug-bundle cell BUNDLE HANDLE, for a handle like r1c2-0a1b2c followed by this query.",
    "More rows: LIMIT and OFFSET, fewer columns, or a larger --budget.",
)


def _list_saved_queries(context: click.Context, option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    """What `--list` does, before anything else is looked at."""
    del option
    if not wanted:
        return
    from ...explore.saved_queries import saved_queries
    from ..output.output_streams import print_lines

    for ready in saved_queries():
        parameters = "".join(f" [-p {name} ...]" for name in ready.parameters)
        print_lines([f"{ready.name}{parameters}", f"    {ready.title}"])
    context.exit()


@click.command(short_help="Run SQL on a bundle and print the rows.", epilog=_FORMATS_HELP)
@bundle_argument
@statement_options
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_saved_queries,
    help="List the ready queries; needs no BUNDLE.",
)
@click.option(
    "--format", "format_name", type=click.Choice(FORMATS), default="table", show_default=True, help="See below."
)
@click.option(
    "--width", metavar="COLUMNS", type=click.IntRange(min=20), help="Cut long cells of a table to fit in this many."
)
@click.option("--no-truncate", is_flag=True, help="Cut no cells, also on a terminal.")
@click.option("--csv-safe", is_flag=True, help="Put ' before CSV and TSV cells that a spreadsheet would run.")
@click.option(
    "--budget",
    metavar="N",
    type=click.IntRange(min=SMALLEST_BUDGET),
    help=f"Print no more than N characters ({SMALLEST_BUDGET} at least); see below.",
)
@verbose_option
def query(
    bundle: Path,
    *,
    sql: str | None,
    sql_file: Path | None,
    ready: str | None,
    parameters: Mapping[str, Value],
    format_name: str,
    width: int | None,
    no_truncate: bool,
    csv_safe: bool,
    budget: int | None,
    timeout: float | None,
) -> None:
    """Run one SQL query on BUNDLE and print its rows.

    SQL is an argument, a file (--file), a ready query (--name), or standard input (- or nothing). It can only read.

    A VALUE of --param is bound as a number if it is written as one (42, -1.5; but 007 and 1e5 are text), else as
    text; CAST(:name AS TEXT) makes a number text. Parameters of a ready query may be left out.
    """
    from ...explore.row_output.formats import write_rows
    from ..opening import opened
    from ..output.output_streams import output_stream

    _check(format_name, width, budget, no_truncate=no_truncate, csv_safe=csv_safe)
    statement = read_statement(sql, sql_file, ready, parameters)
    with (
        opened(bundle, timeout=timeout) as source,
        output_stream(format_name, unicode=budget is not None) as stream,
    ):
        cursor = source.query(statement.sql, statement.parameters)
        if budget is not None:
            _write_within(budget, cursor, stream, format_name, csv_safe=csv_safe)
            return
        fitting = width if width or no_truncate else _terminal_width()
        write_rows(cursor, stream, format_name, width=fitting, csv_safe=csv_safe)


def _write_within(budget: int, cursor: Cursor, stream: TextIO, format_name: str, *, csv_safe: bool) -> None:
    from ...explore.row_output.budget import Advice, fit_rows

    fitted = fit_rows(cursor, format_name, budget, advice=Advice(*_ADVICE), csv_safe=csv_safe)
    stream.write(fitted.text)
    if fitted.note:
        click.echo(fitted.note, err=True)
    if fitted.error:
        raise fitted.error


def _check(format_name: str, width: int | None, budget: int | None, *, no_truncate: bool, csv_safe: bool) -> None:
    """Refuse options that the format has no use for."""
    if format_name != "table" and (width or no_truncate):
        raise click.UsageError("--width and --no-truncate are for --format table.")
    if width and no_truncate:
        raise click.UsageError("--width and --no-truncate contradict each other.")
    if budget and (width or no_truncate):
        raise click.UsageError("--budget decides itself what is cut; leave --width and --no-truncate out.")
    if format_name not in ("csv", "tsv") and csv_safe:
        raise click.UsageError("--csv-safe is for --format csv and tsv.")


def _terminal_width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
