"""Arguments and options that several commands have."""

from __future__ import annotations

import logging
import math
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from ..artifacts.source import DEFAULT_EXPANSION
from ..dataset.dataset_paths import dataset_place, place_path, url_in
from ..terminal_text import visible, visible_lines
from .output.progress_display import MODES

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST_TIMEOUT = 10**9
"""Seconds; `select` accepts about nine times as many at most."""


STDIN = STDOUT = Path("-")
"""What an option's `-` becomes, this object alone: standard input or output. A file of this name is `./-`."""


class _Path(click.Path):
    """A path; click does not check it, because the library's messages say more."""

    def __init__(self, *, refuses_dash: str = "") -> None:
        super().__init__(path_type=Path, readable=False)
        self._refuses_dash = refuses_dash

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty path, a shell variable that is not set, which would become the current directory."""
        _refuse_empty(self, value, param, ctx)
        if value == "-" and self._refuses_dash:
            self.fail(f"{self._refuses_dash}; to use the name -, write ./-", param, ctx)
        return STDOUT if value == "-" else place_path(os.fsdecode(super().convert(value, param, ctx)))


class _Place(click.types.StringParamType):
    """A path or a URL, as it is written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty one, as of a path."""
        _refuse_empty(self, value, param, ctx)
        return super().convert(value, param, ctx)


def _refuse_empty(
    kind: click.ParamType[Any], value: Any, param: click.Parameter | None, ctx: click.Context | None
) -> None:
    if value == "":
        kind.fail("the path is empty", param, ctx)


class _Seconds(click.FloatRange):
    """A number of seconds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse `nan`, which click takes for a number in the range."""
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


PATH: click.Path = _Path()
"""The type of arguments and options that are paths."""


PLACE: click.ParamType[Any] = _Place()
"""The type of arguments and options that are paths or URLs of datasets and of their sources."""


def path_but_no_stream(reason: str) -> click.Path:
    """Return the type of a path that cannot be `-`, which stands for standard input or output; the reason says why."""
    return _Path(refuses_dash=reason)


def bundle_argument(command: Command) -> Command:
    """Add the argument BUNDLE, the path of the bundle that the command reads; a dataset is refused."""
    return click.argument("bundle", type=PATH, callback=_refuse_dataset)(command)


def bundle_or_dataset_argument(command: Command) -> Command:
    """Add the argument BUNDLE of a command that also reads datasets."""
    return click.argument("bundle", type=PATH)(command)


def _refuse_dataset(context: click.Context, argument: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a dataset or a URL, and say what to do instead."""
    del argument
    if path is None or (place := dataset_place(path)) is None:
        return path
    name, quoted = context.info_name, visible(shlex.join([place]))
    program = context.find_root().command_path
    if name == "verify":
        raise click.UsageError(
            f"{visible(place)} is a dataset; check it by: {program} dataset verify {quoted}", context
        )
    what = "is no file of this machine" if url_in(path) else "is a dataset"
    raise click.UsageError(
        f"{visible(place)} {what}, and {name} reads bundles. Make one of some runs of a dataset, and use that:"
        f" {program} dataset pull {quoted} --where \"result = 'failed'\" --output failed.db",
        context,
    )


def timeout_option(default: float | None = None) -> Callable[[Command], Command]:
    """Return a decorator that adds the option --timeout; without a default, the time is not limited by default."""
    return click.option(
        "--timeout",
        metavar="SECONDS",
        type=_Seconds(min=0, min_open=True, max=_LONGEST_TIMEOUT),
        default=default,
        show_default=default is not None,
        help="Stop after this time.",
    )


def expansion_option(command: Command) -> Command:
    """Add the option --max-expansion, the limit for what comes out of a bundle."""
    return click.option(
        "--max-expansion",
        metavar="TIMES",
        type=click.IntRange(min=1),
        default=DEFAULT_EXPANSION,
        show_default=True,
        help="How many times the size of BUNDLE its content may decompress to; 256 MiB are always allowed.",
    )(command)


def tag_option(text: str) -> Callable[[Command], Command]:
    """Return a decorator that adds the option --tag; `text` is its help."""
    return click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", callback=_parse_tags, help=text)


def _parse_tags(context: click.Context, option: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    del context, option
    tags: dict[str, str] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not (key and equals):
            raise click.BadParameter(f"{value!r} is not of the form key=value")
        if key in tags:
            raise click.BadParameter(f"{key!r} is given twice")
        tags[key] = text
    return tags


def progress_options(command: Command) -> Command:
    """Add the options --progress and --quiet."""
    quiet = click.option("--quiet", "-q", is_flag=True, help="Print neither progress nor summary.")
    progress = click.option(
        "--progress",
        type=click.Choice(MODES),
        default="auto",
        show_default=True,
        help="How to show progress on stderr; 'auto' shows a bar on a terminal, and a line every few seconds elsewhere.",
    )
    return progress(quiet(command))


def verbose_option(command: Command) -> Command:
    """Add the option --verbose, which prints the package's log events."""
    return click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=lambda _context, _option, is_set: _show_events() if is_set else None,
        help="Print log events to stderr.",
    )(command)


class _EventFormatter(logging.Formatter):
    """Formats an event as one line: its level, its name, its context."""

    def format(self, record: logging.LogRecord) -> str:
        context = getattr(record, "context", {})
        pairs = "".join(f" {key}={visible(str(value))}" for key, value in context.items() if value is not None)
        return f"{record.levelname} {visible_lines(super().format(record))}{pairs}"


class _StderrHandler(logging.StreamHandler[Any]):
    """Writes to the current `sys.stderr`, which a caller may have replaced."""

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
