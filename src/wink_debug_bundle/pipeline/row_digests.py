"""Hash the rows of tables in a thread or another process, while the build goes on with other tables.

It reads through a connection of its own that takes no locks: it sees the file as it was when the reading began.
That holds because a build does not change the rows of these tables any more, nor the schema that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import apsw

from ..database.connection import open_unlocked
from ..database.schema_files import SHARED_TABLES
from ..database.table_digests import (
    Group,
    GroupHash,
    digested_tables,
    groups_of,
    hash_group,
    inexact_artifacts,
    rows_digest,
    schema_digests,
)
from ..database.writing import write_rows
from ..rows import DigestRow

LOADED = ("slice_items", "tool_invocations", "prompt_events", "snapshots")
"""Tables whose rows are complete when all artifacts are loaded, but for the late columns."""

MERGED = (
    *("logs", "files", "entries", "calls", "environment", "ledger", "problems", "raw_records", "line_forms"),
    *("zip_parts", "duplicate_lines", "blobs", "blob_chunks", "run_members", *SHARED_TABLES),
)
"""Tables whose rows are complete when the tool calls are merged; not every bundle has all of them."""


HASHER_LOST = (EOFError, OSError)
"""What asking a hasher raises whose process has died."""


class Hasher(Protocol):
    """Another process that hashes groups of rows; in this one, a thread would wait for the interpreter lock."""

    def open(self) -> None:
        """Let the process open the bundle and read its schema.

        Raises:
            HASHER_LOST: it has died.
        """

    def hash(self, group: Group, inexact: Sequence[int]) -> GroupHash:
        """Wait for the hash of a group.

        Raises:
            HASHER_LOST: the process has died.
        """

    def close(self) -> None:
        """Kill the process; a `hash` that waits raises an error."""


def answer(path: Path, receive: Callable[[], Any], send: Callable[[GroupHash | None], None]) -> None:
    """Hash the groups that a builder asks for, in a process of its own, until `receive` raises an error."""
    reader = open_unlocked(path)
    send(None)
    while True:
        group, inexact = receive()
        send(hash_group(reader, group, inexact))


class RowDigests:
    """The hashes of rows, computed in a thread or in another process.

    Args:
        path: The bundle under construction.
        inexact: Called in the thread; waits for the hashes of the files, and returns the ids of the artifacts of lines
            that are not exact.
    """

    def __init__(self, path: Path, inexact: Callable[[], Sequence[int]]) -> None:
        self._path = path
        self._inexact = inexact
        self._is_cancelled = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="row-digests")
        self._futures: dict[Group, Future[GroupHash]] = {}
        self._readers: list[apsw.Connection] = []
        self._hashers: list[Hasher] = []

    def start(self, tables: Sequence[str], hasher: Hasher | None = None) -> None:
        """Begin to hash tables whose rows are complete and committed."""
        reader = open_unlocked(self._path)
        self._readers.append(reader)
        if hasher is not None:
            self._hashers.append(hasher)
            with suppress(*HASHER_LOST):
                hasher.open()
        existing = set(digested_tables(reader))
        groups = [
            group for table in tables if table in existing for group in groups_of(reader, table) if not group.is_late
        ]
        for group in sorted(groups, key=lambda group: group.of_inexact):
            self._futures[group] = self._executor.submit(self._hash, reader, group, hasher)

    def start_over(self, tables: Iterable[str]) -> None:
        """Forget the hashes of tables that got more rows since; they are hashed at the end."""
        changed = set(tables)
        self._futures = {group: future for group, future in self._futures.items() if group.table not in changed}

    def write(self, connection: apsw.Connection) -> list[DigestRow]:
        """Write the digests of the finished bundle, whose remaining tables are hashed here, and return them."""
        inexact = inexact_artifacts(connection)
        digests = [*self._table_digests(connection, inexact), *schema_digests(connection)]
        write_rows(connection, digests)
        return digests

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_cancelled = error is not None
        for hasher in self._hashers if self._is_cancelled else ():
            hasher.close()
        self._executor.shutdown(wait=True, cancel_futures=error is not None)
        for reader in self._readers:
            reader.close(force=True)

    def _hash(self, reader: apsw.Connection, group: Group, hasher: Hasher | None) -> GroupHash:
        inexact = self._inexact() if group.of_inexact else ()
        if hasher is not None:
            with suppress(*HASHER_LOST):
                return hasher.hash(group, inexact)
        return hash_group(reader, group, inexact, lambda: self._is_cancelled)

    def _table_digests(self, connection: apsw.Connection, inexact: Sequence[int]) -> Iterator[DigestRow]:
        for table in digested_tables(connection):
            groups = groups_of(connection, table)
            hashes = [
                hash_group(connection, group, inexact) if group not in self._futures else self._futures[group].result()
                for group in groups
            ]
            yield rows_digest(table, hashes)
