"""The command `query`: run SQL and print the rows."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import click

from ...explore.row_output.formats import FORMATS, SMALLEST_BUDGET, Options, lay_out
from ...explore.row_output.screen import RowLimits, Screen
from ..bundle_command import BundleCommand
from ..dataset_place import dataset_place, open_dataset
from ..shared_options import bundle_or_dataset_argument, verbose_option
from ..statement import Statement, Value, read_statement, statement_options

if TYPE_CHECKING:
    from ...explore.row_output.truncation import KeptRows

# After "\b", click does not join the lines of a paragraph.
_FORMATS_HELP = (
    "\b\n"
    r"""Formats:
  table  for people: control characters are shown as escapes; on a terminal or
         with --width, values that do not fit stand below their row, long ones
         are cut and marked, and columns without values are dropped; on a
         terminal, times and ids are shortened and the first rows shown (--all);
         --no-truncate shows everything
  json   an array of objects; a BLOB is {"$base64": true, "encoded": "..."}
  jsonl  the same objects, one on each line
  csv    RFC 4180 with a header, lines end in LF; a BLOB is Base64,
         NULL is empty
  tsv    a header, and one line for each row; \t, \n, \r and \\ in cells are
         escaped; a BLOB is Base64, NULL is \N
All formats but table are UTF-8, whatever the locale. Text in the bundle that
is not UTF-8 is written like a BLOB. On a terminal, csv and tsv show control
characters as escapes, too."""
    "\n\n\b\n"
    """With --budget, long values are cut, all to the same length, and replaced by
their beginning and a handle. The command cell prints the whole value:
  json, jsonl      {"$cut": "its beginning", "characters": 9000, "cell": HANDLE}
  table, csv, tsv  its beginning… [9,000 characters: HANDLE]
