"""The command `index`: give a bundle a full-text index, or remove it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..shared_options import bundle_argument, verbose_option

if TYPE_CHECKING:
    from ...database.search_index import SearchScope


@click.command(short_help="Make a full-text index, for search.")
@bundle_argument
@click.option("--all", "has_all", is_flag=True, help="Index contexts of log records and texts of files, too.")
@click.option("--remove", is_flag=True, help="Remove the index, and give its space back.")
@verbose_option
def index(bundle: Path, *, has_all: bool, remove: bool) -> None:
    """Make a full-text index of BUNDLE, so that the command search and the search box of its pages are fast.

    It has messages, tool calls and their results, prompts and answers, failures, paths of files and log messages. A copy
    is indexed, and replaces BUNDLE when it is complete. An index that is there already is made again.
    """
    from ...pipeline.bundle_indexing import index_bundle
    from ..output.output_streams import print_lines
    from ..output.search_lines import indexed_lines

    if has_all and remove:
        raise click.UsageError("--all and --remove contradict each other.")
    scope: SearchScope | None = None if remove else "all" if has_all else "usual"
    had_index = index_bundle(bundle, scope)
    print_lines(indexed_lines(bundle, had_index=had_index))
