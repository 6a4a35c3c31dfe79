"""Create and remove a bundle's full-text index, which is optional.

FTS5 keeps the words of each text and where they are. The texts are not stored again: FTS5 reads them from the view
`search_content`, which makes each of the row that it is from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ..column_values import SearchKind
from .schema_files import SEARCH_SOURCES, decoded_texts, read_sql, source_of_texts

if TYPE_CHECKING:
    import apsw  # only builders need it; readers start without it

SearchScope = Literal["usual", "all"]
"""How much an index holds: the usual kinds, or also the long ones."""

SEARCH_INDEX = "search_index"
_CONTENT = "search_content"
_TABLES = ("search_kinds", "search_rows")
_SHADOWS = tuple(f"{SEARCH_INDEX}_{part}" for part in ("data", "idx", "docsize", "config"))

SEARCH_OBJECTS = frozenset((*_TABLES, _CONTENT, SEARCH_INDEX, *_SHADOWS))
"""The names of all tables and views of the index, those that FTS5 makes for itself included."""

LONG_KINDS = (SearchKind.CONTEXT, SearchKind.FILE)
"""Kinds that only an index of all texts holds: they are most of a bundle, and contexts repeat what other kinds have."""

USUAL_KINDS = tuple(kind for kind in SEARCH_SOURCES if kind not in LONG_KINDS)

_PENDING_BYTES = 16 << 20
"""Memory for words that are not written yet; more makes no index faster or smaller."""

_SPACES = re.compile(r"\s+")
_COMMENTS = re.compile(r"--[^\n]*")

CAN_SEARCH_WORDS = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"
"""A query with a row if SQLite has FTS5; Python's own lacks it on some systems."""

INDEX_OBJECTS = """
SELECT name, sql FROM sqlite_schema WHERE name IN ('search_kinds', 'search_rows', 'search_content', 'search_index')
"""
"""A query for the names and statements of what an index consists of, for `is_search_index`."""


class Reads(Protocol):
    """A connection of apsw or of Python's own sqlite3."""

    def execute(self, statement: str, /) -> Iterable[Any]:
        """Execute one statement that reads."""


def kinds_of(scope: SearchScope) -> tuple[SearchKind, ...]:
    """Return the kinds of text that an index of this scope holds."""
    return USUAL_KINDS if scope == "usual" else tuple(SEARCH_SOURCES)


def can_search_words(connection: Reads) -> bool:
    """Return whether SQLite has FTS5."""
    return any(connection.execute(CAN_SEARCH_WORDS))


def has_search_index(connection: Reads) -> bool:
    """Return whether the bundle has an index, and it is of the form that this release makes."""
    return is_search_index(dict(connection.execute(INDEX_OBJECTS)))


def is_search_index(objects: Mapping[str, object]) -> bool:
    """Return whether these statements, by name, make the index that this release makes."""
    return {name: _plain(str(sql)) for name, sql in objects.items()} == {
        name: _plain(sql) for name, sql in _statements().items()
    }


def has_search_objects(connection: Reads) -> bool:
    """Return whether the bundle has anything with the name of a part of an index."""
    names = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    return not names.isdisjoint(SEARCH_OBJECTS)


def create_search_index(connection: apsw.Connection, scope: SearchScope) -> None:
    """Create the index of a bundle whose rows and views are complete.

    Raises:
        apsw.Error: it could not be written.
    """
    for statement in _statements().values():
        connection.execute(statement)
    with connection:
        for kind in kinds_of(scope):
            connection.execute(_filling(kind))
    connection.execute(f"INSERT INTO {SEARCH_INDEX} ({SEARCH_INDEX}, rank) VALUES ('hashsize', {_PENDING_BYTES})")
    connection.execute(f"INSERT INTO {SEARCH_INDEX} ({SEARCH_INDEX}) VALUES ('rebuild')")


def drop_search_index(connection: apsw.Connection) -> None:
    """Remove the index, or what there is of it.

    Raises:
        apsw.Error: an object of such a name is not what it should be.
    """
    import apsw

    for name in (SEARCH_INDEX, _CONTENT, *_TABLES, *_SHADOWS):
        kind = connection.execute("SELECT type FROM sqlite_schema WHERE name = ?", (name,)).get
        if kind is None:
            continue
        try:
            connection.execute(f"DROP {kind} {name}")
        except apsw.Error:
            if name != SEARCH_INDEX:
                raise
            _forget_index(connection)  # FTS5 refuses to open a damaged index, also to remove it


def scope_of(connection: Reads) -> SearchScope:
    """Return how much the bundle's index holds."""
    kinds = {str(kind) for (kind,) in connection.execute("SELECT kind FROM search_kinds")}
    return "all" if kinds >= set(LONG_KINDS) else "usual"


def _statements() -> dict[str, str]:
    statements = {name: read_sql("search", f"{name}.sql") for name in (*_TABLES, _CONTENT, SEARCH_INDEX)}
    choices = "\n".join(
        f"WHEN '{kind}' THEN (SELECT text FROM ({decoded_texts(kind)}) WHERE row_id = search_rows.row_id)"
        for kind in SEARCH_SOURCES
    )
    return {**statements, _CONTENT: statements[_CONTENT].replace("{choice}", f"CASE search_rows.kind\n{choices}\nEND")}


def _forget_index(connection: apsw.Connection) -> None:
    """Remove the virtual table from the schema; its own tables become ordinary ones."""
    connection.pragma("writable_schema", 1)
    connection.execute("DELETE FROM sqlite_schema WHERE name = ?", (SEARCH_INDEX,))
    connection.pragma("writable_schema", "reset")


def _filling(kind: SearchKind) -> str:
    """Return the statements that note the rows of one kind."""
    return read_sql("search", "fill_kind.sql").replace("{kind}", kind).replace("{source}", source_of_texts(kind))


def _plain(sql: str) -> str:
    """Return a statement with single spaces and without comments, which a release may reword."""
    return _SPACES.sub(" ", _COMMENTS.sub("", sql)).strip().removesuffix(";")
