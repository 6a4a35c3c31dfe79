"""Derive again what follows from rows of several bundles together: sessions, calls, tokens, failures, prompt parts."""

from __future__ import annotations

import apsw

from ..derive.call_merging import all_source_names
from ..derive.failures import derive_failures
from ..derive.prompt_parts import derive_prompt_parts
from ..derive.tool_calls import derive_calls
from ..run_rows import CallSourceBit
from ..timestamps import elapsed_ms
from .merging_sql import merging_sql

_IN_NO_LOG = CallSourceBit.SLICES | CallSourceBit.TRANSCRIPT

_CREATE_SOURCES = "CREATE TEMP TABLE log_sources (names TEXT PRIMARY KEY, source_bits INTEGER NOT NULL) WITHOUT ROWID"
_MEMBERS = "SELECT id, container_id FROM artifacts WHERE container_id IS NOT NULL"


def derive_standalone_calls(connection: apsw.Connection) -> None:
    """Put the calls outside of runs together again.

    Raises:
        apsw.Error: the rows could not be written.
    """
    connection.create_scalar_function("elapsed_ms", _elapsed_ms, 2, deterministic=True)  # type: ignore[arg-type]
    connection.execute(_CREATE_SOURCES)
    logged = [(names, bits & ~_IN_NO_LOG) for bits, names in all_source_names() if bits & ~_IN_NO_LOG]
    connection.executemany("INSERT INTO temp.log_sources VALUES (?, ?)", logged)
    with connection:
        connection.execute(merging_sql("standalone_fragments"))
    members: list[tuple[int, int]] = connection.execute(_MEMBERS).fetchall()  # type: ignore[assignment]
    derive_calls(connection, members, ())
    connection.execute("DROP TABLE temp.log_sources")


def join_repeated_calls(connection: apsw.Connection) -> None:
    """Keep one call of each event that several bundles hold, and forget what is derived from calls.

    Raises:
        apsw.Error: the rows could not be written.
    """
    with connection:
        connection.execute(merging_sql("repeated_calls"))
        connection.execute(merging_sql("forget_derived"))


def derive_again(connection: apsw.Connection, *, are_logs_searched: bool) -> None:
    """Derive prompt parts and failures from the complete tables; `are_logs_searched` is that of logs outside of runs.

    Raises:
        apsw.Error: the rows could not be written.
    """
    derive_prompt_parts(connection)
    derive_failures(connection, standalone_logs=are_logs_searched)


def _elapsed_ms(started_at: str | None, ended_at: str | None) -> float | None:
    """Return the milliseconds between two times for SQL; NULL if one of them is."""
    return None if started_at is None or ended_at is None else elapsed_ms(started_at, ended_at)
