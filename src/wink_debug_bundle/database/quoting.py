"""Quote names and texts for SQL, whatever characters they contain."""

from __future__ import annotations


def quoted(name: str) -> str:
    """Return SQL for the name of a table, a view or a column."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return SQL for a text value."""
    if "\0" in text:  # SQLite reads a statement only up to a NUL
        return f"CAST(x'{text.encode().hex()}' AS TEXT)"
    return "'" + text.replace("'", "''") + "'"
