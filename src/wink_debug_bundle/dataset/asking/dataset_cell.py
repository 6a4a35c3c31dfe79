"""Read one value of a dataset by its handle, as of a bundle: `logs.4711.context`, or the place in a query's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...database.quoting import quoted
from ...errors import BundleError
from ...explore.row_output.handles import value_of
from ...explore.suggestions import did_you_mean
from ..commits import Commit
from ..dataset_opening import read_steadily
from ..parquet_tables import StoredColumn, stored_tables
from ..storage import Storage
from .dataset_query import DatasetRows, opened_dataset
from .duckdb_tables import id_bases

_ID = "id"


def read_dataset_cell(
    storage: Storage, commits: Sequence[Commit], handle: str, found: DatasetRows | None, timeout: float | None
) -> object:
    """Return the value that a handle names; of a stored value, the shard that holds it alone is read.

    Args:
        storage: Where the dataset is.
        commits: Its committed shards.
        handle: The handle.
        found: The result of the query that the handle came from, if it names a place in it.
        timeout: Seconds after which the reading of a stored value is stopped.

    Raises:
        BundleError: it is not a handle, or the value is missing, a different one or cannot be read in that time.
    """

    def value(table: str, number: int, column: str) -> object:
        return read_steadily(
            storage, commits, lambda commits: _Source(storage, commits, timeout).value(table, number, column)
        )

    return value_of(handle, value, None if found is None else found.rows, lambda table: [*_columns(table)])


@dataclass(frozen=True, slots=True)
class _Source:
    """Reads stored values of a dataset."""

    storage: Storage
    commits: Sequence[Commit]
    timeout: float | None

    def value(self, table: str, number: int, column: str) -> object:
        """Return the value of a table's column in the row with an id.

        Raises:
            BundleError: there is no such table, column or row.
        """
        columns = _columns(table)
        if not columns:
            raise BundleError(f"no table is called {table!r}{did_you_mean(table, stored_tables())}")
        if column not in columns:
            raise BundleError(f"{table} has no column {column!r}{did_you_mean(column, columns)}")
        if _ID not in columns:
            raise BundleError(f"{table} has no ids; select the value with a query instead")
        shard = self._shard_of(columns[_ID].counted or table, number)
        sql = f"SELECT {quoted(column)} FROM {quoted(table)} WHERE id = :id"
        with opened_dataset(self.storage, self.commits, timeout=self.timeout, shards={shard}) as connection:
            row = next(connection.query(sql, {"id": number}).rows, None)
        if row is None:
            raise BundleError(f"{table} has no row with id {number}")
        return row[0]

    def _shard_of(self, counted: str, number: int) -> str:
        """Return the only shard that can have the id of a row of a table."""
        shards = [commit.shard for commit, bases in id_bases(self.commits, [counted]) if bases[counted] < number]
        return shards[-1] if shards else ""


def _columns(table: str) -> Mapping[str, StoredColumn]:
    """Return the columns of a table by their names; none if there is no such table."""
    found = stored_tables().get(table)
    return {} if found is None else {each.name: each for each in found.columns}
