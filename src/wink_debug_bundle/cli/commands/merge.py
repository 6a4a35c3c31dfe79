"""The command `merge`: make one bundle of several."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ..shared_options import PATH, path_but_no_stream, progress_options, tag_option, verbose_option


@click.command(short_help="Make one bundle of several.")
@click.argument("bundles", type=PATH, nargs=-1, required=True)
@click.option(
    "--output",
    "-o",
    type=path_but_no_stream("a bundle cannot be written to standard output"),
    required=True,
    help="Path of the merged bundle; a name that ends in .zst is that of a packed one.",
)
@click.option("--description", help="What the bundle is about.  [default: what all bundles say alike]")
@tag_option("A tag to store in the bundle, beside those of the bundles. Repeatable.")
@click.option("--force", "-f", is_flag=True, help="Replace an existing bundle.")
@progress_options
@verbose_option
def merge(
    *,
    bundles: tuple[Path, ...],
    output: Path,
    description: str | None,
    tags: dict[str, str],
    force: bool,
    progress: str,
    quiet: bool,
) -> None:
    """Make one bundle of BUNDLES, which stay as they are.

    It holds what a build of all their artifacts holds, with other ids: the same file, run or session once. Each bundle is
    checked first; one that is damaged, or was changed after it was built, is refused. It gets a full-text index if all
    bundles have one.
    """
    from ...merging.bundle_merging import merge_bundles
    from ..output.merge_lines import merge_lines
    from ..output.outcome_lines import outcome_of
    from ..output.output_streams import print_lines
    from ..output.progress_display import Display

    with closing(Display("none" if quiet else progress)) as display:
        summary = merge_bundles(
            bundles, output, description=description, tags=tags, force=force, progress=display.callback
        )
    if not quiet:
        print_lines(merge_lines(summary, outcome_of(summary.path)))
