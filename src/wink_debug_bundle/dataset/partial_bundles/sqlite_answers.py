"""Answer a saved query that DuckDB cannot: in a temporary bundle of what the query reads."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...database.connection import open_bundle
from ...errors import BundleError
from ...explore.parameter_values import settled_parameters
from ...explore.saved_queries import SavedQuery
from ...explore.sql_errors import sql_errors
from ..asking.dataset_query import DatasetRows, Row
from ..commits import Commit
from ..dataset_paths import place_path
from ..storage import Storage
from .partial_rows import ASKED, select_rows
from .partial_writing import write_partial_bundle

_OPCODES = 20_000
"""Instructions of SQLite between two looks at the clock."""


@dataclass(slots=True)
class _Answers:
    """The temporary bundles of one connection, each made when a query needs it for the first time."""

    storage: Storage
    commits: Sequence[Commit]
    deadline: float | None
    stack: ExitStack
    opened: dict[str, sqlite3.Connection] = field(default_factory=dict)

    def __call__(self, source: Any, saved: SavedQuery, values: Mapping[str, Any]) -> DatasetRows:
        """Return the rows of a saved query."""
        if saved.name not in self.opened:
            self.opened[saved.name] = self._bundle(source, saved.name)
        connection, path = self.opened[saved.name], place_path(self.storage.shown)
        with self._errors(path):
            settled = settled_parameters(connection, saved, values)
            cursor = connection.execute(saved.sql, dict.fromkeys(saved.parameters) | settled)
        return DatasetRows(tuple(column[0] for column in cursor.description), self._rows(cursor, path))

    def _bundle(self, source: Any, name: str) -> sqlite3.Connection:
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="wink-dataset-"))
        path = Path(folder, "asked.db")
        selects = {table: select_rows(table, condition, whole=True) for table, condition in ASKED[name].items()}
        write_partial_bundle(source, self.commits, selects, path)
        connection = self.stack.enter_context(closing(open_bundle(path, place_path(self.storage.shown))))
        connection.set_progress_handler(self._is_late, _OPCODES)
        return connection

    def _rows(self, cursor: sqlite3.Cursor, path: Path) -> Iterator[Row]:
        with self._errors(path):
            yield from cursor

    @contextmanager
    def _errors(self, path: Path) -> Iterator[None]:
        """Say of a statement that took too long that it was stopped."""
        try:
            with sql_errors(path):
                yield
        except BundleError as error:
            if self._is_late():
                raise BundleError(f"{path}: stopped, as it took too long; give it more time") from error
            raise

    def _is_late(self) -> bool:
        return self.deadline is not None and time.monotonic() > self.deadline


@contextmanager
def sqlite_answers(storage: Storage, commits: Sequence[Commit], timeout: float | None) -> Iterator[_Answers]:
    """Yield what answers saved queries in SQLite; its temporary bundles are removed after the block.

    Raises:
        BundleError: a query was stopped after `timeout` seconds.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    with ExitStack() as stack:
        yield _Answers(storage, commits, deadline, stack)
