"""The entry points: `wink-debug-bundle`, and `wink`, a name that the weakincentives library's command has, too."""

from __future__ import annotations

import gc
import sys

import click

from .. import __version__
from . import signals
from .commands.cat import cat
from .commands.cell import cell
from .commands.cost import cost
from .commands.create import create
from .commands.export import export
from .commands.extract import extract
from .commands.for_agents.schema import schema
from .commands.for_agents.skill import skill
from .commands.for_datasets.dataset_group import dataset
from .commands.for_evaluations.compare import compare
from .commands.for_evaluations.gate import gate
from .commands.for_sharing.redact import redact
from .commands.index import index
from .commands.info import info
from .commands.merge import merge
from .commands.migrate import migrate
from .commands.pack import pack
from .commands.query import query
from .commands.search import search
from .commands.show import show
from .commands.showing_pages.report import report
from .commands.showing_pages.serve import serve
from .commands.verify import verify
from .library_commands import hand_over, library_commands
from .output.error_reporting import ReportingGroup
from .shared_options import verbose_option

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_OWN = {"debug-bundle", "-h", "--help", "--version"}
"""First arguments that `wink` handles itself; all others are for the library's command."""


@click.group("wink-debug-bundle", cls=ReportingGroup, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="wink-debug-bundle")
@verbose_option
def bundle_commands() -> None:
    """Turn debugging artifacts of the weakincentives library into one SQLite file, and explore it.

    Exit codes: 0 success; 1 the work failed; 2 wrong usage; 3 the bundle is damaged; 4 create --strict could
    not read everything, or gate found a regression; 5 gate could not judge; 130 interrupted (128 plus the number
    of the signal); 141 the program that reads the output has closed it.
    """


for _command in (
    create,
    serve,
    info,
    show,
    search,
    cost,
    report,
    compare,
    gate,
    schema,
    query,
    cell,
    export,
    cat,
    verify,
    extract,
    pack,
    redact,
    index,
    merge,
    migrate,
    dataset,
    skill,
):
    bundle_commands.add_command(_command)


class _SharedGroup(ReportingGroup):
    """A group whose help lists the library's commands, too."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the library's commands after our own."""
        del ctx
        formatter.write(f"\n{library_commands()}\n")


@click.group("wink", cls=_SharedGroup, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="wink-debug-bundle")
def wink_commands() -> None:
    """Build and explore debug bundles of the weakincentives library.

    All other subcommands are handed to the library's own command line, if it is installed.
    """


wink_commands.add_command(bundle_commands, "debug-bundle")


def main() -> None:
    """Run `wink-debug-bundle`."""
    _run(bundle_commands, "wink-debug-bundle")


def wink() -> None:
    """Run `wink`: `debug-bundle` itself, all other subcommands with the library's command line."""
    if sys.argv[1:] and sys.argv[1] not in _OWN:
        sys.exit(hand_over(sys.argv[1]))
    _run(wink_commands, "wink")


def _run(commands: click.Group, name: str) -> None:
    """Run a command, and end the process without a search of all modules for cycles, which takes some 20 ms."""
    signals.install()
    try:
        commands(prog_name=name)
    finally:
        signals.uninstall()
        gc.freeze()
