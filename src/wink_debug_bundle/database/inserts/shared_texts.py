"""Insert files into a bundle that shares text: the text into one table, once, and all else into another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import apsw

from ...rows import FileRow, SqlValue
from ..shared_text import ENTRIES, TEXTS

_CONTENT, _SHA256 = FileRow._fields.index("content"), FileRow._fields.index("sha256")
_KEPT = tuple(name for name in FileRow._fields if name != "content")

_INSERT_TEXT = f"INSERT OR IGNORE INTO {TEXTS}(sha256,content) VALUES(?,?)"
_INSERT_ENTRY = f"INSERT INTO {ENTRIES}({','.join(_KEPT)}) VALUES({','.join('?' * len(_KEPT))})"


def insert_sharing(connection: apsw.Connection, rows: Iterable[Sequence[SqlValue]]) -> None:
    """Insert rows of files; the unique index of the texts knows which are there already, however many they are.

    Raises:
        apsw.Error: rows could not be written.
    """
    rows = list(rows)
    texts = {row[_SHA256]: row[_CONTENT] for row in rows if row[_CONTENT] is not None}
    connection.executemany(_INSERT_TEXT, texts.items())
    connection.executemany(_INSERT_ENTRY, ((*row[:_CONTENT], *row[_CONTENT + 1 :]) for row in rows))
