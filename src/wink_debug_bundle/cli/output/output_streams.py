"""Standard output as the formats need it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO, cast

import click

from .error_reporting import Failure, stdout_named
from .terminal_streams import ByteScreen, Screen

_AS_IT_IS = ("csv", "tsv")
"""Formats that leave control characters in cells; tables and JSON have escapes for them."""


@contextmanager
def output_stream(format_name: str, *, unicode: bool = False) -> Iterator[TextIO]:
    """Standard output: for tables in the terminal's encoding, for every other format in UTF-8, line ends untouched.

    Args:
        format_name: One of `formats.FORMATS`.
        unicode: Whether tables are to be in UTF-8, too.
    """
    stream = _standard_output()
    if (unicode or format_name != "table") and isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="strict", newline="")
    shown = cast("TextIO", Screen(stream)) if format_name in _AS_IT_IS and stream.isatty() else stream
    with stdout_named():
        yield shown
        shown.flush()


@contextmanager
def byte_stream() -> Iterator[BinaryIO]:
    """Standard output for bytes as they are; on a terminal, those that would drive it are shown as escapes."""
    stream = _standard_output()
    with stdout_named():
        output = cast("BinaryIO", ByteScreen(stream)) if stream.isatty() else stream.buffer
        yield output
        output.flush()


def print_lines(lines: Iterable[str]) -> None:
    """Print lines for people."""
    with stdout_named():
        for line in lines:
            click.echo(line)


def _standard_output() -> TextIO:
    if sys.stdout is None:
        raise Failure("standard output is closed")
    return sys.stdout
