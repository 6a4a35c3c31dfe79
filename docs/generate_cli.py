"""Write `docs/cli.md` from the commands; with `--check`, exit with 1 if the page is out of date."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from wink_debug_bundle.cli.main import bundle_commands

PAGE = Path(__file__).with_name("cli.md")
PROGRAM = "wink debug-bundle"

INTRODUCTION = f"""\
# Command line

`{PROGRAM}` and `wink-debug-bundle` are the same command. The second name always works, even if the library's own `wink`
script has replaced the one of this package. This package's `wink` passes all other subcommands on to the library.

Results go to standard output. Everything else goes to standard error: errors as `Error: ...`, and with `--verbose`
the log events.

`docs/generate_cli.py` writes this page.
"""


def page() -> str:
    """Return the text of the page."""
    sections = [section(name, command) for name, command in commands_of(PROGRAM, bundle_commands)]
    return "\n".join([INTRODUCTION, *sections])


def commands_of(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yield a command, and those that it has, with their whole names."""
    yield name, command
    if isinstance(command, click.Group):
        for inner, each in command.commands.items():
            yield from commands_of(f"{name} {inner}", each)


def section(name: str, command: click.Command) -> str:
    """Return the section about one command."""
    context = click.Context(command, info_name=name, **bundle_commands.context_settings)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    options = "\n".join(option_lines(command, context))
    parts = [f"## `{name}`", f"    {usage}", prose(command.help), options, prose(command.epilog)]
    return "\n\n".join(part for part in parts if part) + "\n"


def prose(help_text: str | None) -> str:
    """Return the help as Markdown; blocks that click does not wrap become code."""
    paragraphs = inspect.cleandoc(help_text or "").split("\n\n")
    return "\n\n".join(_verbatim(text) if text.startswith("\b") else text for text in paragraphs)


def option_lines(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield a table row for each option."""
    yield "| option | meaning |"
    yield "| --- | --- |"
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option):
            # short names first, as in the help; before 8.5, click's own help option has its names in any order
            names = ", ".join(f"`{name}`" for name in sorted(parameter.opts, key=len))
            yield f"| {names}{_value(parameter)} | {_meaning(parameter)} |"


def _verbatim(text: str) -> str:
    return "```text\n" + text.removeprefix("\b").strip("\n") + "\n```"


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return " " + ", ".join(f"`{choice}`" for choice in option.type.choices)
    return f" {option.metavar or option.type.name.upper()}"


def _meaning(option: click.Option) -> str:
    help_text = re.sub(r"\s*\[default: (.*)\]", r" Default: \1.", option.help or "").strip()
    default = f" Default: `{option.default}`." if option.show_default else ""
    return f"{help_text}{default}".strip()


def main() -> None:
    """Write the page, or check it."""
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"{PAGE} is out of date; run: python {Path(__file__)}")


if __name__ == "__main__":
    main()
