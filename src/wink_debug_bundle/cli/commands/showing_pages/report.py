"""The command `report`: write one page about the outcome of a bundle."""

from __future__ import annotations

from pathlib import Path

import click

from ....terminal_text import visible
from ...shared_options import PATH, STDOUT, bundle_argument, timeout_option, verbose_option


@click.command(short_help="Write one page about the outcome, to attach to a CI job.")
@bundle_argument
@click.option(
    "--output",
    "-o",
    type=PATH,
    help="File to write, readable by you alone, or - for standard output.  [default: BUNDLE, ending in .html]",
)
@click.option("--force", "-f", is_flag=True, help="Replace an existing file.")
@timeout_option()
@verbose_option
def report(bundle: Path, *, output: Path | None, force: bool, timeout: float | None) -> None:
    """Write a page with the outcome of BUNDLE, its charts, and the stories of the runs that failed.

    The page is one file of at most 5 MB. It opens in a browser without a server, loads nothing, and needs no network.
    Where the stories would take more room, long texts are shortened and further runs left out, and the page says so.
    The file appears when it is complete.
    """
    from ...opening import opened
    from ...output.output_streams import output_stream
    from ...output.wording import size

    if force and output is STDOUT:
        raise click.UsageError("--force is for an --output that is a file.")
    if output is STDOUT:
        with opened(bundle, timeout=timeout) as source, output_stream("html") as stream:
            source.write_report(stream)
        return
    path = output or bundle.with_suffix(".html")
    with opened(bundle, timeout=timeout) as source:
        source.report(path, replace=force)
    click.echo(f"{visible(str(path))} ({size(path.stat().st_size)})", err=True)
