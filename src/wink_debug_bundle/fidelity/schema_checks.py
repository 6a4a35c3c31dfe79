"""Check whether a bundle's tables, indexes and views are those of its schema version."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache, lru_cache

from ..database.quoting import literal
from ..database.schema_files import create_schema, read_sql
from ..database.search_index import SEARCH_OBJECTS, has_search_index, has_search_objects
from ..database.shared_text import has_shared_text
from .findings import Finding

_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
_Objects = dict[str, tuple[str, str]]
"""Kind and SQL statement of each object of a schema, by name."""

_SLICE_VIEWS = "SELECT view_name, slice_type FROM slice_views WHERE view_name IS NOT NULL"

_QUOTED_OR_SPACE = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|(?:--[^\n]*|\s)+""")

_SHORT = 10_000
"""Characters of an SQL statement that is short."""

_TEXT = r"(?:'(?:[^']|'')*'|CAST\(x'[0-9a-f]*' AS TEXT\))"
_VALUE = rf"(?:item\.json ->> {_TEXT}|\(SELECT value FROM json_each\(item\.json\) WHERE key = {_TEXT}\)|item\.payload)"
_COLUMNS = rf'(?:, {_VALUE} AS (?:"(?:[^"]|"")*"|\w+))*'
"""Columns of a slice class's view: each reads one key of the item and nothing else."""


def check_schema(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield tables, indexes, views and triggers that are missing, changed, or not part of the schema."""
    expected, found = _expected_schema(shares_text=has_shared_text(connection)), _objects(connection)
    if "digests" in found:  # else an earlier release built the bundle, whose tables had fewer columns
        yield from _differences(expected, found)
    slice_views = dict(connection.execute(_SLICE_VIEWS).fetchall()) if "slice_views" in found else {}
    if has_search_objects(connection) and not has_search_index(connection):
        yield Finding(
            "the search index is not one that this release makes; make it again with: wink-debug-bundle index"
        )
    for name in sorted(found.keys() - expected.keys() - SEARCH_OBJECTS):
        kind, sql = found[name]
        if kind != "view" or name not in slice_views:
            yield Finding(f"the {kind} {name} is not part of the schema")
        elif not _is_slice_view(sql, slice_views[name]):
            yield Finding(f"the view {name} is not the view of a slice class")


def check_own_schema(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Return what is missing or changed. Further tables and views are accepted, as the bundle's owner may add some."""
    return _differences(_expected_schema(shares_text=has_shared_text(connection)), _objects(connection))


def _differences(expected: _Objects, found: _Objects) -> Iterator[Finding]:
    """Yield the expected objects that are missing or changed."""
    for name in sorted(expected):
        if name not in found:
            yield Finding(f"the {expected[name][0]} {name} is missing")
        elif found[name] != expected[name]:
            yield Finding(f"the {found[name][0]} {name} differs from the schema")


def _is_slice_view(sql: str, slice_type: str) -> bool:
    """Return whether a view selects the items of that class, and from each item only its keys."""
    template = re.escape(_normalized(read_sql("slices", "slice_view.sql").rstrip().removesuffix(";")))
    for placeholder, pattern in (
        ("view", r'(?:"(?:[^"]|"")*"|\w+)'),
        ("columns", _COLUMNS),
        ("slice_type", re.escape(literal(slice_type))),
    ):
        template = template.replace(re.escape(f"{{{placeholder}}}"), pattern)
    return re.fullmatch(template, sql) is not None


@cache
def _expected_schema(*, shares_text: bool) -> _Objects:
    """Return the objects of an empty bundle; nothing may change them."""
    with closing(sqlite3.connect(":memory:")) as empty:
        create_schema(empty, shares_text=shares_text)
        return _objects(empty)


def _objects(connection: sqlite3.Connection) -> _Objects:
    """Return the objects of the database's schema."""
    return {name: (kind, _normalized(sql)) for kind, name, sql in connection.execute(_SCHEMA)}


def _normalized(sql: str) -> str:
    """Return an SQL statement with single spaces and without comments, as a release may reword these.

    Short ones are remembered: all bundles have most of them.
    """
    return _normalized_short(sql) if len(sql) <= _SHORT else _without_comments(sql)


@lru_cache(maxsize=256)
def _normalized_short(sql: str) -> str:
    return _without_comments(sql)


def _without_comments(sql: str) -> str:
    return _QUOTED_OR_SPACE.sub(lambda match: match[1] or " ", sql)
