"""Ask a dataset: SQL in, rows out, in a DuckDB that can read the dataset and nothing else."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from ...errors import BundleError, BundleQueryError, DamagedBundleError
from ...explore.saved_queries import SavedQuery, saved_query
from ..commits import Commit
from ..extras import require
from ..storage import Storage, is_local
from .duckdb_tables import table_statements
from .sqlite_dialect import in_duckdb, ours_in_duckdb, parameters_of

SQLITE_ONLY = frozenset({"find-text", "prompt-differences"})
"""Saved queries that DuckDB would answer otherwise, as its json_each gives other values; SQLite answers them."""

_ROWS_AT_ONCE = 1000

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class DatasetRows:
    """The result of a query: the names of its columns, and its rows, which are read as they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


SqliteAnswers = Callable[[Any, SavedQuery, Mapping[str, object]], DatasetRows]
"""Answers a saved query in a temporary bundle of rows that it takes from a connection of DuckDB."""


class DatasetConnection:
    """An open DuckDB with the tables and views of a bundle, for all committed shards."""

    def __init__(self, connection: Any, shown: str, in_sqlite: SqliteAnswers | None = None) -> None:
        self._connection = connection
        self._shown = shown
        self._in_sqlite = in_sqlite

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> DatasetRows:
        """Run one SELECT of DuckDB; parameters are written `:name` or `$name`.

        Raises:
            BundleQueryError: the SQL is wrong, or does anything else than reading the dataset.
        """
        return self._run(in_duckdb(sql), parameters_of(sql), parameters or {})

    def _run(self, code: str, known: AbstractSet[str], parameters: Mapping[str, object]) -> DatasetRows:
        """Run one SELECT of DuckDB; `known` are the parameters that are written in the way of SQLite."""
        duckdb = require("duckdb")
        try:
            statements = duckdb.extract_statements(code)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise _refused(self._shown)
            values = {name: value for name, value in parameters.items() if not known or name in known}
            cursor = self._connection.execute(statements[0], values or None)
            columns = tuple(column[0] for column in cursor.description)
        except duckdb.Error as error:
            raise _query_error(self._shown, error) from error
        return DatasetRows(columns, self._rows(cursor, duckdb))

    def ask(self, name: str, parameters: Mapping[str, object] | None = None) -> DatasetRows:
        """Run a saved query; parameters that are not given are NULL.

        Raises:
            BundleError: there is no such query.
            BundleQueryError: it failed.
        """
        saved = saved_query(name)
        values = dict.fromkeys(saved.parameters) | dict(parameters or {})
        if name in SQLITE_ONLY and self._in_sqlite is not None:
            return self._in_sqlite(self._connection, saved, values)
        return self._run(ours_in_duckdb(saved.sql), parameters_of(saved.sql), values)

    def _rows(self, cursor: Any, duckdb: Any) -> Iterator[Row]:
        try:
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                for row in rows:
                    yield tuple(map(_plain, row))
        except duckdb.Error as error:
            raise _query_error(self._shown, error) from error


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
        BundleError: a statement of the block was stopped after `timeout` seconds, or DuckDB is missing.
    """
    has_stopped = threading.Event()
    try:
        with (
            opened_tables(storage, commits, shards) as connection,
            _deadline(connection, timeout, has_stopped),
        ):
            yield DatasetConnection(connection, storage.shown, in_sqlite)
    except BundleError as error:
        if has_stopped.is_set():
            raise BundleError(f"{storage.shown}: stopped after {timeout:g} s") from error
        raise


@contextmanager
def opened_tables(storage: Storage, commits: Sequence[Commit], shards: AbstractSet[str] | None = None) -> Iterator[Any]:
    """Yield a connection of DuckDB with the tables and views of a dataset, or of some shards of it.

    Raises:
        BundleError: a file cannot be read, or DuckDB is missing.
    """
    duckdb = require("duckdb")
    with tempfile.TemporaryDirectory(prefix="wink-duckdb-") as scratch:
        connection = duckdb.connect(":memory:", config={"temp_directory": scratch})
        try:
            _confine(connection, storage, scratch)
            for statement in table_statements(storage, commits, shards):
                connection.execute(statement)
            connection.execute("SET lock_configuration = true")
            yield connection
        except duckdb.Error as error:
            raise _reading_error(storage.shown, duckdb, error) from error
        finally:
            connection.close()


def _confine(connection: Any, storage: Storage, scratch: str) -> None:
    """Let the connection read the dataset, and write its own temporary files, and nothing else."""
    place = storage.root
    if not is_local(storage.system):
        connection.register_filesystem(storage.system)
        place = storage.url
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET TimeZone = 'UTC'")
    folders = ", ".join("'" + each.replace("'", "''") + "'" for each in (place, scratch))
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")


@contextmanager
def _deadline(connection: Any, timeout: float | None, has_stopped: threading.Event) -> Iterator[None]:
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


def _reading_error(shown: str, duckdb: Any, error: Exception) -> BundleError:
    """Return what is wrong with files of a dataset: our own statements do not fail if they are what was committed."""
    first = (str(error).splitlines() or [type(error).__name__])[0]
    damage = (duckdb.InvalidInputException, duckdb.BinderException, duckdb.ConversionException, duckdb.CatalogException)
    is_damaged = isinstance(error, damage) or "No files found" in first
    kind = DamagedBundleError if is_damaged else BundleError
    return kind(f"{shown}: cannot be read: {first}; dataset verify checks each file")


def _query_error(shown: str, error: Exception) -> BundleQueryError:
    """Return what DuckDB says, line by line."""
    first, *others = str(error).splitlines() or [type(error).__name__]
    return BundleQueryError(f"{shown}: {first}", *(line for line in others if line.strip()))


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
