"""Open standard output for each output format."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO, cast

import click

from .error_reporting import Failure, encodable, stdout_errors
from .terminal_streams import ByteScreen, Screen

_UNESCAPED_FORMATS = ("csv", "tsv")
"""Formats whose cells may hold control characters; tables and JSON write them as escapes."""


@contextmanager
def output_stream(format_name: str, *, unicode: bool = False) -> Iterator[TextIO]:
    """Yield standard output as a text stream: tables in the locale's encoding, other formats in UTF-8.

    Line ends of the formats other than tables are written unchanged. On a terminal, control characters in CSV and TSV
    are shown as escapes.

    Args:
        format_name: One of `formats.FORMATS`, or "html".
        unicode: Whether to write tables in UTF-8, too.
    """
    stream = _standard_output()
    if (unicode or format_name != "table") and isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="strict", newline="")
    escapes = format_name in _UNESCAPED_FORMATS and stream.isatty()
    output = cast("TextIO", Screen(stream)) if escapes else stream
    with stdout_errors():
        yield output
        output.flush()


@contextmanager
def byte_stream() -> Iterator[BinaryIO]:
    """Yield standard output as a binary stream; on a terminal, control characters are shown as escapes."""
    stream = _standard_output()
    with stdout_errors():
        output = cast("BinaryIO", ByteScreen(stream)) if stream.isatty() else stream.buffer
        yield output
        output.flush()


def print_lines(lines: Iterable[str]) -> None:
    """Print lines to standard output, with escapes for characters that its encoding lacks.

    Click would print UTF-8 where the locale is ASCII, and nothing where standard output is closed.

    Raises:
        Failure: standard output is closed, or cannot be written.
    """
    _standard_output()
    with stdout_errors():
        for line in lines:
            click.echo(encodable(line, sys.stdout))


def _standard_output() -> TextIO:
    if sys.stdout is None:
        raise Failure("standard output is closed")
    return sys.stdout
