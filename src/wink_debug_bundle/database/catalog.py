"""What a bundle says of itself: every table, view, column and index with its sentence.

The sentences are the comments in the SQL that created them. SQLite keeps that text, so a finished bundle explains
itself to any release of this package, and to none at all.
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
from .schema_files import TABLES, VIEWS, all_index_statements, create_schema

_CODE_AND_COMMENT = re.compile(r"""((?:[^'"-]|'[^']*'|"[^"]*"|-(?!-))*)(?:--(.*))?""")
_NAME = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")+)"|(\w+)""")
_INDEX = re.compile(r"--\s*(?P<sentence>.+)\s+CREATE (?:UNIQUE )?INDEX (?P<name>\w+)")


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
    """Position in the primary key, from 1; 0 outside of it."""
    references: Reference | None


@dataclass(frozen=True, slots=True)
class Index:
    """An index that a statement of its own created."""

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
    sql: str
    """The statement that created it."""

    def column(self, name: str) -> Column:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)


def describe(connection: sqlite3.Connection) -> tuple[Relation, ...]:
    """Describe the tables and views of a bundle: those of the schema in its order, then any others."""
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite|_%' ESCAPE '|'"
    )
    known = {name: position for position, name in enumerate((*TABLES, *VIEWS))}
    relations = [_relation(connection, kind, name, sql) for kind, name, sql in rows.fetchall()]
    return tuple(sorted(relations, key=lambda relation: known.get(relation.name, len(known))))


def describe_schema() -> tuple[Relation, ...]:
    """Describe the tables and views that the SQL files of this release create."""
    with closing(sqlite3.connect(":memory:")) as connection:
        create_schema(connection)
        return describe(connection)


def _relation(connection: sqlite3.Connection, kind: Literal["table", "view"], name: str, sql: str) -> Relation:
    lines = list(_split_comments(sql))
    return Relation(
        name=name,
        kind=kind,
        description=_description(lines),
        columns=tuple(_columns(connection, name, _sentences(kind, lines))),
        indexes=tuple(_indexes(connection, name)),
        sql=sql,
    )


def _split_comments(sql: str) -> Iterator[tuple[str, str]]:
    """The code and the comment of each line."""
    for line in sql.splitlines():
        if match := _CODE_AND_COMMENT.match(line):
            yield match[1].strip(), (match[2] or "").strip()


def _description(lines: Iterable[tuple[str, str]]) -> str:
    """The first lines that are nothing but a comment."""
    sentences: list[str] = []
    for code, comment in lines:
        if comment and not code:
            sentences.append(comment)
        elif sentences:
            break
    return " ".join(sentences)


def _sentences(kind: str, lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Comments by column: a table's line starts with the column's name, a view's ends with it."""
    sentences: dict[str, str] = {}
    for code, comment in lines:
        found = [quoted.replace('""', '"') or plain for quoted, plain in _NAME.findall(code)]
        names = [name for name in found if name]  # a text is none
        if names and comment:
            sentences.setdefault(names[0 if kind == "table" else -1], comment)
    return sentences


def _columns(connection: sqlite3.Connection, table: str, sentences: dict[str, str]) -> Iterator[Column]:
    references = _references(connection, table)
    try:
        rows = _pragma(connection, "table_xinfo", table)
    except sqlite3.DatabaseError:  # a view of what is gone, a virtual table whose module is not here
        return
    for _, name, declared, not_null, default, key, _ in rows:
        yield Column(
            name=name,
            type=declared,
            description=sentences.get(name, ""),
            not_null=bool(not_null),
            default=default,
            key_position=key,
            references=references.get(name),
        )


def _references(connection: sqlite3.Connection, table: str) -> dict[str, Reference]:
    keys = _pragma(connection, "foreign_key_list", table)
    return {source: Reference(target, column) for _, _, target, source, column, *_ in keys}


def _indexes(connection: sqlite3.Connection, table: str) -> Iterator[Index]:
    sentences = _index_sentences()
    for _, name, unique, origin, _ in reversed(_pragma(connection, "index_list", table)):
        if origin == "c":
            columns = tuple(column for _, _, column in _pragma(connection, "index_info", name))
            yield Index(name, columns, bool(unique), sentences.get(name, ""))


@cache
def _index_sentences() -> dict[str, str]:
    """Comments by index: they stand before the statement, where SQLite does not keep them."""
    matches = (_INDEX.match(statement) for statement in all_index_statements())
    return {match["name"]: match["sentence"].strip() for match in matches if match}


def _pragma(connection: sqlite3.Connection, pragma: str, name: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"PRAGMA {pragma}({quoted(name)})").fetchall()
