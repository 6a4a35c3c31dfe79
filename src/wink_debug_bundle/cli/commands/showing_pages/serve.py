"""The command `serve`: explore a bundle in the browser."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ...hard_deadline import hard_deadline
from ...shared_options import PATH, bundle_argument, verbose_option


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
@click.option("--uds", type=PATH, metavar="PATH", help="Listen on a socket at PATH, which only you can open.")
@click.option(
    "--token/--no-token",
    default=None,
    help="Answer only requests with the token in the printed address. Default: if other machines can connect.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    metavar="NAME",
    multiple=True,
    help="Answer for this host name, too, such as that of a forwarded port. Repeatable.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the page in a browser.")
@verbose_option
def serve(
    bundle: Path,
    host: str,
    port: int,
    uds: Path | None,
    allow_hosts: tuple[str, ...],
    *,
    token: bool | None,
    no_browser: bool,
) -> None:
    """Serve BUNDLE as web pages with Datasette, until you press Ctrl-C.

    The server answers this machine only, unless --host says otherwise. Where other users share the machine, --token
    or --uds keeps them out.
    """
    from ....bundle import bundle_of
    from ....database.query_guard import heap_for, limit_memory
    from ...opening import unpacked

    with closing(unpacked(bundle)) as file, hard_deadline(bundle, None), bundle_of(file) as source:
        limit_memory(heap_for(file.database.stat().st_size))
        source.serve(host=host, port=port, open_browser=not no_browser, token=token, uds=uds, allow_hosts=allow_hosts)
