"""Open a bundle so that a signal or a deadline can stop a statement that runs long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..bundle import DebugBundle
from ..errors import BundleError, BundleQueryError

_OPCODES = 20_000
"""Steps of SQLite between two looks at the clock: some milliseconds."""


@contextmanager
def opened(path: Path, *, timeout: float | None = None) -> Iterator[DebugBundle]:
    """The bundle at `path`; errors in the block that are about a query name the file.

    Args:
        path: The bundle.
        timeout: Seconds after which the statements of the block are stopped.
    """
    deadline = time.monotonic() + timeout if timeout is not None else None
    with DebugBundle.open(path) as bundle:
        # Python runs signal handlers only between its own steps: without this a statement keeps Ctrl-C waiting.
        connection = bundle.query("SELECT 1").connection
        connection.set_progress_handler(lambda: int(_is_past(deadline)), _OPCODES)
        try:
            yield bundle
        except BundleQueryError as error:
            if _is_past(deadline):
                raise BundleError(f"{path}: stopped after {timeout:g} s; the rows so far are not all") from error
            raise BundleError(f"{path}: {error}{_hint(str(error))}") from error


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() > deadline


def _hint(message: str) -> str:
    """What to do about it, where that can be said."""
    if message.startswith("You did not supply a value"):
        return " Give it with --param NAME VALUE."
    if message.startswith("Binding"):
        return ". Write :name instead of ?, and --param name VALUE."
    return ""
