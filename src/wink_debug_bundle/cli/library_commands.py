"""Run the weakincentives library's own `wink` command, and list its subcommands, if it is installed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module, metadata

import click

from ..terminal_text import visible, visible_lines

_ENTRY_POINT = "weakincentives.cli.wink"
_INSTALL = "pip install 'weakincentives[wink]'"
"""Installs the library with the packages that its command line needs."""

_COMMANDS = re.compile(r"^positional arguments:\n +\{.*\}\n((?: .*\n)+)", re.MULTILINE)
"""Finds the list of subcommands in the help that argparse prints."""


def hand_over(subcommand: str) -> str | int | None:
    """Run the library's `wink` on this process's arguments, and return its exit status."""
    try:
        run: Callable[[], str | int | None] = import_module(_ENTRY_POINT).main
    except (ImportError, AttributeError) as error:
        click.echo(f"Error: {_import_message(subcommand, error)}", err=True)
        return 2
    return run()


def library_commands() -> str:
    """Return the list of the library's subcommands, from its help, or else how to install the library."""
    try:
        match = _COMMANDS.search(_library_help())
        version = metadata.version("weakincentives")
    except (Exception, SystemExit) as error:  # noqa: BLE001 a faulty library must not prevent our own help
        reason = visible(str(error) or type(error).__name__)
        return f"The library's commands are not available ({reason}): {_INSTALL}"
    commands = match[1].rstrip() if match else "  See: wink docs --help"
    return f"Commands of weakincentives {version}:\n{visible_lines(commands)}"


def _library_help() -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        import_module(_ENTRY_POINT).main(["--help"])
    return printed.getvalue()


def _import_message(subcommand: str, error: ImportError | AttributeError) -> str:
    owner = f"'wink {visible(subcommand)}' belongs to the weakincentives library"
    if error.name in (None, "weakincentives"):
        return f"{owner}, which is not installed: {_INSTALL}"
    return f"{owner}, whose command line cannot be imported ({error}): {_INSTALL}"
