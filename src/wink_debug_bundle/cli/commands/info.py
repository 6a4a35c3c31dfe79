"""The command `info`: show what a bundle is and what it holds."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import click

from ..shared_options import bundle_argument, timeout_option, verbose_option

_MOST_SESSIONS = {"text": 5, "json": 1000}

_BLOCK = 1000
"""Number of lines that are printed at once."""


@click.command(short_help="Show what a bundle is and what it holds.")
@bundle_argument
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
    """Show the source of BUNDLE, its outcome, sessions, statistics, slice classes and problems."""
    from ..opening import opened
    from ..output.info_lines import describe, description_json, description_lines
    from ..output.output_streams import print_lines

    with opened(bundle, timeout=timeout) as source:
        description = describe(source, most_sessions=None if all_sessions else _MOST_SESSIONS[format_name])
        lines = description_json(description) if format_name == "json" else description_lines(description)
        print_lines("\n".join(block) for block in iter(lambda: list(islice(lines, _BLOCK)), []))
