"""What lies in one bundle, for whoever is to write queries: its tables and views with samples of what they hold."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...database.catalog import Column, Relation, describe
from ...errors import BundleError
from ..row_output.cursor import OddText, Row
from ..saved_queries import SavedQuery, saved_queries
from ..suggestions import did_you_mean
from .json_paths import json_paths
from .sampling import Sampler

LONGEST_EXAMPLE = 200
"""Characters of a value that are given as an example."""

_LISTED_VALUE = 40
"""Values of up to so many characters are listed where a column has few different ones."""

_LISTED = 8
_LISTED_NUMBERS = 5
_ALL_VALUES = 80
_ALL_CHARACTERS = 3000
"""Different values, and their characters, that are all listed where an index finds them."""

_ONE_EXAMPLE = re.compile(r"(^|_)(id|at|sha256|timestamp|line)$")
"""Names of columns whose values say nothing of others."""

_SAYING_LITTLE = ("", "{}", "[]")

_WITHHELD = {"environment": "value", "run_members": "content"}
"""Columns that hold the values of environment variables, which may be secrets: no example of them is given."""

_SECRETS = "SELECT DISTINCT value FROM (SELECT value FROM environment WHERE kind = 'variable' LIMIT 500000)"
_SHORTEST_SECRET = 8


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """A column and what it holds."""

    name: str
    type: str
    """As declared; empty for a computed column of a view."""
    description: str
    key: bool
    references: str | None
    """The column that it points to, `table.column`."""
    examples: tuple[object, ...]
    """Values of the sample, the most frequent first; long text is cut, of a BLOB stands its size."""
    complete: bool
    """Whether the examples are all the values that the column has, NULL left out."""
    json_paths: tuple[str, ...]
    """Where the column holds JSON: paths to its values, the most frequent in the sample first."""


@dataclass(frozen=True, slots=True)
class RelationSchema:
    """A table or view and what it holds."""

    name: str
    kind: str
    description: str
    row_count: int | None
    """None where counting would take long."""
    row_count_is_exact: bool
    """Otherwise a table has about so many rows, and a view more."""
    columns: tuple[ColumnSchema, ...]
    indexed: tuple[str, ...]
    """Columns by which rows are found quickly."""


@dataclass(frozen=True, slots=True)
class BundleSchema:
    """The tables and views of a bundle, and the ready queries."""

    schema_version: int
    relations: tuple[RelationSchema, ...]
    queries: tuple[SavedQuery, ...]


def bundle_schema(connection: sqlite3.Connection, names: Sequence[str] = ()) -> BundleSchema:
    """Describe the tables and views called `names`, without any all of them.

    Rows are sampled and counted in bounded time, whatever the bundle's size.

    Raises:
        BundleError: there is no such table or view.
    """
    relations = describe(connection)
    known = [relation.name for relation in relations]
    for name in names:
        if name not in known:
            raise BundleError(f"no table or view is called {name!r}{did_you_mean(name, known)}")
    chosen = [relation for relation in relations if not names or relation.name in names]
    look = _Look(connection)
    (version,) = connection.execute("SELECT schema_version FROM bundle_meta").fetchone()
    return BundleSchema(version, tuple(look.relation(each) for each in chosen), () if names else saved_queries())


class _Look:
    """Describes relations of one bundle."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sampler = Sampler(connection)
        self._secrets = _secrets(connection)

    def relation(self, relation: Relation) -> RelationSchema:
        names = [column.name for column in relation.columns]
        look = self._sampler.table if relation.kind == "table" else self._sampler.view
        count, rows = look(relation.name, names)
        columns = [self._column(relation, position, rows) for position in range(len(names))]
        firsts = dict.fromkeys(index.columns[0] for index in relation.indexes if index.columns)
        return RelationSchema(
            name=relation.name,
            kind=relation.kind,
            description=relation.description,
            row_count=count.rows,
            row_count_is_exact=count.exact,
            columns=tuple(columns),
            indexed=tuple(each for each in firsts if each),  # of an index on an expression there is no name
        )

    def _column(self, relation: Relation, position: int, rows: Iterable[Row]) -> ColumnSchema:
        column = relation.columns[position]
        values = [row[position] for row in rows if row[position] is not None]
        examples, complete = self._examples(relation, column, values)
        return ColumnSchema(
            name=column.name,
            type=column.type,
            description=column.description,
            key=column.key_position > 0,
            references=f"{column.references.table}.{column.references.column}" if column.references else None,
            examples=() if self._is_withheld(relation, column) else tuple(filter(self._may_be_told, examples)),
            complete=complete,
            json_paths=json_paths(values),
        )

    def _examples(self, relation: Relation, column: Column, values: list[object]) -> tuple[list[object], bool]:
        """All values of a column that has few, some of those that come again, else one; and whether they are all."""
        counted = Counter(map(_shown, values))
        ordered = sorted(counted, key=lambda value: (value in _SAYING_LITTLE, -counted[value]))
        if _ONE_EXAMPLE.search(column.name) or len(counted) > max(_LISTED, len(values) * 0.7):
            return ordered[:1], False
        for index in relation.indexes:
            if index.columns[:1] == (column.name,):
                found = self._sampler.distinct(relation.name, column.name, index.name, _ALL_VALUES)
                if found is not None and sum(len(str(each)) for each in found) <= _ALL_CHARACTERS:
                    return [_shown(each) for each in found], bool(found)
        short = [value for value in ordered if len(str(value)) <= _LISTED_VALUE]
        numbers = all(isinstance(value, (int, float)) for value in ordered)
        return (short[:_LISTED] if short and not (numbers and len(ordered) > _LISTED_NUMBERS) else ordered[:1]), False

    def _is_withheld(self, relation: Relation, column: Column) -> bool:
        if relation.kind == "view":  # it may call the column as it likes
            return any(table in relation.sql for table in _WITHHELD)
        return _WITHHELD.get(relation.name) == column.name

    def _may_be_told(self, example: object) -> bool:
        return not any(secret in str(example) for secret in self._secrets)


def _secrets(connection: sqlite3.Connection) -> list[str]:
    """Values of environment variables, which stand in logs, too."""
    try:
        values = [value for (value,) in connection.execute(_SECRETS)]
    except sqlite3.Error:
        return []
    return [value for value in values if isinstance(value, str) and len(value) >= _SHORTEST_SECRET]


def _shown(value: object) -> object:
    if isinstance(value, OddText):
        return _shown(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, bytes):
        return f"<{len(value):,} bytes>"
    if isinstance(value, str) and len(value) > LONGEST_EXAMPLE:
        return f"{value[:LONGEST_EXAMPLE]}…"
    return value
