"""The command `info`: show what a bundle is and what it holds."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import click

from ..dataset_place import dataset_place, open_dataset
from ..shared_options import bundle_or_dataset_argument, timeout_option, verbose_option

_MOST_SESSIONS = {"text": 5, "json": 1000}

_BLOCK = 1000
"""Number of lines that are printed at once."""


@click.command(short_help="Show what a bundle is and what it holds.")
@bundle_or_dataset_argument
@click.option("--all-sessions", is_flag=True, help="List every session, not only the first 5 (in JSON, 1,000).")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or JSON for programs.",
)
@timeout_option(60)
@verbose_option
def info(bundle: Path, format_name: str, *, all_sessions: bool, timeout: float) -> None:
    """Show the source of BUNDLE, its outcome, sessions, statistics, slice classes and problems.

    Of a dataset (a folder, or a URL such as s3://bucket/dataset), show what its complete shards hold together, and
    their outcome.
    """
    from ..opening import opened
    from ..output.info_lines import describe, description_json, description_lines
    from ..output.output_streams import print_lines

    if (place := dataset_place(bundle)) is not None:
        if all_sessions:
            raise click.UsageError("--all-sessions is for bundles; query lists the sessions of a dataset.")
        _show_dataset(place, bundle, format_name)
        return
    with opened(bundle, timeout=timeout) as source:
        description = describe(source, most_sessions=None if all_sessions else _MOST_SESSIONS[format_name])
        lines = description_json(description) if format_name == "json" else description_lines(description)
        print_lines("\n".join(block) for block in iter(lambda: list(islice(lines, _BLOCK)), []))


def _show_dataset(place: str, path: Path, format_name: str) -> None:
    from ..output.dataset_texts.dataset_lines import info_json, info_lines
    from ..output.output_streams import print_lines
    from ..output.wording import command_line

    dataset = open_dataset(place, tells_missing=False)
    command = command_line("query", path, "--name", "failure-reasons")
    totals, shown = dataset.totals, dataset.storage.shown
    outcome = dataset.outcome if dataset.commits else None
    if format_name == "json":
        print_lines([info_json(shown, totals, outcome)])
        return
    print_lines(info_lines(shown, totals, outcome, command))
