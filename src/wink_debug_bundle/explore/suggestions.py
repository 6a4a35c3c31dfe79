"""Suggest the names nearest to one that does not exist."""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Iterable, Mapping
from itertools import pairwise

from ..database.quoting import literal, quoted
from .foreign_sql import instead_in, instead_of

Columns = Mapping[str, tuple[str, ...]]
"""The columns of each table and view."""

_MISSING = re.compile(r"no such (table|column|function): (.+)", re.DOTALL)
_AMBIGUOUS = re.compile(r"ambiguous column name: (.+)", re.DOTALL)
_WORDS = re.compile(r"""'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|(\w+)""", re.DOTALL)

_AFTER_A_TABLE = frozenset(
    [
        "join",
        "left",
        "right",
        "full",
        "inner",
        "outer",
        "cross",
        "natural",
        "on",
        "using",
        "where",
        "group",
        "order",
        "having",
        "limit",
        "union",
        "except",
        "intersect",
        "window",
        "indexed",
        "not",
    ]
)
"""Words that may follow a table's name and are no alias."""

_PAYLOAD = "payload"
"""Column of slice items, and of views of slice classes that do not have a column for each key."""

_NEWEST_COLUMN = "redaction"
"""Column of bundle_meta that bundles of earlier releases lack."""

_SHOWN = 5
_LISTED = 60
"""Names that a message lists where no name is near."""


def suggestions(name: str, known: Iterable[str]) -> list[str]:
    """Return the names that were probably meant, the best first: spelled alike, or containing `name`."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    folded = name.casefold().removesuffix("…")  # as tables shorten ids
    alike = difflib.get_close_matches(folded, by_folded, n=_SHOWN, cutoff=0.6)
    containing = sorted((each for each in by_folded if len(folded) > 2 and folded in each), key=len)
    return [by_folded[each] for each in dict.fromkeys([*alike, *containing])][:_SHOWN]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about a wrong name: the nearest known names, or else all of them."""
    names = list(known)
    if near := suggestions(name, names):
        return f"; nearest: {', '.join(near)}"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"; there are: {', '.join(names[:_LISTED])}{more}"


def advice(connection: sqlite3.Connection, sql: str, message: str) -> str:
    """Return what to append to SQLite's message about a name in `sql`, or about words of other databases; else ""."""
    if ambiguous := _AMBIGUOUS.fullmatch(message):
        return _qualified_names(ambiguous[1], sql, _columns(connection))
    match = _MISSING.fullmatch(message)
    if match is None:
        return instead_in(sql, message)
    kind, name = match.groups()
    if kind == "function":
        if instead := instead_of(name):
            return instead
        functions = {function for (function, *_) in connection.execute("PRAGMA function_list")}
        return did_you_mean(name, sorted(functions)) if suggestions(name, functions) else ""
    columns = _columns(connection)
    near = _did_you_mean_table(name, columns) if kind == "table" else _did_you_mean_column(name, sql, columns)
    return near + _migration_hint(columns)


def _migration_hint(columns: Columns) -> str:
    """Return what adds tables and columns to a bundle of an earlier release, which lacks some; '' for others."""
    if "bundle_meta" not in columns or _NEWEST_COLUMN in columns["bundle_meta"]:
        return ""
    return "; an earlier release built the bundle: the command migrate adds the tables and columns that it lacks"


def relation_names(connection: sqlite3.Connection) -> list[str]:
    """Return the names of all tables and views."""
    names = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite|_%' ESCAPE '|'"
    return [name for (name,) in connection.execute(names)]


def _columns(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the column names of each table and view."""
    columns: dict[str, tuple[str, ...]] = {}
    for relation in relation_names(connection):
        try:
            rows = connection.execute(f"PRAGMA table_xinfo({quoted(relation)})").fetchall()
        except sqlite3.Error:  # a view of a table that no longer exists
            rows = []
        columns[relation] = tuple(name for _, name, *_ in rows)
    return columns


def _did_you_mean_table(name: str, columns: Columns) -> str:
    """Return suggestions for an unknown table, without its schema prefix (`main.`)."""
    return did_you_mean(name.rpartition(".")[2], columns)


def _did_you_mean_column(name: str, sql: str, columns: Columns) -> str:
    """Return suggestions for an unknown column.

    They are the nearest columns of the tables that the SQL reads, or else all of these; and the other tables that
    do have the column.
    """
    qualifier, _, column = name.rpartition(".")
    read = _read_relations(qualifier.rpartition(".")[2], sql, columns)
    near = suggestions(column, (each for relation in read for each in columns[relation]))
    elsewhere = [each for each in columns if each not in read and column.casefold() in map(str.casefold, columns[each])]
    if near:
        parts = [f"nearest: {', '.join(_with_relations(each, read, columns) for each in near)}"]
    else:
        parts = [f"columns of {relation}: {', '.join(columns[relation][:_LISTED])}" for relation in read[:_SHOWN]]
    parts += [_payload_hint(column, relation) for relation in read if _PAYLOAD in columns[relation]]
    if elsewhere:
        parts.append(f"{column} is a column of {', '.join(elsewhere)}")
    return "".join(f"; {part}" for part in parts)


def _qualified_names(name: str, sql: str, columns: Columns) -> str:
    """Return how to write a column that several tables of the SQL have: with the table, or its alias, before it."""
    column = name.rpartition(".")[2]
    holders = [
        each for each in _read_relations("", sql, columns) if column.casefold() in map(str.casefold, columns[each])
    ]
    if not holders:
        return ""
    aliases = _aliases(sql, columns)
    written = [f"{alias}.{column}" for holder in holders for alias in aliases.get(holder, [holder])]
    return f"; {' and '.join(holders)} have it; write {' or '.join(written)}"


def _payload_hint(column: str, relation: str) -> str:
    """Return how to read a key of an item that has no column of its own."""
    path = literal(f'$."{column}"')
    return f"a key without a column is in {relation}.{_PAYLOAD}: {_PAYLOAD} ->> {path}"


def _with_relations(column: str, read: Iterable[str], columns: Columns) -> str:
    """Return the column with the tables that have it: `event (logs)`."""
    holders = [relation for relation in read if column in columns[relation]]
    return f"{column} ({', '.join(holders)})"


def _aliases(sql: str, columns: Columns) -> dict[str, list[str]]:
    """Return the aliases that the SQL gives to tables, by the tables' names."""
    known = {relation.casefold(): relation for relation in columns}
    found: dict[str, list[str]] = {}
    for before, name in pairwise(_names(sql)):
        if before.casefold() in known and name.casefold() not in (*_AFTER_A_TABLE, *known):
            found.setdefault(known[before.casefold()], []).append(name)
    return found


def _names(sql: str) -> list[str]:
    """Return the words and quoted names of the SQL, without AS."""
    words = [next(filter(None, match.groups()), "") for match in _WORDS.finditer(sql)]
    return [word for word in words if word and word.casefold() != "as"]


def _read_relations(qualifier: str, sql: str, columns: Columns) -> list[str]:
    """Return the table or view that the qualifier names or is an alias of; without one, all that the SQL names."""
    known = {relation.casefold(): relation for relation in columns}
    names = [word.casefold() for word in _names(sql)]
    if qualifier:
        aliases = {name: before for before, name in pairwise(names) if before in known}
        meant = known.get(qualifier.casefold()) or known.get(aliases.get(qualifier.casefold(), ""))
        if meant:
            return [meant]
    return [known[name] for name in dict.fromkeys(names) if name in known]
