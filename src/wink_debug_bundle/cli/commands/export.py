"""The command `export`: write a table, a view or the rows of a query to a file or to standard output."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ...explore.row_output.formats import FILE_FORMATS
from ...terminal_text import visible
from ..bundle_command import BundleCommand
from ..shared_options import PATH, STDOUT, bundle_argument, timeout_option, verbose_option
from ..statement import Value, name_option, param_option, read_statement

_FORMATS = f"the formats are {', '.join(FILE_FORMATS)}."
_COLUMNAR = ("parquet", "pq", "arrow", "feather")
_DUCKDB = (
    """ DuckDB writes Parquet: duckdb -c "ATTACH 'eval.db' AS b (TYPE sqlite); COPY b.tool_calls TO 'out.parquet'"."""
)


def _unknown_format(name: str) -> str:
    """Return the message about a format that is not written."""
    return f"{name!r} is not a format; {_FORMATS}{_DUCKDB if name.lower() in _COLUMNAR else ''}"


def _checked_format(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return the name of the format.

    Raises:
        click.BadParameter: there is no such format.
    """
    del context, option
    if value is not None and value not in FILE_FORMATS:
        raise click.BadParameter(_unknown_format(value))
    return value


@click.command(cls=BundleCommand, short_help="Write a table, a view or the rows of a query to a file.")
@bundle_argument
@click.argument("table", required=False)
@click.option("--query", "sql", metavar="SQL", help="Export the rows of this SQL query instead of a table.")
@name_option
@param_option
@click.option(
    "--format",
    "format_name",
    callback=_checked_format,
    metavar=f"[{'|'.join(FILE_FORMATS)}]",
    help="Format of the output.  [default: the ending of --output, or csv]",
)
@click.option(
    "--output", "-o", type=PATH, help="File to write, readable by you alone; - is standard output.  [default: -]"
)
@click.option("--force", "-f", is_flag=True, help="Replace an existing file.")
@click.option(
    "--csv-safe", is_flag=True, help="Put ' before CSV and TSV cells that a spreadsheet would run as formulas."
)
@timeout_option()
@verbose_option
def export(
    bundle: Path,
    *,
    table: str | None,
    sql: str | None,
    saved_name: str | None,
    parameters: Mapping[str, Value],
    format_name: str | None,
    output: Path | None,
    force: bool,
    csv_safe: bool,
    timeout: float | None,
) -> None:
    """Write all rows of TABLE (a table or view of BUNDLE), or of a query, to a file or to standard output.

    The formats are those of the command query. The file appears when it is complete. Parquet is written by DuckDB; a
    --format parquet says how.
    """
    from ...explore.export_file import export_file
    from ...explore.row_output.formats import write_rows
    from ..opening import opened
    from ..output.output_streams import output_stream
    from ..output.wording import size

    output = None if output is STDOUT else output
    chosen = format_name or _format_of(output)
    _check_options(output, chosen, force=force, csv_safe=csv_safe)
    if sum(map(bool, (table, sql, saved_name))) != 1:
        raise click.UsageError("Name a TABLE, or give a --query or the --name of a saved query.")
    if table and parameters:
        raise click.UsageError("--param is for --query and --name.")
    statement = None if table else read_statement(sql, None, saved_name, parameters)
    with opened(bundle, timeout=timeout) as source:
        cursor = statement.run(source) if statement else source.query(source.select_all(str(table)))
        if output is None:
            with output_stream(chosen) as stream:
                write_rows(cursor, stream, chosen, csv_safe=csv_safe)
        else:
            export_file(cursor, output, chosen, replace=force, csv_safe=csv_safe)
            click.echo(f"{visible(str(output))} ({size(output.stat().st_size)})", err=True)


def _format_of(output: Path | None) -> str:
    """Return the format that the ending of the output means: CSV, if it has none.

    Raises:
        click.BadParameter: the ending means another format.
    """
    ending = output.suffix.removeprefix(".").lower() if output else ""
    if ending and ending not in FILE_FORMATS:
        hint = f"{_unknown_format(ending)} Or give the format with --format."
        raise click.BadParameter(hint, param_hint="'--output'")
    return ending or "csv"


def _check_options(output: Path | None, format_name: str, *, force: bool, csv_safe: bool) -> None:
    """Refuse combinations of options that have no meaning."""
    if force and output is None:
        raise click.UsageError("--force is for an --output that is a file.")
    if csv_safe and format_name not in ("csv", "tsv"):
        raise click.UsageError("--csv-safe is for --format csv and tsv.")
