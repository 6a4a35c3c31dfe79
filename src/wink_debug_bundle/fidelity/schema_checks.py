"""Whether a bundle's tables, indexes and views are those of its schema version."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from ..database.quoting import literal
from ..database.schema_files import create_schema, read_sql
from .findings import Finding

_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
_Objects = dict[str, tuple[str, str]]
"""Kind and statement of each object of a schema, by its name."""

_SLICE_VIEWS = "SELECT view_name, slice_type FROM slice_views WHERE view_name IS NOT NULL"

_QUOTED_OR_SPACE = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|(?:--[^\n]*|\s)+""")

_TEXT = r"(?:'(?:[^']|'')*'|CAST\(x'[0-9a-f]*' AS TEXT\))"
_VALUE = rf"(?:item\.json ->> {_TEXT}|\(SELECT value FROM json_each\(item\.json\) WHERE key = {_TEXT}\)|item\.payload)"
_COLUMNS = rf'(?:, {_VALUE} AS (?:"(?:[^"]|"")*"|\w+))*'
"""Columns of a slice class's view: each is a key of the item, and reads nothing else."""


def check_schema(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Tables, indexes, views and triggers that are missing, different, or none of a bundle's."""
    expected, found = _expected_schema(), _objects(connection)
    yield from _differences(expected, found)
    own = dict(connection.execute(_SLICE_VIEWS).fetchall()) if "slice_views" in found else {}
    for name in sorted(found.keys() - expected.keys()):
        kind, sql = found[name]
        if kind != "view" or name not in own:
            yield Finding(f"the {kind} {name} is none of a bundle's")
        elif not _is_slice_view(sql, own[name]):
            yield Finding(f"the view {name} is not one of a slice class")


def check_own_schema(connection: sqlite3.Connection) -> Iterator[Finding]:
    """The same without what is none of a bundle's, which may be its owner's."""
    return _differences(_expected_schema(), _objects(connection))


def _differences(expected: _Objects, found: _Objects) -> Iterator[Finding]:
    for name in sorted(expected):
        if name not in found:
            yield Finding(f"the {expected[name][0]} {name} is missing")
        elif found[name] != expected[name]:
            yield Finding(f"the {found[name][0]} {name} is not the one that the schema says")


def _is_slice_view(sql: str, slice_type: str) -> bool:
    """Whether a view has the items of that class, and of each item nothing but its keys."""
    frame = re.escape(_plain(read_sql("slice_view.sql").rstrip().removesuffix(";")))
    for place, pattern in (
        ("view", r'(?:"(?:[^"]|"")*"|\w+)'),
        ("columns", _COLUMNS),
        ("slice_type", re.escape(literal(slice_type))),
    ):
        frame = frame.replace(re.escape(f"{{{place}}}"), pattern)
    return re.fullmatch(frame, sql) is not None


def _expected_schema() -> _Objects:
    with closing(sqlite3.connect(":memory:")) as empty:
        create_schema(empty)
        return _objects(empty)


def _objects(connection: sqlite3.Connection) -> _Objects:
    return {name: (kind, _plain(sql)) for kind, name, sql in connection.execute(_SCHEMA)}


def _plain(sql: str) -> str:
    """A statement without its comments, which may say more in a later release, and with single spaces."""
    return _QUOTED_OR_SPACE.sub(lambda found: found[1] or " ", sql)
