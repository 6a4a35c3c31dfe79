"""Describe a bundle: every table, view, column and index, with its comment.

The comments are those in the SQL that created them. SQLite keeps this text, so a finished bundle can be understood with
any release of this package, and without it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from .quoting import quoted
from .schema_files import SHARED_TABLES, TABLES, VIEWS, all_index_statements, create_schema
from .shared_text import ENTRIES, FILES

_CODE_AND_COMMENT = re.compile(r"""((?:[^'"-]|'[^']*'|"[^"]*"|-(?!-))*)(?:--(.*))?""")
_NAME = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")+)"|(\w+)""")
_REDACTION = re.compile(r"\s*\[(keep|text|json|path|drop|rehash)\]$")
_INDEX = re.compile(r"--\s*(?P<comment>.+)\s+CREATE (?:UNIQUE )?INDEX (?P<name>\w+)")


@dataclass(frozen=True, slots=True)
class Reference:
    """The column that a foreign key points to."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or view."""

    name: str
    type: str
    """As declared; empty for a computed column of a view."""
    description: str
    not_null: bool
    default: str | None
    """SQL text of the default value."""
    key_position: int
    """Position in the primary key, from 1; 0 if the column is not part of it."""
    references: Reference | None
    redaction: str = ""
    """What redaction does with its values, a word in brackets that ends the comment; '' without one."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index with a CREATE INDEX statement of its own, not one that SQLite makes for a key."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    description: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view."""

    name: str
    kind: Literal["table", "view"]
    description: str
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    """Those of the table; of the view of files, those of the table that has its rows."""
    sql: str
    """The statement that created it."""

    def column(self, name: str) -> Column:
        """Return the column called `name`."""
        return next(column for column in self.columns if column.name == name)


def describe(connection: sqlite3.Connection) -> tuple[Relation, ...]:
    """Describe the tables and views of a bundle: those of the schema in its order, then any others."""
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite|_%' ESCAPE '|'"
    )
    known = {name: position for position, name in enumerate((*TABLES, *SHARED_TABLES, *VIEWS))}
    relations = [_relation(connection, kind, name, sql) for kind, name, sql in rows.fetchall()]
    return tuple(sorted(relations, key=lambda relation: known.get(relation.name, len(known))))


def describe_schema(*, shares_text: bool = False) -> tuple[Relation, ...]:
    """Describe the tables and views that the SQL files of this release create."""
    with closing(sqlite3.connect(":memory:")) as connection:
        create_schema(connection, shares_text=shares_text)
        return describe(connection)


def _relation(connection: sqlite3.Connection, kind: Literal["table", "view"], name: str, sql: str) -> Relation:
    lines = list(_split_comments(sql))
    stored = ENTRIES if (kind, name) == ("view", FILES) else name
    return Relation(
        name=name,
        kind=kind,
        description=_description(lines),
        columns=tuple(_columns(connection, name, _column_comments(kind, lines), _references(connection, stored))),
        indexes=tuple(_indexes(connection, stored)),
        sql=sql,
    )


def _split_comments(sql: str) -> Iterator[tuple[str, str]]:
    """Yield the code and the comment of each line."""
    for line in sql.splitlines():
        if match := _CODE_AND_COMMENT.match(line):
            yield match[1].strip(), (match[2] or "").strip()


def _description(lines: Iterable[tuple[str, str]]) -> str:
    """Return the text of the first comment that has lines of its own."""
    comments: list[str] = []
    for code, comment in lines:
        if comment and not code:
            comments.append(comment)
        elif comments:
            break
    return " ".join(comments)


def _column_comments(kind: str, lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return comments by column: a line of a table begins with the column's name, a line of a view ends with it.

    A comment goes on in the lines right after it that have no code.
    """
    comments: dict[str, str] = {}
    column: str | None = None
    for code, comment in lines:
        if not code and column is not None and comment:
            comments[column] += f" {comment}"
            continue
        found = [quoted.replace('""', '"') or plain for quoted, plain in _NAME.findall(code)]
        names = [name for name in found if name]  # string literals match without a name
        column = names[0 if kind == "table" else -1] if names and comment else None
        if column in comments:
            column = None
        elif column is not None:
            comments[column] = comment
    return comments


def _columns(
    connection: sqlite3.Connection, table: str, comments: dict[str, str], references: dict[str, Reference]
) -> Iterator[Column]:
    try:
        rows = _pragma(connection, "table_xinfo", table)
    except sqlite3.DatabaseError:  # a view of a missing table, or a virtual table whose module is missing
        return
    for _, name, declared, not_null, default, key, _ in rows:
        comment = comments.get(name, "")
        word = _REDACTION.search(comment)
        yield Column(
            name=name,
            type=declared,
            description=_REDACTION.sub("", comment),
            not_null=bool(not_null),
            default=default,
            key_position=key,
            references=references.get(name),
            redaction="" if word is None else word[1],
        )


def _references(connection: sqlite3.Connection, table: str) -> dict[str, Reference]:
    keys = _pragma(connection, "foreign_key_list", table)
    return {source: Reference(target, column) for _, _, target, source, column, *_ in keys}


def _indexes(connection: sqlite3.Connection, table: str) -> Iterator[Index]:
    comments = _index_comments()
    for _, name, unique, origin, _ in reversed(_pragma(connection, "index_list", table)):
        if origin == "c":
            columns = tuple(column for _, _, column in _pragma(connection, "index_info", name))
            yield Index(name, columns, bool(unique), comments.get(name, ""))


@cache
def _index_comments() -> dict[str, str]:
    """Return comments by index, from the SQL files: SQLite does not keep text that precedes a statement."""
    matches = (_INDEX.match(statement) for statement in all_index_statements())
    return {match["name"]: match["comment"].strip() for match in matches if match}


def _pragma(connection: sqlite3.Connection, pragma: str, name: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"PRAGMA {pragma}({quoted(name)})").fetchall()
