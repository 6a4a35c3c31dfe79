"""Write numbers, sizes, durations and commands for people."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from ...terminal_text import visible

_UNITS = ("kB", "MB", "GB", "TB")

Parts = Sequence[tuple[int, str]]
"""Numbers, each with what it counts."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, like `1 file` or `1,200 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """Return a number of bytes, like `812 bytes` or `2.3 MB`; a kilobyte is 1000 bytes."""
    if number < 1000:
        return counted(number, "byte")
    value = float(number)
    for unit in _UNITS:
        value /= 1000
        if value < 999.95 or unit == _UNITS[-1]:
            break
    return f"{value:,.1f} {unit}"


def duration(seconds: float) -> str:
    """Return a duration, like `1.2 s` or `3 min 20 s`."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def listed(parts: Parts) -> str:
    """Return numbers with what they count, as in `3 passed, 1 failed`; those that are 0 are left out."""
    return ", ".join(f"{number:,} {what}" for number, what in parts if number)


def within(text: str, width: int) -> str:
    """Return the text, or as much of its beginning as takes that many terminal columns with a mark of the cut."""
    import wcwidth

    if (text.isascii() and len(text) <= width) or 0 <= wcwidth.wcswidth(text) <= width:
        return text
    return f"{wcwidth.clip(text[: width * 8], 0, width - 1)}…"


def command_line(subcommand: str, path: Path, *arguments: str) -> str:
    """Return a command to type next, beginning with the program name that the user typed."""
    context = click.get_current_context()
    group = context.parent or context
    while (
        group.parent is not None and isinstance(group.command, click.Group) and subcommand not in group.command.commands
    ):
        group = group.parent
    program = group.command_path
    name = f"./{path}" if str(path).startswith("-") else str(path)  # or it would be read as an option
    return f"{program} {subcommand} {visible(shlex.join([name, *arguments]))}"
