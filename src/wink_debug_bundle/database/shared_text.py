"""Bundles that share text: equal texts of files are stored once, and `files` is a view instead of a table.

The view reads the text by a subquery, not by a join: a statement that does not use the text does not look for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from .schema_files import read_sql

FILES = "files"
"""The table or view of files."""

ENTRIES, TEXTS = "file_entries", "texts"
"""The tables of files and of their texts in a bundle that shares text."""

_LEAST = 8 << 20
"""Bytes of repeated text that are worth a word."""

_IS_VIEW = "SELECT 1 FROM {schema}.sqlite_schema WHERE type = 'view' AND name = 'files'"


class Reads(Protocol):
    """A connection of apsw or of Python's own sqlite3."""

    def execute(self, statement: str, parameters: Sequence[Any] = ..., /) -> Iterable[Any]:
        """Execute one statement that reads."""


class RepeatedText(NamedTuple):
    """How much text of files is repeated in a bundle.

    Attributes:
        size_bytes: Bytes of text that an earlier file has as well.
        is_shared: Whether the bundle stores them once.
        database_bytes: The size of the bundle, before it is packed.
    """

    size_bytes: int
    is_shared: bool
    database_bytes: int

    @property
    def is_much(self) -> bool:
        """Return whether it is so much that it is worth a word."""
        return self.size_bytes >= _LEAST

    @property
    def is_most(self) -> bool:
        """Return whether most of the bundle is text that it could share, and does not."""
        return not self.is_shared and self.is_much and 2 * self.size_bytes > self.database_bytes


def has_shared_text(connection: Reads, schema: str = "main") -> bool:
    """Return whether a bundle shares text; `schema` is the name under which it is attached."""
    return any(connection.execute(_IS_VIEW.format(schema=schema)))


def stored_table(connection: Reads, table: str, schema: str = "main") -> str:
    """Return the table that has the rows of `table`, which is a view where a bundle shares text."""
    return ENTRIES if table == FILES and has_shared_text(connection, schema) else table


def repeated_text(connection: Reads) -> RepeatedText:
    """Measure the repeated text of a bundle with indexes, without reading any text."""
    [(size, database_bytes)] = connection.execute(read_sql("repeated_text.sql"))
    return RepeatedText(size, has_shared_text(connection), database_bytes)