Of a BLOB, only size and handle are printed. If the rows still do not fit, the
last rows are left out. A note says what was cut and left out: the last object,
{"$left_out": ...}, of json and jsonl, the last lines of a table, and for csv
and tsv a line on standard error. Without a note, nothing is missing. All
formats are UTF-8."""
)

_MORE_ROWS = "More rows: LIMIT and OFFSET, fewer columns, or a larger --budget."

_LONGEST_HANDLE = 60
"""Characters of a handle that a note may show."""


def _how_to_read(handles: Sequence[str]) -> str:
    """Return how to read cut values, with the first handle that was printed as the example."""
    from ...explore.row_output.handles import needs_query

    shown = next((handle for handle in handles if len(handle) <= _LONGEST_HANDLE), "HANDLE")
    again = " SQL, with this query as SQL" if needs_query(shown) else ""
    others = ", and r… handles with this query" if not again and any(map(needs_query, handles)) else ""
    return f"A whole value: wink-debug-bundle cell BUNDLE {shown}{again}{others}."


def _meaning_lines(name: str, meaning: str) -> list[str]:
    """Return what a parameter takes, in lines of the width of usual terminals."""
    return textwrap.wrap(f"{name}: {meaning}", 80, initial_indent="    ", subsequent_indent="        ")


def _list_saved_queries(context: click.Context, option: click.Parameter, is_set: bool) -> None:  # noqa: FBT001
    """Print the saved queries and exit, if `--list` is given."""
    del option
    if not is_set:
        return
    from ...explore.saved_queries import saved_queries
    from ..output.output_streams import print_lines

    for saved in saved_queries():
        parameters = "".join(f" [-p {name} ...]" for name in saved.parameters)
        meanings = [line for each in saved.meanings.items() for line in _meaning_lines(*each)]
        print_lines([f"{saved.name}{parameters}", f"    {saved.title}", *meanings])
    context.exit()


@click.command(cls=BundleCommand, short_help="Run SQL on a bundle and print the rows.", epilog=_FORMATS_HELP)
@bundle_or_dataset_argument
@statement_options
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_saved_queries,
    help="List the saved queries; needs no BUNDLE.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="Format of the output; see below.",
)
@click.option(
    "--width",
    metavar="COLUMNS",
    type=click.IntRange(min=20),
    help="Make the table fit in this many columns.",
)
@click.option("--no-truncate", is_flag=True, help="Cut, shorten and leave out nothing, also on a terminal.")
@click.option("--all", "all_rows", is_flag=True, help="Show all rows of a table, also on a terminal.")
@click.option(
    "--csv-safe", is_flag=True, help="Put ' before CSV and TSV cells that a spreadsheet would run as formulas."
)
@click.option(
    "--budget",
    metavar="N",
    type=click.IntRange(min=SMALLEST_BUDGET),
    help=f"Print at most N characters (N is at least {SMALLEST_BUDGET}); see below.",
)
@verbose_option
def query(
    bundle: Path,
    *,
    sql: str | None,
    sql_file: Path | None,
    saved_name: str | None,
    parameters: Mapping[str, Value],
    format_name: str,
    width: int | None,
    no_truncate: bool,
    all_rows: bool,
    csv_safe: bool,
    budget: int | None,
    timeout: float | None,
) -> None:
    """Run one SQL query on BUNDLE, or on a dataset, and print its rows.

    The query is the argument SQL, a file (--file), a saved query (--name), or standard input (- or nothing). It can
    only read the bundle.

    A VALUE of --param is a number if it is written like 42 or -1.5, and text otherwise (007 and 1e5 are text). To use a
    number as text, write CAST(:name AS TEXT) in the SQL. Parameters of a saved query may be left out.

    A dataset (a folder, or a URL such as s3://bucket/dataset) is asked in the SQL of DuckDB; its tables and views are
    those of a bundle.
    """
    from ...explore.row_output.formats import write_rows
    from ...explore.row_output.truncation import keep_rows
    from ..opening import opened
    from ..output.output_streams import output_stream

    _check_options(format_name, width, budget, no_truncate=no_truncate, all_rows=all_rows, csv_safe=csv_safe)
    statement = read_statement(sql, sql_file, saved_name, parameters)
    if (place := dataset_place(bundle)) is not None:
        screen = _screen(width, no_truncate=no_truncate, all_rows=all_rows)
        _ask_dataset(place, statement, _Form(format_name, Options(screen, csv_safe), budget), timeout)
        return
    with (
        opened(bundle, timeout=timeout) as source,
        output_stream(format_name, unicode=budget is not None) as stream,
    ):
        cursor = statement.run(source)
        if budget is not None:
            _write_within(keep_rows(cursor, budget), budget, stream, format_name, csv_safe=csv_safe)
            return
        screen = _screen(width, no_truncate=no_truncate, all_rows=all_rows)
        write_rows(cursor, stream, format_name, screen=screen, csv_safe=csv_safe)


class _Form(NamedTuple):
    """How rows are printed."""

    format_name: str
    options: Options
    budget: int | None


def _ask_dataset(place: str, statement: Statement, form: _Form, timeout: float | None) -> None:
    """Run the statement on a dataset, and print its rows; values have the handles of their places in the result."""
    from ...explore.row_output.handles import place_handle
    from ...explore.row_output.truncation import keep_named_rows
    from ..output.output_streams import output_stream

    dataset = open_dataset(place)
    with (
        dataset.connect(timeout=timeout) as connection,
        output_stream(form.format_name, unicode=form.budget is not None) as stream,
    ):
        found = statement.run_on_dataset(connection)
        if form.budget is not None:
            kept = keep_named_rows(found.columns, found.rows, place_handle, form.budget)
            _write_within(kept, form.budget, stream, form.format_name, csv_safe=form.options.csv_safe)
            return
        lay_out(found.columns, found.rows, stream, form.format_name, form.options)


def _write_within(kept: KeptRows, budget: int, stream: TextIO, format_name: str, *, csv_safe: bool) -> None:
    from ...explore.row_output.budget import Advice, fit_kept

    fitted = fit_kept(kept, format_name, budget, advice=Advice(_how_to_read, _MORE_ROWS), csv_safe=csv_safe)
    stream.write(fitted.text)
    if fitted.note:
        click.echo(fitted.note, err=True)
    if fitted.error:
        raise fitted.error


def _check_options(
    format_name: str, width: int | None, budget: int | None, *, no_truncate: bool, all_rows: bool, csv_safe: bool
) -> None:
    """Refuse options that the format does not use, or that contradict each other."""
    if format_name != "table" and (width or no_truncate or all_rows):
        raise click.UsageError("--width, --no-truncate and --all are for --format table.")
    if width and no_truncate:
        raise click.UsageError("--width and --no-truncate contradict each other.")
    if budget and (width or no_truncate or all_rows):
        raise click.UsageError("--budget decides what is cut; leave out --width, --no-truncate and --all.")
    if format_name not in ("csv", "tsv") and csv_safe:
        raise click.UsageError("--csv-safe is for --format csv and tsv.")


def _screen(width: int | None, *, no_truncate: bool, all_rows: bool) -> Screen:
    """Return how a table is fitted: on a terminal into its width, elsewhere only if a width is given."""
    is_terminal = sys.stdout.isatty()
    if no_truncate or not is_terminal:
        return Screen(width, is_terminal=is_terminal)
    limits = None if all_rows else RowLimits()
    return Screen(width or shutil.get_terminal_size().columns, is_terminal=True, limits=limits)
