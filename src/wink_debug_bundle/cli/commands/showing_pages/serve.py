"""The command `serve`: explore a bundle in the browser."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import click

from ...hard_deadline import hard_deadline
from ...shared_options import PATH, bundle_argument, verbose_option


@click.command(short_help="Explore a bundle in the browser.")
@bundle_argument
@click.option("--baseline", type=PATH, metavar="BASE", help="Show BUNDLE beside the bundle of another evaluation, too.")
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
    baseline: Path | None,
    host: str,
    port: int,
    uds: Path | None,
    *,
    allow_hosts: tuple[str, ...],
    token: bool | None,
    no_browser: bool,
) -> None:
    """Serve BUNDLE as web pages with Datasette, until you press Ctrl-C.

    With --baseline, the page that opens compares both bundles, and leads to the pages of all their runs. Without it, a
    bundle of several evaluations or experiments has a page that compares two of them.

    The server answers this machine only, unless --host says otherwise. Where other users share the machine, --token
    or --uds keeps them out.
    """
    from ....bundle import bundle_of
    from ....database.query_guard import heap_for, limit_memory
    from ...opening import unpacked

    paths = [bundle] if baseline is None else [bundle, baseline]
    with ExitStack() as stack:
        unpacked_files = [stack.enter_context(closing(unpacked(path))) for path in paths]
        stack.enter_context(hard_deadline(bundle, None))
        opened = [stack.enter_context(bundle_of(file)) for file in unpacked_files]
        limit_memory(max(heap_for(file.database.stat().st_size) for file in unpacked_files))
        opened[0].serve(
            host=host,
            port=port,
            open_browser=not no_browser,
            token=token,
            uds=uds,
            allow_hosts=allow_hosts,
            baseline=opened[1] if baseline else None,
        )
