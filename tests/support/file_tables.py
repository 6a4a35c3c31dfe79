"""Change the files of a bundle by SQL, whether `files` is a table or, where text is shared, a view."""

from __future__ import annotations

import re
import sqlite3

from wink_debug_bundle.database.shared_text import has_shared_text

_TEXT = re.compile(r"UPDATE files SET (?=content\b)(.+?) WHERE (.+)")
_ANY = re.compile(r"\b(UPDATE|INSERT INTO|DELETE FROM) files\b")


def on_files(connection: sqlite3.Connection, statement: str) -> str:
    """Return a statement that changes `files` as one that changes the table which has the rows."""
    if not has_shared_text(connection):
        return statement
    of_texts = _TEXT.sub(r"UPDATE texts SET \1 WHERE sha256 = (SELECT sha256 FROM files WHERE \2)", statement)
    return _ANY.sub(r"\1 file_entries", of_texts)
