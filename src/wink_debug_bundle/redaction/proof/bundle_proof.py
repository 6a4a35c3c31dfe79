"""Prove that a redacted bundle has nothing of what was looked for: in its cells, in its blobs, in the bytes of its file."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from ...database.connection import open_immutable
from ...database.quoting import quoted
from ...pipeline.progress import Meter
from ..column_registry import RegisteredTable
from ..passes.known_secrets import WORD_RULE
from ..passes.scan_settings import LeftOver, Message, Scanned, ScanSettings
from ..redaction_options import RedactionLeftoverError
from .file_proof import pieces_in_file, pieces_in_texts, pieces_of

_MOST_SHOWN = 10
_OBJECTS = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite|_%' ESCAPE '|'"


def prove(settings: ScanSettings, messages: Iterable[Message], path: Path, meter: Meter, jobs: int) -> None:
    """Check what a scan of the new bundle found, its schema, and the bytes of its file.

    Args:
        settings: What was looked for.
        messages: What the scan of all cells and blobs found.
        path: The new bundle.
        meter: Is told how far the scan is.
        jobs: How many threads search the bytes of the file.

    Raises:
        RedactionLeftoverError: something is left; the message names places, rules and counts.
    """
    left: Counter[tuple[str, str, str]] = Counter()
    for message in messages:
        if isinstance(message, Scanned):
            meter.advance(message.size)
        elif isinstance(message, LeftOver):
            left += message.reasons
    pieces = pieces_in_file(path, pieces_of(settings.literals), jobs)
    if pieces:
        with closing(open_immutable(path)) as connection:
            pieces -= pieces_in_texts(_all_texts(connection), pieces)
    if pieces:
        left["piece", "the file", "its raw bytes"] += len(pieces)
    if left:
        raise RedactionLeftoverError(*_lines(left), *_advice(left, settings.tables))


def _lines(left: Counter[tuple[str, str, str]]) -> Iterator[str]:
    yield f"{sum(left.values()):,} values are left that should have been replaced, and no file was written:"
    for (rule, table, column), count in left.most_common(_MOST_SHOWN):
        yield f"  {table}.{column}: {rule}, {count:,} times"
    if len(left) > _MOST_SHOWN:
        yield f"  and {len(left) - _MOST_SHOWN:,} more places"


def _advice(left: Iterable[tuple[str, str, str]], tables: Mapping[str, RegisteredTable]) -> Iterator[str]:
    """Yield what to do about words of the user that are fixed words of bundles, too."""
    if any(
        rule == WORD_RULE and table in tables and column in tables[table].columns("keep", "rehash")
        for rule, table, column in left
    ):
        yield "Columns that are kept have these words: leave them out of the list of words"


def _all_texts(connection: sqlite3.Connection) -> Iterator[bytes]:
    """Yield the values of all tables, and the schema."""
    for name, sql in connection.execute(_OBJECTS):
        yield f"{name} {sql}".encode()
    for (table,) in connection.execute(_TABLES).fetchall():
        try:
            rows = connection.execute(f"SELECT * FROM {quoted(table)}")
        except sqlite3.Error:  # a virtual table, whose module is missing
            continue
        for row in rows:
            for value in row:
                if isinstance(value, str):
                    yield value.encode()
                elif isinstance(value, bytes):
                    yield value
