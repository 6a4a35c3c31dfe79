"""Open a bundle so that a signal or a deadline can stop a statement that runs long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..bundle import DebugBundle
from ..database.query_guard import longest_value
from ..errors import BundleError, BundleQueryError, DamagedBundleError
from ..explore.sql_errors import query_error
from . import signals
from .hard_deadline import hard_deadline

_HEAP_BYTES = 512 << 20
"""Memory that SQLite may have for a bundle without large values."""

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
    with hard_deadline(path, deadline), DebugBundle.open(path) as bundle:
        _limit_memory(path.stat().st_size)
        # Python runs signal handlers only between its own steps: without this a statement keeps Ctrl-C waiting.
        connection = bundle.query("SELECT 1").connection
        is_stopped = False

        def look_at_clock() -> bool:
            nonlocal is_stopped
            is_stopped |= _is_past(deadline)
            return is_stopped

        connection.set_progress_handler(look_at_clock, _OPCODES)
        try:
            yield bundle
            # A check goes on where a statement fails, and takes one that was stopped for damage.
            if signals.received:
                raise KeyboardInterrupt
            if is_stopped:
                raise BundleError(f"{path}: stopped after {timeout:g} s")
        except BundleQueryError as error:
            if _is_past(deadline):
                raise BundleError(f"{path}: stopped after {timeout:g} s; the rows so far are not all") from error
            raise BundleError(f"{path}: {_advised(str(error))}") from error
        except DamagedBundleError as error:
            if is_stopped:
                raise BundleError(f"{path}: stopped after {timeout:g} s") from error
            raise DamagedBundleError(f"{path}: {error}") from error
        except (sqlite3.Error, MemoryError) as error:
            if _is_past(deadline):
                raise BundleError(f"{path}: stopped after {timeout:g} s") from error
            found = query_error(error)
            raise type(found)(f"{path}: {found}") from error
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            if problem := _decay(connection, error):
                raise DamagedBundleError(f"{path}: the bundle is damaged: {problem}") from error
            raise


def _decay(connection: sqlite3.Connection, error: Exception) -> str | None:
    """What is wrong with the bundle's file, where an error came of its values; None if nothing is.

    Values are of the types that the schema says, unless the file is damaged or its tables are not the schema's.
    """
    from ..fidelity.schema_checks import check_own_schema

    if isinstance(error, UnicodeDecodeError):  # in a name of its schema
        return str(error)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            return str(found)
        different = next(check_own_schema(connection), None)
    except (sqlite3.Error, UnicodeDecodeError, TypeError) as problem:
        return str(problem)
    return different.text if different else None


def _limit_memory(file_size: int) -> None:
    """Let SQLite have no more memory in this process than the largest values need; a query that wants more fails."""
    with closing(sqlite3.connect(":memory:")) as any_connection:
        any_connection.execute(f"PRAGMA hard_heap_limit = {max(_HEAP_BYTES, 3 * longest_value(file_size))}")


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() > deadline


def _advised(message: str) -> str:
    """The message, with what to do about it where that can be said."""
    if message.startswith("You did not supply a value"):
        return f"{message} Give it with --param NAME VALUE."
    if message.startswith("Binding"):
        return f"{message.rstrip('.')}. Write :name instead of ?, and --param name VALUE."
    return message
