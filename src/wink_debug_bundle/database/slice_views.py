"""The views of slice classes: one for each class that a bundle holds, with a column for each key of its items.

They are made at the end of a build, of what its readers saw (`slice_keys`), or of the items themselves:
`slice_view.sql` is what they all have, `slice_names.py` says how they and their columns are called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from .quoting import literal, quoted
from .schema_files import TABLES, VIEWS, read_sql, table_sql, view_sql
from .slice_names import LEADING, WHOLE, column_names, view_names

MOST_VIEWS = 1_000
MOST_COLUMNS = 2_000 - len(LEADING) - 1
"""Of one view: SQLite allows 2,000."""
MOST_COLUMNS_TOGETHER = 20_000
"""Of all views: whoever opens the bundle reads their text first."""

_LONGEST_KEY = 300
"""Characters; a key that is longer has no column."""

_LISTED = "SELECT DISTINCT slice_type FROM slice_keys ORDER BY slice_type LIMIT ?"
_KEYS = """
SELECT key, count(*) OVER () FROM slice_keys
WHERE slice_type = ? AND part = 'key'
ORDER BY length(key) > ?, key LIKE '|_|_%' ESCAPE '|', key
LIMIT ?
"""
_HAS_OTHERS = "SELECT EXISTS (SELECT 1 FROM slice_keys WHERE slice_type = ? AND part = 'other')"


@dataclass(frozen=True, slots=True)
class SliceClass:
    """What the items of one class look like; `keys` are those that become columns."""

    slice_type: str
    keys: Sequence[str]
    key_count: int
    has_others: bool
    """Whether some of the items are no objects."""


def read_slice_classes(connection: apsw.Connection) -> list[SliceClass]:
    """What the readers took down of the classes that get a view."""
    rows: list[tuple[Any, ...]]
    slice_classes: list[SliceClass] = []
    room = MOST_COLUMNS_TOGETHER
    for (slice_type,) in connection.execute(_LISTED, (MOST_VIEWS,)).fetchall():
        rows = connection.execute(_KEYS, (slice_type, _LONGEST_KEY, min(MOST_COLUMNS, max(room, 1)))).fetchall()
        keys = [key for key, _ in rows if len(key) <= _LONGEST_KEY and "\0" not in key and room > 0]
        key_count = rows[0][1] if rows else 0
        has_others = bool(connection.execute(_HAS_OTHERS, (slice_type,)).get)
        slice_classes.append(SliceClass(str(slice_type), keys, key_count, has_others))
        room -= len(keys)
    return slice_classes


def has_slice_views(connection: apsw.Connection) -> bool:
    """Whether the bundle was built with these views."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'slice_views')").get)


def renew_slice_views(connection: apsw.Connection) -> None:
    """Make the views of a finished bundle again, of the items themselves: that reads all of them."""
    if has_slice_views(connection):
        for (name,) in connection.execute("SELECT view_name FROM slice_views WHERE view_name IS NOT NULL").fetchall():
            connection.execute(f"DROP VIEW IF EXISTS {quoted(str(name))}")
        connection.execute("DELETE FROM slice_views")
    else:
        connection.execute(table_sql("slice_views"))
        connection.execute(view_sql("last_snapshots"))
    connection.execute(read_sql("staging", "slice_keys.sql"))
    connection.execute(read_sql("keys_of_items.sql"))
    create_slice_views(connection, read_slice_classes(connection))
    connection.execute("DROP TABLE slice_keys")


def create_slice_views(connection: apsw.Connection, slice_classes: Sequence[SliceClass]) -> None:
    """Create the views of the classes, and the table that lists them."""
    names = view_names((slice_class.slice_type for slice_class in slice_classes), (*TABLES, *VIEWS))
    connection.execute(read_sql("list_slice_views.sql"))
    for slice_class in sorted(slice_classes, key=lambda slice_class: names[slice_class.slice_type].lower()):
        name = names[slice_class.slice_type]
        connection.execute(slice_view_sql(name, slice_class))
        connection.execute(
            "UPDATE slice_views SET view_name = ?, key_count = ?, column_count = ? WHERE slice_type = ?",
            (name, slice_class.key_count, len(slice_class.keys), slice_class.slice_type),
        )


def slice_view_sql(name: str, slice_class: SliceClass) -> str:
    """The statement that creates the view of a class."""
    return read_sql("slice_view.sql").format(
        view=quoted(name),
        title=_in_comment(slice_class.slice_type),
        columns="".join(_columns(slice_class)),
        slice_type=literal(slice_class.slice_type),
    )


def _columns(slice_class: SliceClass) -> Iterator[str]:
    """The columns of the keys, each with the comma before it and the comment of the column before that."""
    comment = "Position in the slice, from 0."
    for key, name in column_names(slice_class.keys).items():
        yield f",  -- {comment}\n    {_value(key)} AS {quoted(name)}"
        comment = f"The item's {_in_comment(key)}." if key else "The item's value without a name."
    if slice_class.has_others or slice_class.key_count > len(slice_class.keys):
        yield f",  -- {comment}\n    item.payload AS {WHOLE}"
        comment = "JSON of the item, also of one that is no object, and of keys without a column."
    yield f"  -- {comment}"


def _value(key: str) -> str:
    """The value of a key: a scalar as it is, an object or array as JSON.

    SQLite 3.40 finds only keys that stand in the JSON as they are by their path, so the others are looked for.
    """
    if key and not any(char in '"\\' or char < " " for char in key):
        path = f'$."{key}"'
        return f"item.json ->> {literal(path)}"
    return f"(SELECT value FROM json_each(item.json) WHERE key = {literal(key)})"


def _in_comment(text: str) -> str:
    """A text in a comment, which a line end would end."""
    shown = "".join(char if char.isprintable() else "\ufffd" for char in text[:200])
    return shown + ("…" if len(text) > len(shown) else "")
