"""The command `search`: find words in the texts of a bundle."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...column_values import SearchKind
from ..bundle_command import BundleCommand
from ..dataset_place import dataset_place
from ..shared_options import bundle_or_dataset_argument, timeout_option, verbose_option

if TYPE_CHECKING:
    from ...explore.text_search.found_texts import SearchResult

_MOST_TEXTS = 1000
_LARGEST_OFFSET = 10**9


@click.command(cls=BundleCommand, short_help="Find words in messages, tool calls, prompts, failures and logs.")
@bundle_or_dataset_argument
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--kind",
    "-k",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in SearchKind]),
    help="Only texts of this kind. Repeatable.",
)
@click.option("--run", "-r", metavar="RUN", help="Only texts of this run: its number, sample, session or id.")
@click.option("--tool", "-t", metavar="NAME", help="Only calls of this tool, their results and failures.")
@click.option("--level", "-l", metavar="LEVEL", help="Only log records of this level, in any case.")
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(min=1, max=_MOST_TEXTS),
    default=20,
    show_default=True,
    help="Show at most this many texts.",
)
@click.option(
    "--offset",
    type=click.IntRange(min=0, max=_LARGEST_OFFSET),
    default=0,
    help="Leave out this many of the best texts.",
)
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Format."
)
@timeout_option()
@verbose_option
def search(
    bundle: Path,
    words: tuple[str, ...],
    *,
    kinds: tuple[str, ...],
    run: str | None,
    tool: str | None,
    level: str | None,
    limit: int,
    offset: int,
    format_name: str,
    timeout: float | None,
) -> None:
    """Find the texts of BUNDLE that have all WORDS, the most telling first, each with its place and a snippet.

    A word with punctuation in it, such as /tmp/a_b or read_file:, is looked for as its letters and digits one after the
    other. A word with a star at its end stands for all words that begin so. A phrase is one argument with quotes in it:
    '"not found"'. No other character has a meaning; put -- before words that begin with a dash.

    Without an index (create --search, index) every text is read, and a word may be a part of another one.
    All texts of a dataset are copied to a temporary bundle, in TMPDIR, first.
    """
    from ..opening import opened_part
    from ..output.output_streams import output_stream, print_lines
    from ..output.search_lines import result_lines

    typed = " ".join(words)
    with opened_part(bundle, "search", timeout=timeout) as source:
        result = source.search(typed, kinds=kinds, run=run, tool=tool, level=level, limit=limit, offset=offset)
    if dataset_place(bundle) is not None:
        from ...dataset.partial_bundles.partial_dataset import of_dataset

        result = of_dataset(result)
    if format_name == "json":
        with output_stream("json") as stream:
            json.dump(_plain(result), stream, ensure_ascii=False, indent=2)
            stream.write("\n")
        return
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    print_lines(result_lines(bundle, result, offset, marks_by_style=is_terminal))


def _plain(result: SearchResult) -> dict[str, object]:
    """Return the result as JSON has it; a snippet is a list of its parts, and so control characters are escaped."""
    return {**asdict(result), "counts": dict(result.counts), "total": result.total}
