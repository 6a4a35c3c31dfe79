"""The library's own command line, where it is installed."""

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
"""The library's command line needs more than the library itself."""
_COMMANDS = re.compile(r"^positional arguments:\n +\{.*\}\n((?: .*\n)+)", re.MULTILINE)
"""The subcommands in the help that argparse writes."""


def hand_over(subcommand: str) -> str | int | None:
    """Run the library's `wink` on this process's arguments, and return its exit status."""
    try:
        run: Callable[[], str | int | None] = import_module(_ENTRY_POINT).main
    except (ImportError, AttributeError) as error:
        click.echo(f"Error: {_what_is_missing(subcommand, error)}", err=True)
        return 2
    return run()


def library_commands() -> str:
    """What the library's `wink` says of its subcommands, or what must be installed for it to have any."""
    try:
        found = _COMMANDS.search(_library_help())
        version = metadata.version("weakincentives")
    except (Exception, SystemExit) as error:  # noqa: BLE001 whatever is wrong with the library, our own help is shown
        return f"The library's commands are not here ({visible(str(error) or type(error).__name__)}): {_INSTALL}"
    listed = found[1].rstrip() if found else "  See: wink docs --help"
    return f"Commands of weakincentives {version}:\n{visible_lines(listed)}"


def _library_help() -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        import_module(_ENTRY_POINT).main(["--help"])
    return printed.getvalue()


def _what_is_missing(subcommand: str, error: ImportError | AttributeError) -> str:
    owner = f"'wink {visible(subcommand)}' belongs to the weakincentives library"
    if error.name in (None, "weakincentives"):
        return f"{owner}, which is not installed: {_INSTALL}"
    return f"{owner}, whose command line cannot be imported ({error}): {_INSTALL}"
