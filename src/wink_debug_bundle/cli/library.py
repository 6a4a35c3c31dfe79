"""The library's own command line, where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import click

from ..explore.visible import visible

_ENTRY_POINT = "weakincentives.cli.wink"
_INSTALL = "pip install 'weakincentives[wink]'"
"""The library's command line needs more than the library itself."""


def hand_over(subcommand: str) -> str | int | None:
    """Run the library's `wink` on this process's arguments, and return its exit status."""
    try:
        run: Callable[[], str | int | None] = import_module(_ENTRY_POINT).main
    except (ImportError, AttributeError) as error:
        click.echo(f"Error: {_what_is_missing(subcommand, error)}", err=True)
        return 2
    return run()


def _what_is_missing(subcommand: str, error: ImportError | AttributeError) -> str:
    owner = f"'wink {visible(subcommand)}' belongs to the weakincentives library"
    if error.name in (None, "weakincentives"):
        return f"{owner}, which is not installed: {_INSTALL}"
    return f"{owner}, whose command line cannot be imported ({error}): {_INSTALL}"
