"""Make the tables and views of a bundle in DuckDB, over the Parquet files of committed shards.

Ids count the rows of one shard. Here each is shifted by the number of ids in the shards before, so that ids are those of
the bundles as `merge` would put them together, and views and saved queries join by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from ...database.quoting import quoted
from ...database.schema_files import VIEWS, view_sql
from ..commits import Commit, table_file_name
from ..parquet_tables import STORED_VIEWS, StoredTable, stored_tables
from ..storage import Storage, is_local
from .sqlite_dialect import MACROS, ours_in_duckdb

_BASES = "shard_bases"
"""The table with what is added to the ids of each shard."""

_ONCE = {"sessions": "session_id", "times": "time", "blobs": "sha256"}
"""Tables with keys that mean the same in every shard: each row counts once."""

_TYPES = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR", "BLOB": "BLOB"}

_META = "bundle_meta"

COUNTED_ONCE = frozenset({*_ONCE, _META})
"""Tables that have fewer rows in a dataset than its shards have together."""


def table_statements(
    storage: Storage, commits: Sequence[Commit], shards: AbstractSet[str] | None = None
) -> Iterator[str]:
    """Yield the statements that create every table and view of a dataset, in the place of those that are there.

    Args:
        storage: Where it is.
        commits: Its committed shards.
        shards: The only ones whose rows are to be there, with the ids that they have among all; None for all of them.
    """
    yield from MACROS
    counted = sorted(
        {column.counted for table in stored_tables().values() for column in table.columns if column.counted}
    )
    yield from _base_statements(commits, counted)
    wanted = [commit for commit in commits if shards is None or commit.shard in shards]
    for table in stored_tables().values():
        yield _table_statement(storage, wanted, table)
    for name in VIEWS:
        if name not in STORED_VIEWS:
            yield ours_in_duckdb(view_sql(name)).replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1)


def _base_statements(commits: Iterable[Commit], counted: Sequence[str]) -> Iterator[str]:
    """Yield the statements for the table of what is added to ids."""
    columns = ", ".join(f"{quoted(name)} BIGINT" for name in counted)
    yield f"CREATE OR REPLACE TABLE {_BASES} (shard VARCHAR, {columns})"
    rows = [
        f"('{commit.shard}', {', '.join(str(bases[name]) for name in counted)})"
        for commit, bases in id_bases(commits, counted)
    ]
    for first in range(0, len(rows), 1000):
        yield f"INSERT INTO {_BASES} VALUES {', '.join(rows[first : first + 1000])}"


def id_bases(commits: Iterable[Commit], counted: Sequence[str]) -> Iterator[tuple[Commit, Mapping[str, int]]]:
    """Yield each shard with what is added to its ids, by the tables whose rows they count."""
    bases = dict.fromkeys(counted, 0)
    for commit in commits:
        yield commit, dict(bases)
        for name in counted:
            bases[name] += commit.tables[name].last_id if name in commit.tables else 0


def _table_statement(storage: Storage, commits: Iterable[Commit], table: StoredTable) -> str:
    """Return the statement for a table, which is a view over its files."""
    names = [table_file_name(table.name, commit.shard) for commit in commits if table.name in commit.tables]
    head = f"CREATE OR REPLACE VIEW {quoted(table.name)} AS"
    if not names:
        nulls = ", ".join(f"CAST(NULL AS {_TYPES[each.type]}) AS {quoted(each.name)}" for each in table.columns)
        return f"{head} SELECT {nulls}, CAST(NULL AS VARCHAR) AS shard WHERE false"
    storage.check_inside(*names)
    files = ", ".join(f"'{_path(storage, name)}'" for name in names)
    rows = f"read_parquet([{files}], hive_partitioning = false)"
    if table.name == _META:
        return f"{head} SELECT {', '.join(_common(each.name) for each in table.columns)} FROM {rows}"
    shifted = ", ".join(
        f"stored.{quoted(each.name)}"
        + (f" + bases.{quoted(each.counted)}" if each.counted else "")
        + f" AS {quoted(each.name)}"
        for each in table.columns
    )
    joined = f"{rows} AS stored JOIN {_BASES} AS bases ON bases.shard = stored.shard"
    once = f"DISTINCT ON (stored.{quoted(_ONCE[table.name])}) " if table.name in _ONCE else ""
    order = f" ORDER BY stored.{quoted(_ONCE[table.name])}, stored.shard" if once else ""
    return f"{head} SELECT {once}{shifted}, stored.shard FROM {joined}{order}"


def _common(column: str) -> str:
    """Return SQL for what all shards have in a column; NULL if they differ."""
    name = quoted(column)
    return f"CASE WHEN min({name}) = max({name}) AND count({name}) = count(*) THEN min({name}) END AS {name}"


def _path(storage: Storage, name: str) -> str:
    path = storage.path(name)
    return (path if is_local(storage.system) else str(storage.system.unstrip_protocol(path))).replace("'", "''")
