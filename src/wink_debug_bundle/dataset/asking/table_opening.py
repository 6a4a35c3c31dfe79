"""Open the tables and views of a dataset in a DuckDB that can read the dataset and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from ...errors import BundleError, DamagedBundleError
from ..commits import Commit
from ..dataset_paths import is_web
from ..extras import require
from ..storage import Storage, is_local
from .duckdb_tables import table_statements


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
            raise reading_error(storage.shown, duckdb, error) from error
        finally:
            connection.close()


def _confine(connection: Any, storage: Storage, scratch: str) -> None:
    """Let the connection read the dataset, and write its own temporary files, and nothing else."""
    place = storage.root
    if not is_local(storage.system):
        connection.register_filesystem(_with_times(storage))
        place = storage.url
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    folders = ", ".join("'" + each.replace("'", "''") + "'" for each in (place, scratch))
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")


def _with_times(storage: Storage) -> Any:
    """Return a file system that tells a time of each file, which DuckDB asks for; files of a dataset never change."""
    if is_web(storage.url):
        storage.system.modified = lambda _: datetime.fromtimestamp(0, UTC)
    return storage.system


def reading_error(shown: str, duckdb: Any, error: Exception) -> BundleError:
    """Return what is wrong with files of a dataset: our own statements do not fail if they are what was committed."""
    lines = str(error).splitlines() or [type(error).__name__]
    first = next(
        (line for line in lines if not line.startswith((" ", "Traceback "))), lines[0]
    )  # of Python's own, the end
    damage = (duckdb.InvalidInputException, duckdb.BinderException, duckdb.ConversionException, duckdb.CatalogException)
    is_damaged = isinstance(error, damage) or "No files found" in first or "No such file" in first
    kind = DamagedBundleError if is_damaged else BundleError
    return kind(f"{shown}: cannot be read: {first}; dataset verify checks each file")
