"""Find private keys that log records cut: a record for each line, or for a part of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ...secret_detection.pem_blocks import PemAcrossTexts
from .table_reading import RowBatch

_MARK = b"PRIVATE KEY"
_COLUMNS = ("message", "context")
_BETWEEN = "SELECT CAST({} AS BLOB) FROM logs WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
_FOLLOWING = "SELECT CAST({} AS BLOB) FROM logs WHERE rowid > ? ORDER BY rowid LIMIT 400"
_SHORTEST = 8
"""Bytes of the shortest part of a key that is searched for; a shorter one is part of too much."""


def cut_key_parts(connection: sqlite3.Connection, rows: RowBatch) -> Iterator[tuple[bytes, tuple[str, str]]]:
    """Yield the parts of keys that begin in these log records, and go on in others, each with its rule and kind."""
    for column in _COLUMNS:
        cells = zip(rows.keys, rows.columns[column], strict=True)
        begun = [rowid for (rowid,), cell in cells if cell and _MARK in cell]
        if not begun:
            continue
        texts = [text or b"" for (text,) in connection.execute(_BETWEEN.format(column), (begun[0], begun[-1]))]
        texts += [text or b"" for (text,) in connection.execute(_FOLLOWING.format(column), (begun[-1],))]
        for text, found in zip(texts, PemAcrossTexts().found(texts), strict=True):
            for each in found:
                part = text[each.start : each.end]
                if len(part) >= _SHORTEST:
                    yield part, (each.rule, each.kind)
