"""The command `export`: write tables, queries or whole runs in the formats that other programs read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from sqlite3 import Cursor
from typing import TYPE_CHECKING

import click

from ...terminal_text import visible
from ..bundle_command import BundleCommand
from ..export_formats import PARQUET, RUN_FORMATS, TRAJECTORIES, ExportRequest, chosen_format, formats_option
from ..shared_options import PATH, STDOUT, bundle_argument, timeout_option, verbose_option
from ..statement import Value, name_option, param_option

if TYPE_CHECKING:
    from ...bundle import DebugBundle


@click.command(cls=BundleCommand, short_help="Write a table, a query or the runs for other programs.")
@bundle_argument
@click.argument("table", required=False, metavar="[TABLE|DIR]")
@click.option("--query", "sql", metavar="SQL", help="Export the rows of this SQL query instead of a table.")
@name_option
@param_option
@formats_option
@click.option(
    "--output", "-o", type=PATH, help="File to write, readable by you alone; - is standard output.  [default: -]"
)
@click.option("--force", "-f", is_flag=True, help="Replace an existing file; with atif, write into a directory in use.")
@click.option(
    "--csv-safe", is_flag=True, help="Put ' before CSV and TSV cells that a spreadsheet would run as formulas."
)
@click.option("--run", metavar="RUN", help="With otlp and atif: only this run, named as for the command show.")
@click.option(
    "--content", is_flag=True, help="With otlp: write what was said, too: prompts, messages, arguments, results."
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
    run: str | None,
    content: bool,
    timeout: float | None,
) -> None:
    """Write all rows of TABLE (a table or view of BUNDLE), or of a query, or all runs of BUNDLE, for other programs.

    Rows are written as csv, json, jsonl or tsv, as by the command query, or as parquet, which needs the extra dataset
    and a file. Runs are written as otlp, which is OTLP JSON lines for tracing tools, or as atif, which is one
    trajectory file for each run in the new directory DIR. The file appears when it is complete.
    """
    from ..opening import opened

    if format_name == TRAJECTORIES and output is None and table is not None:
        output, table = Path(table), None
    output = None if output is STDOUT else output
    chosen = chosen_format(format_name, output)
    what = table, sql, saved_name, parameters, run
    request = ExportRequest(chosen, output, *what, force=force, csv_safe=csv_safe, content=content)
    request.check()
    statement = request.statement()
    with opened(bundle, timeout=timeout) as source:
        if chosen in RUN_FORMATS:
            _write_runs(source, request)
        else:
            cursor = statement.run(source) if statement else source.query(source.select_all(str(table)))
            _write_rows(source, cursor, request)


def _write_rows(source: DebugBundle, cursor: Cursor, request: ExportRequest) -> None:
    """Write the rows of a table or a query."""
    from ...explore.export_file import export_file
    from ...explore.row_output.formats import write_rows
    from ..output.output_streams import output_stream

    output, chosen = request.output, request.format_name
    if output is None:
        with output_stream(chosen) as stream:
            write_rows(cursor, stream, chosen, csv_safe=request.csv_safe)
        return
    if chosen == PARQUET:
        source.export_parquet(request.table or cursor, output, replace=request.force)
    else:
        export_file(cursor, output, chosen, replace=request.force, csv_safe=request.csv_safe)
    _name_file(output)


def _write_runs(source: DebugBundle, request: ExportRequest) -> None:
    """Write runs as traces or as trajectories."""
    from ..output.output_streams import output_stream
    from ..output.wording import counted

    output = request.output
    if output is None:
        with output_stream("jsonl") as stream:
            source.write_otlp(stream, content=request.content, run=request.run)
    elif request.format_name == TRAJECTORIES:
        written = source.export_atif(output, run=request.run, force=request.force)
        click.echo(f"{visible(str(output))}: {counted(written.file_count, 'file')}", err=True)
    else:
        source.export_otlp(output, content=request.content, run=request.run, replace=request.force)
        _name_file(output)


def _name_file(output: Path) -> None:
    """Print the name and the size of a file that was written."""
    from ..output.wording import size

    click.echo(f"{visible(str(output))} ({size(output.stat().st_size)})", err=True)
