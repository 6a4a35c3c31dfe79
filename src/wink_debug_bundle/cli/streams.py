"""Standard output as the formats need it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from .reporting import Failure, stdout_named


@contextmanager
def output_stream(format_name: str, *, unicode: bool = False) -> Iterator[TextIO]:
    """Standard output: for tables in the terminal's encoding, for every other format in UTF-8, line ends untouched.

    Args:
        format_name: One of `formats.FORMATS`.
        unicode: Whether tables are to be in UTF-8, too.
    """
    stream = sys.stdout
    if stream is None:
        raise Failure("standard output is closed")
    if (unicode or format_name != "table") and isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="strict", newline="")
    with stdout_named():
        yield stream
        stream.flush()


def print_lines(lines: Iterable[str]) -> None:
    """Print lines for people."""
    with stdout_named():
        for line in lines:
            click.echo(line)
