"""Say for every column of a bundle what redaction does with it: one word, which ends the column's comment in the SQL.

keep      a number, a time, or one of a few fixed words; never changed, but searched by the proof
text      free text; what is found in it is replaced; the profile strict drops it
json      the same for JSON, which stays JSON
path      names: of files, tools, classes, sessions; what is found in them is replaced, also by the profile strict
drop      never copied
rehash    follows from other values, such as a hash or a size; computed again or dropped where these change
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, NamedTuple, cast, get_args

from ..database.catalog import Relation, describe, describe_schema
from ..database.search_index import SEARCH_OBJECTS
from ..errors import BundleError

Word = Literal["keep", "text", "json", "path", "drop", "rehash"]

WORDS: tuple[str, ...] = get_args(Word)

SEARCHED: tuple[Word, ...] = ("text", "json", "path")
"""The words of columns in which secrets are looked for and replaced."""

_SLICE_VIEWS = "SELECT view_name FROM slice_views WHERE view_name IS NOT NULL"


class UnregisteredError(BundleError):
    """The bundle has a table, column or view that the registry does not know."""


class RegisteredTable(NamedTuple):
    """A table, with the word of each of its columns; `is_rowless` tables have no rowid, and `keys` are their keys.

    Columns that are `not_null` need a value, and `blobs` are those with bytes instead of text.
    """

    name: str
    words: Mapping[str, Word]
    keys: tuple[str, ...]
    is_rowless: bool
    not_null: frozenset[str]
    blobs: frozenset[str]

    def columns(self, *words: Word) -> tuple[str, ...]:
        """Return the columns that have one of the words."""
        return tuple(name for name, word in self.words.items() if word in words)


def registry(*, shares_text: bool) -> Mapping[str, RegisteredTable]:
    """Return every table of a bundle by its name.

    Raises:
        UnregisteredError: a column of the schema has no word.
    """
    return register(relation for relation in _schema(shares_text=shares_text) if relation.kind == "table")


def register(relations: Iterable[Relation]) -> Mapping[str, RegisteredTable]:
    """Return the tables with the words of their columns.

    Raises:
        UnregisteredError: a column has no word.
    """
    tables = {}
    for relation in relations:
        for column in relation.columns:
            if column.redaction not in WORDS:
                raise UnregisteredError(
                    f"the comment of {relation.name}.{column.name} does not say what redaction does with it; "
                    f"end it with one of {', '.join(f'[{word}]' for word in WORDS)}"
                )
        keys = sorted((each for each in relation.columns if each.key_position), key=lambda each: each.key_position)
        tables[relation.name] = RegisteredTable(
            relation.name,
            {column.name: cast("Word", column.redaction) for column in relation.columns},
            tuple(each.name for each in keys),
            relation.sql.rstrip().upper().endswith("WITHOUT ROWID"),
            frozenset(column.name for column in relation.columns if column.not_null or column.key_position),
            frozenset(column.name for column in relation.columns if column.type == "BLOB"),
        )
    return tables


def check_registered(connection: sqlite3.Connection, *, shares_text: bool) -> None:
    """Check that the bundle has no table, column or view beside those of the schema and the views of slice classes.

    Raises:
        UnregisteredError: it has another one.
    """
    known = {relation.name: relation for relation in _schema(shares_text=shares_text)}
    slices = {str(name) for (name,) in connection.execute(_SLICE_VIEWS)}
    for relation in describe(connection):
        if relation.name in SEARCH_OBJECTS or (relation.kind == "view" and relation.name in slices):
            continue
        if relation.name not in known or known[relation.name].kind != relation.kind:
            raise UnregisteredError(
                f"the {relation.kind} {relation.name} is not part of the schema, so that nothing says what may be "
                "shown of it; remove it from a copy of the bundle first"
            )
        expected = {column.name for column in known[relation.name].columns}
        for column in relation.columns:
            if relation.kind == "table" and column.name not in expected:
                raise UnregisteredError(
                    f"the column {relation.name}.{column.name} is not part of the schema, so that nothing says what "
                    "may be shown of it"
                )


@cache
def _schema(*, shares_text: bool) -> tuple[Relation, ...]:
    return describe_schema(shares_text=shares_text)
