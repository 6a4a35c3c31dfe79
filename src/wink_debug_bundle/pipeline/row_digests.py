"""Hash the rows of tables in a thread, while the build goes on with other tables.

The thread reads through a connection of its own that takes no locks: it sees the file as it was when the reading began.
That holds because a build does not change the rows of these tables any more, nor the schema that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw

from ..database.connection import open_unlocked
from ..database.table_digests import (
    Group,
    GroupHash,
    digested_tables,
    exact_artifacts,
    groups_of,
    hash_group,
    rows_digest,
    schema_digests,
)
from ..database.writing import write_rows
from ..rows import DigestRow

LOADED = ("slice_items", "tool_invocations", "prompt_events", "snapshots")
"""Tables whose rows are complete when all artifacts are loaded, but for the late columns."""

MERGED = (
    *("logs", "files", "entries", "calls", "environment", "ledger", "problems", "raw_records", "line_forms"),
    *("zip_parts", "duplicate_lines", "blobs", "blob_chunks", "run_members"),
)
"""Tables whose rows are complete when the tool calls are merged."""


class RowDigests:
    """The hashes of rows, computed in a thread.

    Args:
        path: The bundle under construction.
        exact: Called in the thread; waits for the hashes of the files, and returns the ids of the exact artifacts.
    """

    def __init__(self, path: Path, exact: Callable[[], Sequence[int]]) -> None:
        self._path = path
        self._exact = exact
        self._is_cancelled = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="row-digests")
        self._futures: dict[Group, Future[GroupHash]] = {}
        self._readers: list[apsw.Connection] = []

    def start(self, tables: Sequence[str]) -> None:
        """Begin to hash tables whose rows are complete and committed."""
        reader = open_unlocked(self._path)
        self._readers.append(reader)
        groups = [group for table in tables for group in groups_of(reader, table) if not group.is_late]
        for group in sorted(groups, key=lambda group: group.needs_exact):
            self._futures[group] = self._executor.submit(self._hash, reader, group)

    def start_over(self, tables: Iterable[str]) -> None:
        """Forget the hashes of tables that got more rows since; they are hashed at the end."""
        changed = set(tables)
        self._futures = {group: future for group, future in self._futures.items() if group.table not in changed}

    def write(self, connection: apsw.Connection) -> list[DigestRow]:
        """Write the digests of the finished bundle, whose remaining tables are hashed here, and return them."""
        exact = exact_artifacts(connection)
        digests = [*self._table_digests(connection, exact), *schema_digests(connection)]
        write_rows(connection, digests)
        return digests

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_cancelled = error is not None
        self._executor.shutdown(wait=True, cancel_futures=error is not None)
        for reader in self._readers:
            reader.close(force=True)

    def _hash(self, reader: apsw.Connection, group: Group) -> GroupHash:
        exact = self._exact() if group.needs_exact else ()
        return hash_group(reader, group, exact, lambda: self._is_cancelled)

    def _table_digests(self, connection: apsw.Connection, exact: Sequence[int]) -> Iterator[DigestRow]:
        for table in digested_tables(connection):
            groups = groups_of(connection, table)
            hashes = [
                hash_group(connection, group, exact) if group not in self._futures else self._futures[group].result()
                for group in groups
            ]
            yield rows_digest(table, hashes)
