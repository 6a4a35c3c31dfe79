"""What several commands take."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ..terminal_text import visible, visible_lines

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST_TIMEOUT = 10**9
"""Seconds; the system can wait no more than some nine times as long."""


class _Path(click.Path):
    """A path as it was given; the library says what is wrong with it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty one, such as a variable of the shell that is not set: it would be the current directory."""
        if value == "":
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


class _Seconds(click.FloatRange):
    """A time; `nan` is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what is no number."""
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


PATH: click.Path = _Path(path_type=Path, readable=False)
"""The type of every path."""


def bundle_argument(command: Command) -> Command:
    """The bundle that a command reads."""
    return click.argument("bundle", type=PATH)(command)


def timeout_option(default: float | None = None) -> Callable[[Command], Command]:
    """A limit on the time that the statements of a command may take; without a default there is none."""
    return click.option(
        "--timeout",
        metavar="SECONDS",
        type=_Seconds(min=0, min_open=True, max=_LONGEST_TIMEOUT),
        default=default,
        show_default=default is not None,
        help="Stop what takes longer.",
    )


def verbose_option(command: Command) -> Command:
    """Show the package's log events."""
    return click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=lambda _context, _option, wanted: _show_events() if wanted else None,
        help="Print log events to stderr.",
    )(command)


class _EventFormatter(logging.Formatter):
    """One line an event: its level, its name, its context."""

    def format(self, record: logging.LogRecord) -> str:
        context = getattr(record, "context", {})
        pairs = "".join(f" {key}={visible(str(value))}" for key, value in context.items() if value is not None)
        return f"{record.levelname} {visible_lines(super().format(record))}{pairs}"


class _StderrHandler(logging.StreamHandler[Any]):
    """Writes to whatever stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _show_events() -> None:
    logger = logging.getLogger("wink_debug_bundle")
    if any(isinstance(handler, _StderrHandler) for handler in logger.handlers):
        return
    handler = _StderrHandler()
    handler.setFormatter(_EventFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
