"""The command `schema`: describe the tables and views of a bundle, for writing queries."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from ...bundle_command import BundleCommand
from ...shared_options import bundle_argument, timeout_option, verbose_option

_BUDGET = 20_000
_SMALLEST_BUDGET = 2000


@click.command(cls=BundleCommand, short_help="Describe the tables and views, with sample values.")
@bundle_argument
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
    help="Markdown, within the budget, or JSON, which is always complete.",
)
@click.option(
    "--budget",
    metavar="N",
    type=click.IntRange(min=_SMALLEST_BUDGET),
    help=f"Print at most N characters of Markdown (N is at least {_SMALLEST_BUDGET}).  [default: {_BUDGET}]",
)
@timeout_option(60)
@verbose_option
def schema(bundle: Path, names: tuple[str, ...], format_name: str, budget: int | None, timeout: float) -> None:
    """Describe the tables and views of BUNDLE, or those given by NAME: row counts, columns, meanings and values.

    The values are samples from the whole table; of a column with an index and few distinct values, all are shown. For
    columns that hold JSON, the paths in it are shown. Values of environment variables are not shown. It takes about a
    second, however large the bundle is.

    In Markdown, the tables that queries use most are described in most detail, the others as far as the budget allows.
    """
    from ...opening import opened
    from ...output.output_streams import output_stream

    if budget and format_name == "json":
        raise click.UsageError("--budget is for --format markdown; with JSON, name the tables and views to describe.")
    with opened(bundle, timeout=timeout) as source, output_stream(format_name) as stream:
        description = source.schema(*names)
        if format_name == "json":
            json.dump(dataclasses.asdict(description), stream, indent=1)
            stream.write("\n")
        else:
            from ....explore.schema_report.schema_markdown import schema_markdown

            stream.write(schema_markdown(description, budget or _BUDGET, named=bool(names)))
