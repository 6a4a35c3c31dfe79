"""Create the views of slice classes: one for each class in a bundle, with columns for the keys of its items.

They are created at the end of a build from the keys that readers found (the table `slice_keys`), or later from the items
themselves. `slice_view.sql` is their common part; `slice_names.py` names them and their columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from ..quoting import literal, quoted
from ..schema_files import TABLES, VIEWS, read_sql, table_sql, view_sql
from .slice_names import LEADING, PAYLOAD, column_names, view_names

MOST_VIEWS = 1_000
MOST_COLUMNS = 2_000 - len(LEADING) - 1
"""Columns for keys in one view: SQLite allows 2,000 columns."""
MOST_COLUMNS_TOGETHER = 20_000
"""Columns for keys in all views: every program that opens the bundle parses their SQL first."""

_LONGEST_KEY = 300
"""Characters of a key; longer keys have no column."""

_SLICE_TYPES = "SELECT DISTINCT slice_type FROM slice_keys ORDER BY slice_type LIMIT ?"
_KEYS = """
SELECT key, count(*) OVER () FROM slice_keys
WHERE slice_type = ? AND part = 'key'
ORDER BY length(key) > ?, key LIKE '|_|_%' ESCAPE '|', key
LIMIT ?
"""
_HAS_OTHERS = "SELECT EXISTS (SELECT 1 FROM slice_keys WHERE slice_type = ? AND part = 'other')"


@dataclass(frozen=True, slots=True)
class SliceClass:
    """The keys of one slice class's items; `keys` are those that become columns."""

    slice_type: str
    keys: Sequence[str]
    key_count: int
    has_others: bool
    """Whether some of the items are not JSON objects."""


def read_slice_classes(connection: apsw.Connection) -> list[SliceClass]:
    """Return the classes that get a view, from the keys that readers found."""
    rows: list[tuple[Any, ...]]
    slice_classes: list[SliceClass] = []
    columns_left = MOST_COLUMNS_TOGETHER
    for (slice_type,) in connection.execute(_SLICE_TYPES, (MOST_VIEWS,)).fetchall():
        rows = connection.execute(_KEYS, (slice_type, _LONGEST_KEY, min(MOST_COLUMNS, max(columns_left, 1)))).fetchall()
        keys = [key for key, _ in rows if len(key) <= _LONGEST_KEY and "\0" not in key and columns_left > 0]
        key_count = rows[0][1] if rows else 0
        has_others = bool(connection.execute(_HAS_OTHERS, (slice_type,)).get)
        slice_classes.append(SliceClass(str(slice_type), keys, key_count, has_others))
        columns_left -= len(keys)
    return slice_classes


def has_slice_views(connection: apsw.Connection) -> bool:
    """Return whether the bundle was built with these views."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'slice_views')").get)


def renew_slice_views(connection: apsw.Connection) -> None:
    """Create the views of a finished bundle again, which reads all of its items."""
    if has_slice_views(connection):
        for (name,) in connection.execute("SELECT view_name FROM slice_views WHERE view_name IS NOT NULL").fetchall():
            connection.execute(f"DROP VIEW IF EXISTS {quoted(str(name))}")
        connection.execute("DELETE FROM slice_views")
    else:
        connection.execute(table_sql("slice_views"))
        connection.execute(view_sql("last_snapshots"))
    connection.execute(read_sql("staging", "slice_keys.sql"))
    connection.execute(read_sql("slices", "keys_of_items.sql"))
    create_slice_views(connection, read_slice_classes(connection))
    connection.execute("DROP TABLE slice_keys")


def create_slice_views(connection: apsw.Connection, slice_classes: Sequence[SliceClass]) -> None:
    """Create the views of the classes, and fill the table that lists them."""
    names = view_names((slice_class.slice_type for slice_class in slice_classes), (*TABLES, *VIEWS))
    connection.execute(read_sql("slices", "list_slice_views.sql"))
    for slice_class in sorted(slice_classes, key=lambda slice_class: names[slice_class.slice_type].lower()):
        name = names[slice_class.slice_type]
        connection.execute(slice_view_sql(name, slice_class))
        connection.execute(
            "UPDATE slice_views SET view_name = ?, key_count = ?, column_count = ? WHERE slice_type = ?",
            (name, slice_class.key_count, len(slice_class.keys), slice_class.slice_type),
        )


def slice_view_sql(name: str, slice_class: SliceClass) -> str:
    """Return the statement that creates the view of a class."""
    shown, count = len(slice_class.keys), slice_class.key_count
    extent = "a column for each key that any item has"
    if shown < count:
        extent = f"columns for {shown:,} of the {count:,} keys that items have; payload holds the others"
    return read_sql("slices", "slice_view.sql").format(
        view=quoted(name),
        extent=extent,
        title=_in_comment(slice_class.slice_type),
        columns="".join(_columns(slice_class)),
        slice_type=literal(slice_class.slice_type),
    )


def _columns(slice_class: SliceClass) -> Iterator[str]:
    """Yield the SQL of each column, preceded by the comma and the comment that end the line of the column before."""
    comment = "Position in the slice, from 0."
    for key, name in column_names(slice_class.keys).items():
        yield f",  -- {comment}\n    {_value(key)} AS {quoted(name)}"
        comment = f"The item's {_in_comment(key)}." if key else "The item's value at the empty key."
    if slice_class.has_others or slice_class.key_count > len(slice_class.keys):
        yield f",  -- {comment}\n    item.payload AS {PAYLOAD}"
        comment = "JSON of the whole item, which may have keys without a column or not be an object."
    yield f"  -- {comment}"


def _value(key: str) -> str:
    """Return SQL for the value of a key: text and integers within 64 bits unchanged, an object or array as JSON.

    By a path, SQLite 3.40 finds only keys that the JSON contains without escapes. The others, and those that some writers
    escape, are searched for.
    """
    if key and not any(char in '"\\' or not " " <= char < "\x7f" for char in key):
        path = f'$."{key}"'
        return f"item.json ->> {literal(path)}"
    return f"(SELECT value FROM json_each(item.json) WHERE key = {literal(key)})"


def _in_comment(text: str) -> str:
    """Return a text that fits into a comment of one line."""
    shown = "".join(char if char.isprintable() else "\ufffd" for char in text[:200])
    return shown + ("…" if len(text) > len(shown) else "")
