"""Write changed rows and blobs into the copy of a bundle, and note what has to follow."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import apsw

from ...database.quoting import quoted
from ...database.writing import transaction
from ..column_registry import RegisteredTable
from ..passes.scan_settings import BlobChunk, ChangedBlob, ChangedRow, ChangedRows, Message
from .following_sql import following_sql

_PENDING = "pending:"
_HASHED = {"files": "sha256", "run_members": "sha256", "texts": "sha256"}
"""Tables with a text whose hash is a column."""

_OLD_HASH = """
INSERT OR IGNORE INTO temp.old_hashes
SELECT sha256, {is_of_manifest} FROM {table} WHERE rowid = ? AND sha256 IS NOT NULL
"""
_OF_MANIFESTS = {"run_members": "integrity = 'manifest'"}
_NOTE_ROW = "INSERT INTO temp.changed_rows VALUES (?, ?, ?, ?)"
_NOTE_BYTES = "INSERT OR REPLACE INTO temp.changed_bytes VALUES (?, ?, ?, ?, ?)"


class AppliedChanges:
    """Applies the changes of passes, and counts them."""

    def __init__(self, connection: apsw.Connection, tables: Mapping[str, RegisteredTable]) -> None:
        self._connection = connection
        self._tables = tables
        self.reasons: Counter[tuple[str, str, str]] = Counter()
        self.tokens: dict[bytes, bytes] = {}
        connection.execute(following_sql("change_log"))

    def apply_all(self, messages: Iterable[Message]) -> None:
        """Write what messages say into the copy, in one transaction.

        Raises:
            apsw.Error: it could not be written.
        """
        with transaction(self._connection):
            for message in messages:
                self.apply(message)

    def apply(self, message: Message) -> None:
        """Write what a message says into the copy; messages without changes are ignored.

        Raises:
            apsw.Error: it could not be written.
        """
        if isinstance(message, ChangedRows):
            self._note(message.reasons, message.tokens)
            self._apply_rows(self._tables[message.table], message.rows)
        elif isinstance(message, BlobChunk):
            key = _PENDING + message.old
            self._connection.execute("INSERT INTO blob_chunks VALUES (?, ?, ?)", (key, message.seq, message.frame))
        elif isinstance(message, ChangedBlob):
            self._note(message.reasons, message.tokens)
            self._apply_blob(message)

    def _note(self, reasons: Counter[tuple[str, str, str]], tokens: dict[bytes, bytes]) -> None:
        self.reasons += reasons
        self.tokens |= tokens

    def _apply_rows(self, table: RegisteredTable, rows: list[ChangedRow]) -> None:
        if table.name == "raw_records":  # a line is made from its columns then
            self._connection.executemany("DELETE FROM raw_records WHERE artifact_id = ? AND line = ?", _keys(rows))
            lines = [(*row.key, row.growth) for row in rows]
            self._connection.executemany("INSERT OR REPLACE INTO temp.changed_lines VALUES (?, ?, ?)", lines)
            return
        for columns, same in groupby(sorted(rows, key=_columns), key=_columns):
            self._update(table, columns, list(same))
        if not table.is_rowless:
            texts = set(table.columns("text", "json"))
            noted = [(table.name, row.key[0], row.growth, not texts.isdisjoint(row.values)) for row in rows]
            self._connection.executemany(_NOTE_ROW, noted)

    def _update(self, table: RegisteredTable, columns: tuple[str, ...], rows: list[ChangedRow]) -> None:
        """Set the columns of rows; where these have the hash and size of a text, set them, too."""
        keys = table.keys if table.is_rowless else ("rowid",)
        sets = [f"{quoted(name)} = {'?' if name in table.blobs else 'CAST(? AS TEXT)'}" for name in columns]
        values: list[tuple[Any, ...]] = [tuple(row.values[name] for name in columns) for row in rows]
        if table.name in _HASHED and "content" in columns:
            place = columns.index("content")
            of_manifest = _OF_MANIFESTS.get(table.name, "0")
            sql = _OLD_HASH.format(table=table.name, is_of_manifest=of_manifest)
            self._connection.executemany(sql, _keys(rows))
            sets.append("sha256 = ?")
            if table.name == "texts":
                self._note_texts(rows)
            else:
                sets.append("size_bytes = ?")
            values = [(*each, *_hash_and_size(each[place], has_size=table.name != "texts")) for each in values]
        where = " AND ".join(f"{quoted(key)} = ?" for key in keys)
        sql = f"UPDATE OR REPLACE {quoted(table.name)} SET {', '.join(sets)} WHERE {where}"
        self._connection.executemany(sql, [(*each, *row.key) for each, row in zip(values, rows, strict=True)])

    def _note_texts(self, rows: list[ChangedRow]) -> None:
        for row in rows:
            old = self._connection.execute("SELECT sha256 FROM texts WHERE rowid = ?", row.key).get
            text = row.values["content"]
            noted = (old, hashlib.sha256(text).hexdigest(), len(text), zlib.crc32(text), row.growth)
            self._connection.execute(_NOTE_BYTES, noted)

    def _apply_blob(self, blob: ChangedBlob) -> None:
        execute = self._connection.execute
        pending = _PENDING + blob.old
        old_size: int = execute("SELECT size_bytes FROM blobs WHERE sha256 = ?", (blob.old,)).get
        if execute("SELECT 1 FROM blobs WHERE sha256 = ?", (blob.new,)).get is None:
            execute("UPDATE blob_chunks SET sha256 = ? WHERE sha256 = ?", (blob.new, pending))
            execute("INSERT INTO blobs VALUES (?, ?, ?)", (blob.new, blob.size, blob.chunk_count))
        else:
            execute("DELETE FROM blob_chunks WHERE sha256 = ?", (pending,))
        if blob.old != blob.new:
            execute("DELETE FROM blob_chunks WHERE sha256 = ?", (blob.old,))
            execute("DELETE FROM blobs WHERE sha256 = ?", (blob.old,))
        execute(_NOTE_BYTES, (blob.old, blob.new, blob.size, blob.crc, blob.size - old_size))
        execute("INSERT OR IGNORE INTO temp.old_hashes VALUES (?, 0)", (blob.old,))


def _keys(rows: list[ChangedRow]) -> list[tuple[int | str, ...]]:
    return [row.key for row in rows]


def _columns(row: ChangedRow) -> tuple[str, ...]:
    return tuple(sorted(row.values))


def _hash_and_size(text: bytes, *, has_size: bool) -> tuple[str | int, ...]:
    digest = hashlib.sha256(text).hexdigest()
    return (digest, len(text)) if has_size else (digest,)
