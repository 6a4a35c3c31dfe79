"""Read the SQL of a query, and the values of its parameters, from the command line."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Cursor
from typing import TYPE_CHECKING

import click

from ..errors import BundleError
from .shared_options import PATH, STDIN, Command, timeout_option

if TYPE_CHECKING:
    from ..bundle import DebugBundle
    from ..dataset.asking.dataset_query import DatasetConnection, DatasetRows

Value = str | int | float | None

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, and the values of its `:name` placeholders."""

    sql: str
    parameters: Mapping[str, Value]
    saved_name: str | None = None
    """The saved query whose SQL it is."""

    def run(self, bundle: DebugBundle) -> Cursor:
        """Run the statement.

        Raises:
            BundleError: it failed, or the bundle does not have what a parameter of a saved query names.
        """
        if self.saved_name is not None:
            return bundle.ask(self.saved_name, **self.parameters)
        return bundle.query(self.sql, self.parameters)

    def run_on_dataset(self, connection: DatasetConnection) -> DatasetRows:
        """Run the statement on a dataset.

        Raises:
            BundleError: it failed, or is a saved query that only bundles answer.
        """
        if self.saved_name is not None:
            return connection.ask(self.saved_name, self.parameters)
        return connection.query(self.sql, self.parameters)


def statement_options(command: Command) -> Command:
    """Add the argument SQL and the options --file, --name, --param and --timeout."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _parse_parameters(context: click.Context, option: click.Parameter, values: Sequence[str]) -> dict[str, Value]:
    """Return the values of `--param`, each `NAME=VALUE`, as a mapping.

    Raises:
        click.BadParameter: a name or value is missing, a name is given twice, or a value is not UTF-8.
    """
    del context, option
    parameters: dict[str, Value] = {}
    for pair in values:
        prefixed, equals, text = pair.partition("=")
        name = prefixed.lstrip(":@$")
        if not equals or not name:
            raise click.BadParameter(f"{pair!r} has no {'name' if equals else 'value'}; write NAME VALUE or NAME=VALUE")
        if name in parameters:
            raise click.BadParameter(f"{name!r} is given twice")
        try:  # in an ASCII locale, the bytes of other characters come as surrogates
            parameters[name] = _value(text.encode(errors="surrogateescape").decode())
        except UnicodeError:
            raise click.BadParameter(f"the value of {name!r} is not UTF-8") from None
    return parameters


name_option = click.option("--name", "saved_name", metavar="NAME", help="Run a saved query.")
param_option = click.option(
    "--param",
    "-p",
    "parameters",
    multiple=True,
    metavar="NAME VALUE",
    callback=_parse_parameters,
    help="The value of :NAME in the SQL, also as NAME=VALUE. Repeatable.",
)

_OPTIONS = (
    click.argument("sql", required=False),
    click.option("--file", "-F", "sql_file", type=PATH, help="Read the SQL from a file; - is standard input."),
    name_option,
    param_option,
    timeout_option(),
)


def read_statement(
    sql: str | None, sql_file: Path | None, saved_name: str | None, parameters: Mapping[str, Value]
) -> Statement:
    """Return the statement of the argument, a file, a saved query, or standard input.

    Args:
        sql: The argument; `-`, or None if nothing else is given, is standard input.
        sql_file: The file of --file.
        saved_name: The name of a saved query.
        parameters: The values of --param.

    Raises:
        click.UsageError: several of them are given, the SQL is empty or not UTF-8, or no saved query has the name.
    """
    if sum(source is not None for source in (sql, sql_file, saved_name)) > 1:
        raise click.UsageError("Give one of: the SQL as an argument, --file, --name.")
    if saved_name is not None:
        return _saved_statement(saved_name, parameters)
    text = _read(sql, sql_file)
    if not text.strip():
        raise click.UsageError("The SQL is empty.")
    return Statement(text, parameters)


def _saved_statement(name: str, parameters: Mapping[str, Value]) -> Statement:
    """Return a saved query; parameters that are not given are NULL, which the query treats as "any value"."""
    from ..explore.saved_queries import saved_query

    try:
        query = saved_query(name)
    except BundleError as error:
        raise click.UsageError(str(error)) from None
    unknown = [parameter for parameter in parameters if parameter not in query.parameters]
    if unknown:
        known = ", ".join(query.parameters) or "none"
        raise click.UsageError(f"The saved query {name} has no parameter {unknown[0]!r}; it has: {known}.")
    return Statement(query.sql, dict.fromkeys(query.parameters) | dict(parameters), name)


def _read(sql: str | None, sql_file: Path | None) -> str:
    if sql_file is STDIN:
        sql, sql_file = "-", None
    if sql_file is not None:
        return _decoded(sql_file.read_bytes(), str(sql_file))
    if sql not in (None, "-"):
        return _decoded(str(sql).encode(errors="surrogateescape"), "the SQL")
    if sys.stdin is None or (sql is None and sys.stdin.isatty()):
        raise click.UsageError("Give the SQL as an argument, with --file, or on standard input.")
    return _decoded(sys.stdin.buffer.read(), "standard input")


def _decoded(data: bytes, place: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{place}: the SQL is not UTF-8 (byte {error.start})") from None


def _value(text: str) -> Value:
    """Return the text as a number if it is a number's usual spelling and SQLite can store it; else the text itself."""
    if _INTEGER.fullmatch(text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
