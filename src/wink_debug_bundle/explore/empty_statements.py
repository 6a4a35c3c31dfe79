"""Leave out empty statements at the end of SQL: `SELECT 1;;` is one statement, but Python's `sqlite3` counts two."""

from __future__ import annotations

import re

_PART = re.compile(
    r"""(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\])"""
    r"""|--[^\n]*|/\*.*?(?:\*/|\Z)|(?P<end>;)|\s+|(?P<other>[^\s;'"`\[/-]+|.)""",
    re.DOTALL,
)


def without_empty_statements(sql: str) -> str:
    """Return the SQL without what follows its first semicolon, if nothing but comments and semicolons follows."""
    first_end = None
    for part in _PART.finditer(sql):
        if first_end is not None and (part["text"] or part["other"]):
            return sql
        if part["end"] and first_end is None:
            first_end = part.end()
    return sql if first_end is None else sql[:first_end]
