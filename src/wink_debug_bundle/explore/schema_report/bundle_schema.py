"""Describe a bundle's tables and views with samples of their values, for writing queries."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...database.catalog import Column, Relation, describe
from ...errors import BundleError
from ..row_output.cursor import OddText, Row
from ..saved_queries import SavedQuery, saved_queries
from ..suggestions import did_you_mean
from .json_paths import json_paths
from .sampling import Sampler

LONGEST_EXAMPLE = 200
"""Characters of an example; longer values are cut."""

_LISTED_VALUE = 40
"""Values of up to so many characters are listed where a column has few distinct values."""

_LISTED = 8
"""Distinct values of a column that are listed as examples."""

_LISTED_NUMBERS = 5
"""A column of numbers with more distinct values than this gets one example."""

_ALL_VALUES = 80
_ALL_CHARACTERS = 3000
"""Limits up to which all distinct values of an indexed column are listed."""

_ONE_EXAMPLE = re.compile(r"(^|_)(id|at|sha256|timestamp|line)$")
"""Names of columns with ever different values, where one example is enough."""

_EMPTY_VALUES = ("", "{}", "[]")
"""Values that come last among the examples."""

_WITHHELD = {"environment": "value", "run_members": "content"}
"""Columns that hold values of environment variables, which may be secrets, and so get no examples."""

_KINDS_OF_ROWS = {"logs": "event"}
"""Columns whose values decide which JSON a row holds, so that rows of each value are sampled."""

_SECRETS = "SELECT DISTINCT value FROM (SELECT value FROM environment WHERE kind = 'variable' LIMIT 500000)"
_SHORTEST_SECRET = 8
"""Shorter values of environment variables (`1`, `true`) are too common to be withheld elsewhere."""


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """A column and samples of its values."""

    name: str
    type: str
    """The declared type; empty for a computed column of a view."""
    description: str
    key: bool
    references: str | None
    """The column that it refers to, `table.column`."""
    examples: tuple[object, ...]
    """Values of the sample, the most frequent first; long text is cut, a BLOB is given as its size."""
    complete: bool
    """Whether the examples are all values of the column, apart from NULL."""
    is_null: bool
    """Whether rows were sampled and all have NULL here."""
    json_paths: tuple[str, ...]
    """If the column holds JSON, the paths to its values, the most frequent in the sample first."""


@dataclass(frozen=True, slots=True)
class RelationSchema:
    """A table or view and its columns."""

    name: str
    kind: str
    description: str
    row_count: int | None
    """None if counting would take too long."""
    row_count_is_exact: bool
    """If not, `row_count` is an estimate for a table and a lower bound for a view."""
    columns: tuple[ColumnSchema, ...]
    indexed: tuple[str, ...]
    """Columns by which rows are found quickly."""


@dataclass(frozen=True, slots=True)
class BundleSchema:
    """The tables and views of a bundle, and the saved queries."""

    schema_version: int
    relations: tuple[RelationSchema, ...]
    queries: tuple[SavedQuery, ...]


def bundle_schema(connection: sqlite3.Connection, names: Sequence[str] = ()) -> BundleSchema:
    """Describe the tables and views called `names`, or all of them if there are no names.

    Sampling and counting rows takes a bounded time, whatever the bundle's size.

    Raises:
        BundleError: a name is not a table or view.
    """
    relations = describe(connection)
    known = [relation.name for relation in relations]
    for name in names:
        if name not in known:
            raise BundleError(f"no table or view is called {name!r}{did_you_mean(name, known)}")
    chosen = [relation for relation in relations if not names or relation.name in names]
    describer = _Describer(connection)
    (version,) = connection.execute("SELECT schema_version FROM bundle_meta").fetchone()
    return BundleSchema(version, tuple(map(describer.describe, chosen)), () if names else saved_queries())


class _Describer:
    """Describes tables and views of one bundle."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sampler = Sampler(connection)
        self._secrets = _secrets(connection)

    def describe(self, relation: Relation) -> RelationSchema:
        """Describe one table or view from a sample of its rows."""
        names = [column.name for column in relation.columns]
        sample = self._sampler.table if relation.kind == "table" else self._sampler.view
        count, rows = sample(relation.name, names)
        rows = [*rows, *self._rows_of_each_kind(relation, names)]
        columns = [self._column(relation, position, rows) for position in range(len(names))]
        firsts = dict.fromkeys(index.columns[0] for index in relation.indexes if index.columns)
        return RelationSchema(
            name=relation.name,
            kind=relation.kind,
            description=relation.description,
            row_count=count.rows,
            row_count_is_exact=count.exact,
            columns=tuple(columns),
            indexed=tuple(each for each in firsts if each),  # an index on an expression has no column name
        )

    def _rows_of_each_kind(self, relation: Relation, names: Sequence[str]) -> Sequence[Row]:
        """Return a row for each kind of rows that the table holds, if it holds few kinds."""
        kind = _KINDS_OF_ROWS.get(relation.name)
        for index in relation.indexes:
            if kind and index.columns[:1] == (kind,):
                kinds = self._sampler.distinct(relation.name, kind, index.name, _ALL_VALUES) or ()
                return self._sampler.rows_with(relation.name, names, kind, kinds)
        return ()

    def _column(self, relation: Relation, position: int, rows: Sequence[Row]) -> ColumnSchema:
        """Describe one column from the sampled rows."""
        column = relation.columns[position]
        values = [row[position] for row in rows if row[position] is not None]
        examples, complete = self._examples(relation, column, values)
        return ColumnSchema(
            name=column.name,
            type=column.type,
            description=column.description,
            key=column.key_position > 0,
            references=f"{column.references.table}.{column.references.column}" if column.references else None,
            examples=() if self._is_withheld(relation, column) else tuple(filter(self._has_no_secret, examples)),
            complete=complete,
            is_null=bool(rows) and not values,
            json_paths=json_paths(values),
        )

    def _examples(self, relation: Relation, column: Column, values: list[object]) -> tuple[list[object], bool]:
        """Choose the examples of a column; also return whether they are all of its values.

        They are all values of an indexed column that has few, the most frequent values where values repeat, and one
        value otherwise.
        """
        counted = Counter(map(_shown, values))
        ordered = sorted(counted, key=lambda value: (value in _EMPTY_VALUES, -counted[value]))
        if _ONE_EXAMPLE.search(column.name) or len(counted) > max(_LISTED, len(values) * 0.7):
            return ordered[:1], False
        for index in relation.indexes:
            if index.columns[:1] == (column.name,):
                distinct = self._sampler.distinct(relation.name, column.name, index.name, _ALL_VALUES)
                if distinct is not None and sum(len(str(each)) for each in distinct) <= _ALL_CHARACTERS:
                    return [_shown(each) for each in distinct], bool(distinct)
        short = [value for value in ordered if len(str(value)) <= _LISTED_VALUE]
        numbers = all(isinstance(value, (int, float)) for value in ordered)
        return (short[:_LISTED] if short and not (numbers and len(ordered) > _LISTED_NUMBERS) else ordered[:1]), False

    def _is_withheld(self, relation: Relation, column: Column) -> bool:
        """Return whether the column may hold values of environment variables."""
        if relation.kind == "view":  # a view may give the column any name
            return any(table in relation.sql for table in _WITHHELD)
        return _WITHHELD.get(relation.name) == column.name

    def _has_no_secret(self, example: object) -> bool:
        """Return whether the example contains no value of an environment variable."""
        return not any(secret in str(example) for secret in self._secrets)


def _secrets(connection: sqlite3.Connection) -> list[str]:
    """Return the values of environment variables, which logs may contain, too."""
    try:
        values = [value for (value,) in connection.execute(_SECRETS)]
    except sqlite3.Error:
        return []
    return [value for value in values if isinstance(value, str) and len(value) >= _SHORTEST_SECRET]


def _shown(value: object) -> object:
    """Return the value as an example: long text cut, a BLOB as its size."""
    if isinstance(value, OddText):
        return _shown(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, bytes):
        return f"<{len(value):,} bytes>"
    if isinstance(value, str) and len(value) > LONGEST_EXAMPLE:
        return f"{value[:LONGEST_EXAMPLE]}…"
    return value
