"""Ask a dataset: SQL in, rows out, in a DuckDB that can read the dataset and nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from ...errors import BundleError, BundleQueryError
from ...explore.saved_queries import SavedQuery, saved_query
from ..commits import Commit
from ..dataset_opening import changed_meanwhile, check_any, have_same_ids, shards_now
from ..extras import require
from ..storage import Storage
from .duckdb_tables import table_statements
from .sqlite_dialect import in_duckdb, ours_in_duckdb, parameters_of
from .table_opening import opened_tables, reading_error

SQLITE_ONLY = frozenset({"find-text", "prompt-differences"})
"""Saved queries that DuckDB would answer otherwise, as its json_each gives other values; SQLite answers them."""

_ROWS_AT_ONCE = 1000

Row = tuple[Any, ...]

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class DatasetRows:
    """The result of a query: the names of its columns, and its rows, which are read as they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


SqliteAnswers = Callable[[Any, SavedQuery, Mapping[str, object]], DatasetRows]
"""Answers a saved query in a temporary bundle of rows that it takes from a connection of DuckDB."""


class DatasetConnection:
    """An open DuckDB with the tables and views of a bundle, for all committed shards.

    If shards are put together and removed meanwhile, it reads what is in their place, which has the same rows and ids.
    """

    def __init__(
        self, connection: Any, storage: Storage, commits: Sequence[Commit], in_sqlite: SqliteAnswers | None = None
    ) -> None:
        self._connection = connection
        self._storage = storage
        self._commits = commits
        self._in_sqlite = in_sqlite
        self._cursors: list[Any] = []

    def interrupt(self) -> None:
        """Stop the statements that run."""
        for each in (self._connection, *self._cursors):
            each.interrupt()

    def close(self) -> None:
        """Close what is read from."""
        for each in self._cursors:
            each.close()

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> DatasetRows:
        """Run one SELECT of DuckDB; parameters are written `:name` or `$name`.

        Raises:
            BundleQueryError: the SQL is wrong, or does anything else than reading the dataset.
        """
        return self._run(in_duckdb(sql), parameters_of(sql), parameters or {})

    def ask(self, name: str, parameters: Mapping[str, object] | None = None) -> DatasetRows:
        """Run a saved query; parameters that are not given are NULL.

        Raises:
            BundleError: there is no such query.
            BundleQueryError: it failed.
        """
        saved = saved_query(name)
        values = dict.fromkeys(saved.parameters) | dict(parameters or {})
        if name in SQLITE_ONLY and self._in_sqlite is not None:
            answer = self._in_sqlite
            return self._steadily(lambda: answer(self._connection, saved, values))
        return self._run(ours_in_duckdb(saved.sql), parameters_of(saved.sql), values)

    def _run(self, code: str, known: AbstractSet[str], parameters: Mapping[str, object]) -> DatasetRows:
        """Run one SELECT of DuckDB; `known` are the parameters that are written in the way of SQLite."""
        duckdb = require("duckdb")
        try:
            statements = duckdb.extract_statements(code)
        except duckdb.Error as error:
            raise _query_error(self._storage, error) from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise _refused(self._storage.shown)
        values = {name: value for name, value in parameters.items() if not known or name in known}
        cursor, first = self._steadily(lambda: self._begun(statements[0], values))
        return DatasetRows(tuple(column[0] for column in cursor.description), self._rows(cursor, first))

    def _begun(self, statement: Any, values: Mapping[str, object]) -> tuple[Any, list[Row]]:
        """Run a statement; return its cursor, and its first rows, as files may be opened only for these."""
        cursor = self._connection.cursor()  # several results can be read at once
        self._cursors.append(cursor)
        cursor.execute(statement, values or None)
        return cursor, cursor.fetchmany(_ROWS_AT_ONCE)

    def _steadily(self, read: Callable[[], Result]) -> Result:
        """Return what a function reads; it reads again from the shards in the place of those that are removed meanwhile."""
        duckdb = require("duckdb")
        statements: Iterable[str] = ()
        while True:
            try:
                for statement in statements:
                    self._connection.execute(statement)
                return read()
            except duckdb.Error as error:
                now = shards_now(self._storage, self._commits)
                if now is None:
                    raise _query_error(self._storage, error) from error
                if not have_same_ids(now, self._commits):
                    raise changed_meanwhile(self._storage) from error
                self._commits, statements = now, table_statements(self._storage, now)

    def _rows(self, cursor: Any, rows: list[Row]) -> Iterator[Row]:
        duckdb = require("duckdb")
        try:
            while rows:
                for row in rows:
                    yield tuple(map(_plain, row))
                rows = cursor.fetchmany(_ROWS_AT_ONCE)
        except duckdb.Error as error:
            if shards_now(self._storage, self._commits) is not None:
                raise changed_meanwhile(self._storage) from error
            raise _query_error(self._storage, error) from error
        finally:
            self._cursors.remove(cursor)


@contextmanager
def opened_dataset(
    storage: Storage,
    commits: Sequence[Commit],
    *,
    timeout: float | None = None,
    in_sqlite: SqliteAnswers | None = None,
    shards: AbstractSet[str] | None = None,
) -> Iterator[DatasetConnection]:
    """Yield a connection to the committed shards; it reads the dataset and no other file, and is closed afterwards.

    Args:
        storage: Where the dataset is.
        commits: Its committed shards.
        timeout: Seconds after which what runs in the block is stopped.
        in_sqlite: What answers the saved queries that DuckDB cannot; None if none of them is asked.
        shards: The only shards whose rows are to be there; None for all of them.

    Raises:
        InvalidBundleError: no shard is committed.
        BundleError: a statement of the block was stopped after `timeout` seconds, or DuckDB is missing.
    """
    check_any(storage, commits)
    has_stopped = threading.Event()
    try:
        with (
            opened_tables(storage, commits, shards) as tables,
            closing(DatasetConnection(tables, storage, commits, in_sqlite)) as connection,
            _deadline(connection, timeout, has_stopped),
        ):
            yield connection
    except BundleError as error:
        if has_stopped.is_set():
            raise BundleError(f"{storage.shown}: stopped after {timeout:g} s") from error
        raise


@contextmanager
def _deadline(connection: DatasetConnection, timeout: float | None, has_stopped: threading.Event) -> Iterator[None]:
    """Stop the statements of the block after a time."""
    if timeout is None:
        yield
        return

    def stop() -> None:
        has_stopped.set()
        connection.interrupt()

    timer = threading.Timer(timeout, stop)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _query_error(storage: Storage, error: Exception) -> BundleError:
    """Return what DuckDB says, line by line; if it names a file of the dataset, the file is damaged."""
    duckdb = require("duckdb")
    if isinstance(error, (duckdb.IOException, duckdb.InvalidInputException)) and f"{storage.root}/" in str(error):
        return reading_error(storage.shown, duckdb, error)
    first, *others = str(error).splitlines() or [type(error).__name__]
    return BundleQueryError(f"{storage.shown}: {first}", *(line for line in others if line.strip()))


def _refused(shown: str) -> BundleQueryError:
    return BundleQueryError(f"{shown}: give one statement that reads: SELECT, or WITH ... SELECT")


def _plain(value: Any) -> Any:
    """Return a value of DuckDB as SQLite has it: numbers, texts and bytes."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if value is None or isinstance(value, (int, float, str, bytes)):
        return value
    return str(value) if isinstance(value, UUID) else _json(value)


def _json(value: Any) -> str:
    """Return a list or a struct as JSON."""
    return json.dumps(value, default=str)
