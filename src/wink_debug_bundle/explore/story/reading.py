"""Statements and rows apart from connections, so that the command line and the server run the same ones.

A reading is a generator that yields statements, is sent the rows of each, and returns what it made of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, TypeVar

from ..sql_errors import sql_errors

Row = Sequence[Any]
Result = TypeVar("Result")


class Statement(NamedTuple):
    """SQL to run, and the values of its parameters."""

    sql: str
    parameters: Mapping[str, Any]


Reading = Generator[Statement, Sequence[Row], Result]
"""Something that is read from a bundle with some statements."""


def read_now(connection: sqlite3.Connection, reading: Reading[Result]) -> Result:
    """Run the statements of a reading, and return its result."""
    rows: Sequence[Row] | None = None
    while True:
        try:
            statement = next(reading) if rows is None else reading.send(rows)
        except StopIteration as end:
            result: Result = end.value
            return result
        rows = rows_of(connection, statement)


def rows_of(connection: sqlite3.Connection, statement: Statement) -> list[Row]:
    """Return all rows of a statement; bytes of texts that are not UTF-8 become replacement characters."""
    usual = connection.text_factory
    connection.text_factory = lambda stored: stored.decode("utf-8", "replace")
    try:
        with sql_errors():
            return connection.execute(statement.sql, statement.parameters).fetchall()
    finally:
        connection.text_factory = usual


@cache
def story_sql(name: str) -> str:
    """Return the text of `sql/{name}.sql`."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def text_of(value: object) -> str | None:
    """Return a value of a column as text."""
    return None if value is None else str(value)
