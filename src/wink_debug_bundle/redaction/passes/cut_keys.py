"""Find private keys that log records cut: a record for each line, or for a part of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from ...secret_detection.pem_blocks import PemAcrossTexts
from .table_reading import CellRow

_MARK = b"PRIVATE KEY"
_COLUMNS = ("message", "context")
_FOLLOWING = "SELECT CAST({} AS BLOB) FROM logs WHERE rowid > ? ORDER BY rowid LIMIT 400"
_SHORTEST = 8
"""Bytes of the shortest part of a key that is searched for; a shorter one is part of too much."""


def cut_key_parts(
    connection: sqlite3.Connection, columns: Sequence[str], rows: Sequence[CellRow]
) -> Iterator[tuple[bytes, tuple[str, str]]]:
    """Yield the parts of keys that begin in these log records, and go on in others, each with its rule and kind."""
    for column in _COLUMNS:
        place = columns.index(column)
        texts = [row.cells[place] or b"" for row in rows]
        if not any(_MARK in text for text in texts):
            continue
        following = connection.execute(_FOLLOWING.format(column), rows[-1].key)
        texts += [text or b"" for (text,) in following]
        for text, found in zip(texts, PemAcrossTexts().found(texts), strict=True):
            for each in found:
                part = text[each.start : each.end]
                if len(part) >= _SHORTEST:
                    yield part, (each.rule, each.kind)
