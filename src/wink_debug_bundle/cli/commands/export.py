"""The command `export`: write a table, a view or the rows of a query to a file or to standard output."""

from __future__ import annotations

from pathlib import Path

import click

from ...explore.row_output.formats import FILE_FORMATS
from ...terminal_text import visible
from ..shared_options import PATH, bundle_argument, timeout_option, verbose_option


@click.command(short_help="Write a table, a view or the rows of a query to a file.")
@bundle_argument
@click.argument("table", required=False)
@click.option("--query", "sql", metavar="SQL", help="Export the rows of this SQL query instead of a table.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FILE_FORMATS),
    help="Format of the output.  [default: the ending of --output, or csv]",
)
@click.option("--output", "-o", type=PATH, help="File to write, readable by you alone.  [default: standard output]")
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
    format_name: str | None,
    output: Path | None,
    force: bool,
    csv_safe: bool,
    timeout: float | None,
) -> None:
    """Write all rows of TABLE (a table or view of BUNDLE), or of a query, to a file or to standard output.

    The formats are those of the command query. The file appears when it is complete.
    """
    from ...explore.export_file import export_file
    from ...explore.row_output.formats import write_rows
    from ..opening import opened
    from ..output.output_streams import output_stream
    from ..output.wording import size

    chosen = format_name or _format_of(output)
    _check_options(table, sql, output, chosen, force=force, csv_safe=csv_safe)
    with opened(bundle, timeout=timeout) as source:
        cursor = source.query(sql or source.select_all(str(table)))
        if output is None:
            with output_stream(chosen) as stream:
                write_rows(cursor, stream, chosen, csv_safe=csv_safe)
        else:
            export_file(cursor, output, chosen, replace=force, csv_safe=csv_safe)
            click.echo(f"{visible(str(output))} ({size(output.stat().st_size)})", err=True)


def _format_of(output: Path | None) -> str:
    ending = output.suffix.removeprefix(".").lower() if output else ""
    return ending if ending in FILE_FORMATS else "csv"


def _check_options(
    table: str | None, sql: str | None, output: Path | None, format_name: str, *, force: bool, csv_safe: bool
) -> None:
    """Refuse combinations of options that have no meaning."""
    if (table is None) == (not sql):
        raise click.UsageError("Name a TABLE or give a --query.")
    if force and output is None:
        raise click.UsageError("--force is for --output.")
    if csv_safe and format_name not in ("csv", "tsv"):
        raise click.UsageError("--csv-safe is for --format csv and tsv.")
