"""Names and texts as SQL takes them, whatever is in them."""

from __future__ import annotations


def quoted(name: str) -> str:
    """SQL for the name of a table, a view or a column."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """SQL for a text."""
    if "\0" in text:  # where SQLite would take the statement to end
        return f"CAST(x'{text.encode().hex()}' AS TEXT)"
    return "'" + text.replace("'", "''") + "'"
