"""`cell`: write one value whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ..shared_options import bundle_argument, verbose_option
from ..statement import Value, read_statement, statement_options


@click.command(short_help="Write one value whole, by its handle.")
@bundle_argument
@click.argument("handle")
@statement_options
@verbose_option
def cell(
    bundle: Path,
    handle: str,
    *,
    sql: str | None,
    sql_file: Path | None,
    ready: str | None,
    parameters: Mapping[str, Value],
    timeout: float | None,
) -> None:
    """Write the value that HANDLE names to standard output: text as UTF-8, a BLOB byte for byte, NULL as nothing.

    query --budget gives each value that it cuts a HANDLE. logs.4711.context-9f2c41 stands in the column context of
    the row with rowid 4711 of the table logs; nothing else is needed. r3c2-9f2c41 stands in row 3, column 2 of a
    query's rows: repeat that query's SQL (- for standard input), --file or --name, and its --param. The digits at the
    end tell if another value stands there. Any cell of a table can be named by hand, without them: logs.4711.context.

    On a terminal, what would drive it is shown as escapes.
    """
    from ..opening import opened
    from ..output.output_streams import byte_stream

    queried = any(source is not None for source in (sql, sql_file, ready))
    statement = read_statement(sql, sql_file, ready, parameters) if queried else None
    with opened(bundle, timeout=timeout) as source:
        value = source.cell(handle, statement.sql, statement.parameters) if statement else source.cell(handle)
        with byte_stream() as output:
            output.write(_bytes(value))


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode()
