"""The command `cell`: write one value in full."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ..bundle_command import BundleCommand
from ..dataset_place import dataset_place, open_dataset
from ..shared_options import bundle_or_dataset_argument, verbose_option
from ..statement import Statement, Value, read_statement, statement_options


@click.command(cls=BundleCommand, short_help="Write one value in full, by its handle.")
@bundle_or_dataset_argument
@click.argument("handle")
@statement_options
@verbose_option
def cell(
    bundle: Path,
    handle: str,
    *,
    sql: str | None,
    sql_file: Path | None,
    saved_name: str | None,
    parameters: Mapping[str, Value],
    timeout: float | None,
) -> None:
    """Write the value that HANDLE names to standard output: text as UTF-8, a BLOB byte for byte, NULL as nothing.

    query --budget prints a HANDLE for each value that it cuts. logs.4711.context-9f2c41 is the column context of the
    row with rowid 4711 of the table logs. r3c2-9f2c41 is row 3, column 2 of a query's result: give the same SQL (- for
    standard input), --file or --name, and the same --param. The digits at the end are a checksum of the value. A
    handle of the first kind may be written by hand, without the checksum: logs.4711.context.

    A dataset has handles of both kinds: the first has the id that query prints, and the SQL is that of DuckDB.

    On a terminal, control characters are shown as escapes.
    """
    from ..opening import opened
    from ..output.output_streams import byte_stream

    has_query = any(source is not None for source in (sql, sql_file, saved_name))
    statement = read_statement(sql, sql_file, saved_name, parameters) if has_query else None
    if (place := dataset_place(bundle)) is not None:
        value = _value_of_dataset(place, handle, statement, timeout)
        with byte_stream() as output:
            output.write(_bytes(value))
        return
    with opened(bundle, timeout=timeout) as source:
        value = source.cell(handle, statement.sql, statement.parameters) if statement else source.cell(handle)
        with byte_stream() as output:
            output.write(_bytes(value))


def _value_of_dataset(place: str, handle: str, statement: Statement | None, timeout: float | None) -> object:
    dataset = open_dataset(place)
    if statement is None:
        return dataset.cell(handle, timeout=timeout)
    with dataset.connect(timeout=timeout) as connection:
        return dataset.cell(handle, statement.run_on_dataset(connection))


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode()
