"""`schema`: what a bundle's tables and views hold, for whoever is to write queries."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from ..shared_options import bundle_argument, timeout_option, verbose_option

_BUDGET = 20_000
_SMALLEST_BUDGET = 2000


@click.command(short_help="Tell what the tables and views hold, with samples.")
@bundle_argument
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
    help="JSON tells everything of each table and view.",
)
@click.option(
    "--budget",
    metavar="N",
    type=click.IntRange(min=_SMALLEST_BUDGET),
    help=f"Print no more than N characters of Markdown ({_SMALLEST_BUDGET} at least).  [default: {_BUDGET}]",
)
@timeout_option(60)
@verbose_option
def schema(bundle: Path, names: tuple[str, ...], format_name: str, budget: int | None, timeout: float) -> None:
    """Tell of each table and view of BUNDLE, or of those that are NAMEd: rows, columns with what they mean, values.

    Values are samples from all over the table; a column with an index and few values has them all. Columns that hold
    JSON have the paths to its values. The values of environment variables are not shown. However large the bundle
    is, this takes a second or so.

    Markdown tells the most of the tables that are asked most, and of the others as much as fits in the budget.
    """
    from ..opening import opened
    from ..output.output_streams import output_stream

    if budget and format_name == "json":
        raise click.UsageError("--budget is for --format markdown; with JSON, name the tables and views to tell.")
    with opened(bundle, timeout=timeout) as source, output_stream(format_name) as stream:
        told = source.schema(*names)
        if format_name == "json":
            json.dump(dataclasses.asdict(told), stream, indent=1)
            stream.write("\n")
        else:
            from ...explore.schema_report.schema_markdown import schema_markdown

            stream.write(schema_markdown(told, budget or _BUDGET, named=bool(names)))
