"""Read the keys of slice classes back from the views of a bundle, so that no item has to be parsed for them."""

from __future__ import annotations

import re

import apsw

from ..database.schema_files import read_sql

_VIEWS = """
SELECT listed.slice_type, listed.key_count, listed.column_count, object.sql
FROM source.slice_views AS listed
LEFT JOIN source.sqlite_schema AS object ON object.type = 'view' AND object.name = listed.view_name
"""

_TEXT = r"(?:'(?:[^']|'')*'|CAST\(x'[0-9a-f]*' AS TEXT\))"
_KEY = re.compile(
    rf"^    (?:item\.json ->> (?P<path>{_TEXT})|\(SELECT value FROM json_each\(item\.json\) WHERE key = (?P<key>{_TEXT})\))"
    r" AS ",
    re.MULTILINE,
)
"""The column of a key in the view of a class."""

_OTHERS = re.compile(r"^    item\.payload AS payload\b", re.MULTILINE)
"""The column with the whole item, which a view has if some items are no objects, or not all keys have columns."""

_INSERT = "INSERT OR IGNORE INTO main.slice_keys (slice_type, part, key) VALUES (?, ?, ?)"


def note_slice_keys(connection: apsw.Connection) -> bool:
    """Note the keys of the slice classes of the attached bundle; return whether its views name all of them."""
    is_complete = True
    for slice_type, key_count, column_count, sql in connection.execute(_VIEWS).fetchall():
        if sql is None or key_count != column_count:
            is_complete = False
            continue
        text = str(sql)
        keys = [_key_of(connection, match) for match in _KEY.finditer(text)]
        rows = [(slice_type, "key", key) for key in keys]
        if _OTHERS.search(text):
            rows.append((slice_type, "other", ""))
        connection.executemany(_INSERT, [(slice_type, "item", ""), *rows])
        is_complete &= len(keys) == column_count
    return is_complete


def find_slice_keys(connection: apsw.Connection) -> None:
    """Find the keys in the items themselves, which takes seconds for a million items."""
    connection.execute(read_sql("slices", "keys_of_items.sql"))


def _key_of(connection: apsw.Connection, match: re.Match[str]) -> str:
    """Return the key of a column; SQLite reads the literal of its text, which is nothing else."""
    key = str(connection.execute(f"SELECT {match['path'] or match['key']}").get)
    return key if match["path"] is None else key.removeprefix('$."').removesuffix('"')
