"""The formats of the command `export`, and which options each of them takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from ..explore.row_output.formats import FILE_FORMATS
from .statement import Statement, Value, read_statement

PARQUET, TRACES, TRAJECTORIES = "parquet", "otlp", "atif"
EXPORT_FORMATS = (*FILE_FORMATS, PARQUET, TRACES, TRAJECTORIES)
RUN_FORMATS = (TRACES, TRAJECTORIES)
_BY_ENDING = (*FILE_FORMATS, PARQUET)
"""Formats that the ending of a file means: .jsonl is that of rows, so otlp has to be asked for."""


def _checked_format(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return the name of the format.

    Raises:
        click.BadParameter: there is no such format.
    """
    del context, option
    if value is not None and value not in EXPORT_FORMATS:
        raise click.BadParameter(_unknown_format(value))
    return value


def _unknown_format(name: str) -> str:
    """Return the message about a format that is not written."""
    return f"{name!r} is not a format; the formats are {', '.join(EXPORT_FORMATS)}."


formats_option = click.option(
    "--format",
    "format_name",
    callback=_checked_format,
    metavar=f"[{'|'.join(EXPORT_FORMATS)}]",
    help="Format of the output.  [default: the ending of --output, or csv]",
)


def chosen_format(name: str | None, output: Path | None) -> str:
    """Return the format that was asked for, or that the ending of the output means: CSV, if it has none.

    Raises:
        click.BadParameter: the ending means another format.
    """
    if name is not None:
        return name
    ending = output.suffix.removeprefix(".").lower() if output else ""
    if ending and ending not in _BY_ENDING:
        hint = f"{_unknown_format(ending)} Or give the format with --format."
        raise click.BadParameter(hint, param_hint="'--output'")
    return ending or "csv"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to write: rows of a table or of a query, or runs; and where. Without an output, to standard output."""

    format_name: str
    output: Path | None
    table: str | None
    sql: str | None
    saved_name: str | None
    parameters: Mapping[str, Value]
    run: str | None
    force: bool
    csv_safe: bool
    content: bool

    def check(self) -> None:
        """Refuse combinations of options that have no meaning.

        Raises:
            click.UsageError: options are missing, or do not go together.
        """
        if self.format_name == TRAJECTORIES and self.output is None:
            raise click.UsageError("--format atif writes a directory; name it: export BUNDLE --format atif DIR")
        if self.format_name == PARQUET and self.output is None:
            raise click.UsageError("--format parquet writes a file; name it with --output.")
        if self.force and self.output is None:
            raise click.UsageError("--force is for an --output that is a file.")
        if self.csv_safe and self.format_name not in ("csv", "tsv"):
            raise click.UsageError("--csv-safe is for --format csv and tsv.")
        if self.content and self.format_name != TRACES:
            raise click.UsageError("--content is for --format otlp; all other formats have the content.")
        if self.format_name in RUN_FORMATS:
            self._refuse_rows()
        else:
            self._require_rows()

    def statement(self) -> Statement | None:
        """Return the query to write the rows of; None for a table, or for runs."""
        if self.sql is None and self.saved_name is None:
            return None
        return read_statement(self.sql, None, self.saved_name, self.parameters)

    def _refuse_rows(self) -> None:
        """Refuse to write rows in a format of runs."""
        if self.table or self.sql or self.saved_name or self.parameters:
            raise click.UsageError(f"--format {self.format_name} writes runs, and no table or query.")

    def _require_rows(self) -> None:
        """Refuse to write nothing, several things, or runs in a format of rows."""
        if self.run is not None:
            raise click.UsageError("--run is for --format otlp and atif.")
        if sum(map(bool, (self.table, self.sql, self.saved_name))) != 1:
            raise click.UsageError("Name a TABLE, or give a --query or the --name of a saved query.")
        if self.table and self.parameters:
            raise click.UsageError("--param is for --query and --name.")
