"""The library's own command line, where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import click

from ..explore.visible import visible

_ENTRY_POINT = "weakincentives.cli.wink"


def hand_over(subcommand: str) -> str | int | None:
    """Run the library's `wink` on this process's arguments, and return its exit status."""
    try:
        run: Callable[[], str | int | None] = import_module(_ENTRY_POINT).main
    except (ImportError, AttributeError) as error:
        click.echo(f"Error: {_what_is_missing(subcommand, error)}", err=True)
        return 2
    return run()


def _what_is_missing(subcommand: str, error: ImportError | AttributeError) -> str:
    command = f"wink {visible(subcommand)}"
    if error.name in (None, "weakincentives"):
        return f"'{command}' belongs to the weakincentives library, which is not installed: pip install weakincentives"
    return f"'{command}' belongs to the weakincentives library, whose command line cannot be imported: {error}"
