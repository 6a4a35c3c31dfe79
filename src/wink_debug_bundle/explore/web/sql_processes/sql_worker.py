"""Run statements in a process of its own, which the server can end whatever SQLite is doing.

SQLite looks at the clock only between its instructions, and one of them (`instr` in megabytes of zeros, `like` with a
hostile pattern) can take for ever; a thread that runs it cannot be stopped. So the SQL of visitors and of bundles runs
in a fresh interpreter: with limits on its memory, and killed by the server when its time is over.
"""

from __future__ import annotations

import math
import os
import re
import resource
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ....database.connection import open_immutable
from ....database.query_guard import limit_memory, longest_value
from ...sql_errors import query_error
from .messages import LENGTH, Answer, Statement, Value, decode_statement, encoded
from .served_file import Identity, identity

LONGEST_VALUE = 64 << 20
"""Bytes of the longest value that a page can show, or a query can make."""

_HEAP_BYTES = 144 << 20
"""Memory that SQLite may use: two of the longest values, and room for sorting."""

_ADDRESS_SPACE = 768 << 20
"""Bytes of addresses that the process may use, in case that something else than SQLite takes memory."""

_INSTRUCTIONS = 1000
"""Number of SQLite's instructions between two looks at the clock."""

_LEAST_ROWS, _LARGER = 2, 4
"""A page has at least one row, and a second is read to know that there is a next page; they may be larger together."""

_ROW_SECONDS = 0.2
"""Time that one more row may take."""

_WATCH_SECONDS = 0.5
_CELL_BYTES = 16
_QUOTED = re.compile(r'\s+|(".*?")')


def main(descriptor: int, path: str, expected: Identity, server: int, niceness: int) -> None:
    """Answer statements until the server closes the socket.

    Args:
        descriptor: File descriptor of the socket.
        path: The bundle.
        expected: What identifies the file; no other is read.
        server: Process id of the server.
        niceness: By how much other processes go before this one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server handles it, and ends this process
    os.nice(niceness)
    threading.Thread(target=_exit_with_server, args=(server,), daemon=True).start()
    with suppress(ValueError, OSError):  # not every system has this limit, or lets it be set
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    limit_memory(_HEAP_BYTES)
    connection = _opened(Path(path), expected)
    with socket.socket(fileno=descriptor) as channel, channel.makefile("rwb") as stream, suppress(ConnectionError):
        while len(head := stream.read(LENGTH.size)) == LENGTH.size:
            statement = decode_statement(stream.read(*LENGTH.unpack(head)))
            connection = connection or _opened(Path(path), expected)  # the file may be there again
            answer = run(connection, statement) if connection else Answer("replaced")
            stream.write(encoded(answer))
            stream.flush()
    os._exit(0)


def _exit_with_server(server: int) -> None:
    """Exit soon after the server has died, also while a statement runs."""
    while os.getppid() == server:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def _opened(path: Path, expected: Identity) -> sqlite3.Connection | None:
    """Open the bundle; return None if the path leads to another file, or to none."""
    if identity(path) != expected:
        return None
    try:
        connection = open_immutable(path)
    except sqlite3.Error:
        return None
    if identity(path) != expected:
        connection.close()
        return None
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(longest_value(expected[2]), LONGEST_VALUE))
    connection.create_function("escape_fts", 1, _search_words)
    return connection


def run(connection: sqlite3.Connection, statement: Statement) -> Answer:
    """Run one statement within its limits."""
    deadline = time.monotonic() + statement.seconds
    is_late = False

    def interrupts() -> bool:
        nonlocal is_late
        is_late = is_late or time.monotonic() > deadline
        return is_late

    connection.set_progress_handler(interrupts, _INSTRUCTIONS)
    connection.text_factory = _text_factory(statement)
    try:
        return _collected(connection.execute(statement.sql, statement.parameters), statement, deadline)
    except MemoryError as error:
        return Answer("failed", error=str(query_error(error)))
    except Exception as error:  # noqa: BLE001 - whatever a bundle's schema and values can cause
        if is_late:
            return Answer("interrupted")
        return Answer("failed", error=str(query_error(error)))
    finally:
        connection.set_progress_handler(None, 0)


def _collected(cursor: sqlite3.Cursor, statement: Statement, deadline: float) -> Answer:
    """Return the rows of a result, as far as they are wanted and fit."""
    columns = [name for name, *_ in cursor.description or ()]
    rows: list[tuple[Value, ...]] = []
    size = cells = 0
    until = math.inf
    for row in cursor:
        if len(rows) == statement.most_rows:
            return Answer("rows", columns, rows, has_more=True)
        cells += len(row)
        size += sum(_size(value) for value in row)
        if len(rows) < _LEAST_ROWS:
            ends = size > statement.most_bytes * _LARGER
        else:
            ends = size > statement.most_bytes or cells > statement.most_cells or time.monotonic() > until
        if ends:
            return Answer("rows", columns, rows, has_more=True, ended_early=True)
        if not rows and statement.rows_seconds:
            until = min(time.monotonic() + statement.rows_seconds, deadline - _ROW_SECONDS)
        rows.append(row)
    return Answer("rows", columns, rows)


def _size(value: Value) -> int:
    return _CELL_BYTES + (len(value) if isinstance(value, (str, bytes)) else 0)


def _text_factory(statement: Statement) -> Callable[[bytes], str]:
    """Return the function that makes text of SQLite's bytes, which need not be UTF-8."""
    most = statement.characters
    if not most:
        return lambda data: data.decode("utf-8", "replace")

    def cut(data: bytes) -> str:
        text = data[: 4 * most].decode("utf-8", "replace")
        if len(text) <= most and len(data) <= 4 * most:
            return text
        mark = f"… (cut here: the text has {len(data):,} bytes)" if statement.marks_cut_text else ""
        return text[:most] + mark

    return cut


def _search_words(text: str) -> str:
    """Quote the words of a search, so that none of them is taken for an operator of full-text search."""
    if text.count('"') % 2:
        text += '"'
    words = [word for word in _QUOTED.split(text) if word and word != '""']
    return " ".join(word if word.startswith('"') else f'"{word}"' for word in words)
