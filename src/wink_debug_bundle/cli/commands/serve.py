"""The command `serve`: explore a bundle in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from ..shared_options import bundle_argument, verbose_option


@click.command(short_help="Explore a bundle in the browser.")
@bundle_argument
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Interface to listen on.")
@click.option(
    "--port",
    "-p",
    metavar="PORT",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the page in a browser.")
@verbose_option
def serve(bundle: Path, host: str, port: int, *, no_browser: bool) -> None:
    """Serve BUNDLE as web pages with Datasette, until you press Ctrl-C."""
    from ...bundle import DebugBundle

    with DebugBundle.open(bundle) as source:
        source.serve(host=host, port=port, open_browser=not no_browser)
