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
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ....database.connection import open_immutable
from ....database.query_guard import limit_memory, longest_value
from ...empty_statements import without_empty_statements
from ...sql_errors import query_error
from ...stored_files import decompressed_chunk
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

_LONGEST_ROW = 32 << 20
"""Bytes of the longest row of a block."""

_ROW_SECONDS = 0.2
"""Time that one more row may take."""

GRACE_SECONDS = 0.25
"""Seconds that a statement may take after its time is over, to be interrupted the ordinary way."""

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
    threading.Thread(target=exit_with_server, args=(server,), daemon=True).start()
    with suppress(ValueError, OSError):  # not every system has this limit, or lets it be set
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    limit_memory(_HEAP_BYTES)
    connection = opened_if_same(Path(path), expected)
    with socket.socket(fileno=descriptor) as channel, channel.makefile("rwb") as stream, suppress(ConnectionError):
        while len(head := stream.read(LENGTH.size)) == LENGTH.size:
            statement = decode_statement(stream.read(*LENGTH.unpack(head)))
            connection = connection or opened_if_same(Path(path), expected)  # the file may be there again
            for answer in answers(connection, statement) if connection else (Answer("replaced"),):
                stream.write(encoded(answer))
                stream.flush()
    os._exit(0)


def exit_with_server(server: int) -> None:
    """Exit soon after the server has died, also while a statement runs."""
    while os.getppid() == server:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def opened_if_same(path: Path, expected: Identity) -> sqlite3.Connection | None:
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
    connection.create_function("stored_chunk", 1, _stored_chunk, deterministic=True)
    return connection


class _Clock:
    """The time that a statement has left; it is interrupted when none is left.

    SQLite looks at the clock between its instructions. One that takes for ever ends with the process: by the server if
    it takes too long, and by the system, whose signal ends a process at once, if it takes too much processor time.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self.is_late = False
        self.start()

    def start(self) -> None:
        """Give the statement all of its time."""
        self.deadline = time.monotonic() + self._statement.seconds
        self._processor_deadline = math.inf
        if most := self._statement.processor_seconds:
            self._processor_deadline = time.process_time() + most
            signal.setitimer(signal.ITIMER_PROF, most + GRACE_SECONDS)

    def stop(self) -> None:
        """Let the process use as much time as it likes."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def interrupts(self) -> bool:
        """Return whether the time is over."""
        self.is_late = (
            self.is_late or time.monotonic() > self.deadline or time.process_time() > self._processor_deadline
        )
        return self.is_late


def answers(connection: sqlite3.Connection, statement: Statement) -> Iterator[Answer]:
    """Run one statement within its limits, and yield one answer, or one for each block."""
    clock = _Clock(statement)
    connection.set_progress_handler(clock.interrupts, _INSTRUCTIONS)
    connection.text_factory = _text_factory(statement)
    try:
        cursor = connection.execute(without_empty_statements(statement.sql), statement.parameters)
        if statement.in_blocks:
            yield from _blocks(cursor, statement, clock)
        else:
            yield _collected(islice(cursor, statement.skipped_rows, None), _names(cursor), statement, clock.deadline)
    except MemoryError as error:
        yield Answer("failed", error=str(query_error(error)))
    except Exception as error:  # noqa: BLE001 - whatever a bundle's schema and values can cause
        yield Answer("interrupted") if clock.is_late else Answer("failed", error=str(query_error(error)))
    finally:
        clock.stop()
        connection.set_progress_handler(None, 0)


def _names(cursor: sqlite3.Cursor) -> list[str]:
    """Return the names of a result's columns."""
    return [name for name, *_ in cursor.description or ()]


def _collected(
    result: Iterable[tuple[Value, ...]], columns: list[str], statement: Statement, deadline: float
) -> Answer:
    """Return the rows of a result, as far as they are wanted and fit."""
    rows: list[tuple[Value, ...]] = []
    size = cells = 0
    until = math.inf
    for row in result:
        if len(rows) == statement.most_rows:
            return Answer("rows", columns, rows, has_more=True)
        cells += len(row)
        size += _row_size(row)
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


def _blocks(cursor: sqlite3.Cursor, statement: Statement, clock: _Clock) -> Iterator[Answer]:
    """Yield all rows of a result, in blocks of some rows and bytes."""
    columns = _names(cursor)
    rows: list[tuple[Value, ...]] = []
    size = 0
    for row in cursor:
        row_size = _row_size(row)
        if row_size > _LONGEST_ROW:
            raise sqlite3.DataError(f"a row of the result is longer than {_LONGEST_ROW >> 20} MiB")
        if rows and (len(rows) == statement.most_rows or size + row_size > statement.most_bytes):
            yield Answer("rows", columns, rows, has_more=True)
            clock.start()  # the reader may have taken a while
            rows, size = [], 0
        rows.append(row)
        size += row_size
    yield Answer("rows", columns, rows)


def _row_size(row: tuple[Value, ...]) -> int:
    return sum(_size(value) for value in row)


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


def _stored_chunk(frame: Value) -> bytes | None:
    """Return the bytes of a row of blob_chunks; None if they are damaged."""
    return decompressed_chunk(frame) if isinstance(frame, bytes) else None


def _search_words(text: str) -> str:
    """Quote the words of a search, so that none of them is taken for an operator of full-text search."""
    if text.count('"') % 2:
        text += '"'
    words = [word for word in _QUOTED.split(text) if word and word != '""']
    return " ".join(word if word.startswith('"') else f'"{word}"' for word in words)
