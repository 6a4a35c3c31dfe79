"""What Datasette asks about tables and columns, answered by statements in the workers, and each only once."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from typing import Any

from ...database.quoting import quoted
from .datasette_release import Column, PlainDatabase, QueryInterrupted, SqlError, escape_sqlite

_COUNTING_SECONDS = 1.0
"""How long counting rows may delay the first page; tables not counted by then are shown without a number."""

_COLUMNS = 'SELECT cid, name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)'
_FOREIGN_KEYS = 'SELECT id, "from", "table", "to" FROM pragma_foreign_key_list(?)'
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_STORED_TABLES = f"{_TABLES} AND rootpage > 0"
"""Tables with pages of their own; to count the rows of a search index, all of its texts would be made."""

_SEARCH_TABLES = "SELECT name FROM sqlite_master WHERE rootpage = 0 AND sql LIKE '%VIRTUAL TABLE%USING FTS%'"
_SEARCH_TABLE_OF = f"""
{_SEARCH_TABLES}
    AND (tbl_name = ? OR instr(sql, 'content="' || ? || '"') > 0 OR instr(sql, 'content=[' || ? || ']') > 0)
"""
_ODD_TIMES = "SELECT 1 FROM times LIMIT 1"
_STATISTICS = {f"sqlite_stat{number}" for number in range(1, 5)}


class BundleCatalog(PlainDatabase, ABC):
    """The part of a database that knows its schema; the subclass runs the statements."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._columns: dict[str, list[Any]] = {}
        self._counts: dict[str, int | None] | None = None
        self._hidden: list[str] | None = None
        self._foreign_keys: dict[str, dict[str, list[dict[str, str]]]] | None = None
        self._has_odd_times: bool | None = None

    @abstractmethod
    async def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement about the schema."""

    async def table_column_details(self, table: str) -> list[Any]:
        """Return the columns of a table or view."""
        if table not in self._columns:
            self._columns[table] = [Column(*row) for row in await self.query(_COLUMNS, table)]
        return self._columns[table]

    async def table_columns(self, table: str) -> list[str]:
        """Return the names of the columns of a table or view."""
        return [column.name for column in await self.table_column_details(table)]

    async def primary_keys(self, table: str) -> list[str]:
        """Return the names of the columns of the primary key, in its order."""
        columns = [column for column in await self.table_column_details(table) if column.is_pk]
        return [column.name for column in sorted(columns, key=lambda column: column.is_pk)]

    async def deciding_columns(self, table: str) -> list[str]:
        """Return the quoted columns that no two rows of a table have alike; none for a view."""
        keys = await self.primary_keys(table)
        if not keys and (table,) in await self.query(_TABLES):
            keys = ["rowid"]
        return [escape_sqlite(key) for key in keys]

    async def has_odd_times(self) -> bool:
        """Return whether the bundle has times that do not sort as text."""
        if self._has_odd_times is None:
            try:
                self._has_odd_times = bool(await self.query(_ODD_TIMES))
            except SqlError:  # a bundle without that table
                self._has_odd_times = False
        return self._has_odd_times

    async def fts_table(self, table: str) -> str | None:
        """Return the full-text index of a table, if somebody added one."""
        if not await self.query(_SEARCH_TABLES):
            return None
        rows = await self.query(_SEARCH_TABLE_OF, table, table, table)
        return str(rows[0][0]) if rows else None

    async def label_column_for_table(self, table: str) -> str | None:
        """Return the column that labels a row where another table refers to it."""
        label = self.table_metadata(table).get("label_column")
        if label:
            return str(label)
        return next((name for name in await self.table_columns(table) if name.lower() in {"name", "title"}), None)

    async def foreign_keys_for_table(self, table: str) -> list[dict[str, str]]:
        """Return the references of a table that consist of one column."""
        rows = await self.query(_FOREIGN_KEYS, table)
        columns = Counter(number for number, *_ in rows)
        return [
            {"column": own, "other_table": other, "other_column": key}
            for number, own, other, key in rows
            if columns[number] == 1
        ]

    async def get_all_foreign_keys(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """Return the references of all tables, seen from both sides."""
        if self._foreign_keys is not None:
            return self._foreign_keys
        tables = [name for (name,) in await self.query(_TABLES)]
        keys: dict[str, dict[str, list[dict[str, str]]]] = {name: {"incoming": [], "outgoing": []} for name in tables}
        for table in tables:
            for key in await self.foreign_keys_for_table(table):
                other, own_column, other_column = key["other_table"], key["column"], key["other_column"]
                if other not in keys:
                    continue
                incoming = {"other_table": table, "column": other_column, "other_column": own_column}
                outgoing = {"other_table": other, "column": own_column, "other_column": other_column}
                keys[other]["incoming"].append(incoming)
                keys[table]["outgoing"].append(outgoing)
        self._foreign_keys = keys
        return keys

    async def hidden_table_names(self) -> list[str]:
        """Return the tables that are of no use to a reader: those the metadata hides, and the parts of an index."""
        if self._hidden is None:
            searched = [name for (name,) in await self.query(_SEARCH_TABLES)]
            hidden = (
                {name for name, about in self.table_metadata().items() if about.get("hidden")}
                | _STATISTICS
                | set(searched)
            )
            parts = {
                name for (name,) in await self.query(_TABLES) if name.startswith(tuple(f"{one}_" for one in searched))
            }
            self._hidden = sorted(hidden | parts)
        return self._hidden

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:  # noqa: ARG002 - Datasette's signature
        """Return the number of rows of each table; None for those that could not be counted in time."""
        if self._counts is None:
            deadline = time.monotonic() + _COUNTING_SECONDS
            counts: dict[str, int | None] = {}
            for (name,) in await self.query(_STORED_TABLES):
                counts[name] = await self._count(name, deadline - time.monotonic())
            self._counts = counts
        return self._counts

    async def _count(self, table: str, seconds: float) -> int | None:
        """Return the number of rows, or None if counting failed or took too long."""
        if seconds <= 0:
            return None
        sql = f"select count(*) from {quoted(table)}"
        try:
            rows = (await self.execute(sql, custom_time_limit=max(1, int(seconds * 1000)))).rows
        except (QueryInterrupted, SqlError):
            return None
        return int(rows[0][0])
