"""Drop all free text of a bundle, and keep its structure: rows, names, numbers, times and events."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import apsw
import orjson

from ...database.quoting import quoted
from ...database.shared_text import TEXTS
from ..column_registry import RegisteredTable

RULE = "strict"
_EMPTY = hashlib.sha256(b"").hexdigest()
_APART = {"snapshots": ("envelope",), "problems": ("raw",), "raw_records": ("raw",), "files": ("content",)}
"""Columns whose emptiness would contradict others."""

_OTHERS = {"bundle_meta", "blob_chunks", TEXTS}
"""Tables that are not emptied by column."""

_NOTE = "INSERT INTO temp.changed_rows SELECT"
_NOTE_TEXTS = """
INSERT OR IGNORE INTO temp.changed_bytes
SELECT sha256, :empty, 0, 0, -length(CAST(content AS BLOB)) FROM texts
"""
_OLD_HASHES = """
INSERT OR IGNORE INTO temp.old_hashes SELECT sha256, 0 FROM files WHERE sha256 IS NOT NULL;
INSERT OR IGNORE INTO temp.old_hashes SELECT sha256, 0 FROM run_members WHERE sha256 IS NOT NULL;
INSERT OR IGNORE INTO temp.old_hashes SELECT sha256, 0 FROM blobs;
"""
_EMPTY_BLOBS = """
INSERT OR IGNORE INTO temp.changed_bytes
SELECT sha256, :empty, 0, 0, -size_bytes FROM blobs WHERE sha256 NOT IN (SELECT blob_sha256 FROM zip_parts);
DELETE FROM blob_chunks WHERE sha256 IN (SELECT old FROM temp.changed_bytes);
DELETE FROM blobs WHERE sha256 IN (SELECT old FROM temp.changed_bytes);
INSERT OR IGNORE INTO blobs VALUES (:empty, 0, 0);
"""


class StrictProfile:
    """Empties the columns of a copy, and counts what they had."""

    def __init__(self, connection: apsw.Connection, tables: Mapping[str, RegisteredTable]) -> None:
        self._connection = connection
        self._tables = tables
        self.reasons: Counter[tuple[str, str, str]] = Counter()

    def drop_text(self) -> None:
        """Empty all columns of free text.

        Raises:
            apsw.Error: the copy could not be written.
        """
        self._note_members()
        for table in self._tables.values():
            if table.name not in _OTHERS:
                for column in table.columns("text", "json"):
                    if column not in _APART.get(table.name, ()):
                        self._empty(table, column)
        self._empty_files()
        self._empty_envelopes()
        self._empty_problems()
        self._count("raw_records", "raw", "TRUE")
        self._connection.execute("DELETE FROM raw_records")
        self._count("blob_chunks", "data", "TRUE")
        self._connection.execute(_EMPTY_BLOBS, {"empty": _EMPTY})
        self._connection.execute("UPDATE bundle_meta SET description = NULL, tags = '{}'")
        self._note_all()

    def _count(self, table: str, column: str, condition: str) -> None:
        count: int = self._connection.execute(f"SELECT count(*) FROM {quoted(table)} WHERE {condition}").get
        if count:
            self.reasons[RULE, table, column] += count

    def _empty(self, table: RegisteredTable, column: str) -> None:
        empty = "NULL"
        if column in table.not_null:
            empty = "'null'" if table.words[column] == "json" else "''"
        condition = f"{quoted(column)} IS NOT {empty}"
        self._count(table.name, column, condition)
        self._connection.execute(f"UPDATE {quoted(table.name)} SET {quoted(column)} = {empty} WHERE {condition}")

    def _empty_files(self) -> None:
        """Give all files an empty text; their hashes and sizes are those of it."""
        if TEXTS in self._tables:
            self._count(TEXTS, "content", "content <> ''")
            self._connection.execute(
                "UPDATE file_entries SET sha256 = ?, size_bytes = 0 WHERE sha256 IN (SELECT sha256 FROM texts)",
                (_EMPTY,),
            )
            self._connection.execute("DELETE FROM texts")
            self._connection.execute(
                "INSERT INTO texts SELECT ?, '' WHERE ? IN (SELECT sha256 FROM file_entries)", (_EMPTY, _EMPTY)
            )
        else:
            self._count("files", "content", "content <> ''")
            self._connection.execute(
                "UPDATE files SET content = '', sha256 = ?, size_bytes = 0 WHERE content IS NOT NULL", (_EMPTY,)
            )
        self._connection.execute(
            "UPDATE run_members SET content = '', sha256 = ?, size_bytes = 0, is_json = 0 "
            "WHERE sha256 IS NOT NULL AND blob_sha256 IS NULL",
            (_EMPTY,),
        )

    def _empty_envelopes(self) -> None:
        """Leave of envelopes the classes of slices and the numbers of items, which lines are rebuilt from."""
        rows = self._connection.execute("SELECT id, envelope FROM snapshots").fetchall()
        changed = [(_structure(envelope), number) for number, envelope in rows]
        self.reasons[RULE, "snapshots", "envelope"] += len(changed)
        self._connection.executemany("UPDATE snapshots SET envelope = ? WHERE id = ?", changed)

    def _empty_problems(self) -> None:
        """Leave as many line ends as there were, where a problem has many lines."""
        self._count("problems", "raw", "length(raw) > 0")
        rows: Any = self._connection.execute(
            "SELECT id, coalesce(last_line, line) - line FROM problems WHERE raw IS NOT NULL"
        ).fetchall()
        self._connection.executemany(
            "UPDATE problems SET raw = ? WHERE id = ?", [(b"\n" * (count or 0), number) for number, count in rows]
        )

    def _note_members(self) -> None:
        """Note the files and members that lose their text, with their hashes and the bytes that they lose."""
        execute = self._connection.execute
        execute(_OLD_HASHES)
        if TEXTS in self._tables:
            execute(_NOTE_TEXTS, {"empty": _EMPTY})
        else:
            execute(f"{_NOTE} 'files', id, -size_bytes, 1 FROM files WHERE content IS NOT NULL")
        execute(
            f"{_NOTE} 'run_members', id, -size_bytes, 1 FROM run_members WHERE sha256 IS NOT NULL AND blob_sha256 IS NULL"
        )

    def _note_all(self) -> None:
        """Note that no artifact of lines or members is as it was."""
        self._connection.execute(
            "INSERT OR IGNORE INTO temp.changed_artifacts SELECT id FROM artifacts WHERE status <> 'skipped'"
        )


def _structure(envelope: Any) -> str:
    try:
        slices = orjson.loads(envelope)["slices"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return '{"slices": {}}'
    kept: Any = {}
    if isinstance(slices, dict):
        kept = {key: count for key, count in slices.items() if isinstance(count, int)}
    elif isinstance(slices, list):
        names = ("slice_type", "item_type", "items")
        kept = [
            {key: each[key] for key in names if isinstance(each.get(key), str | int)}
            for each in slices
            if isinstance(each, dict)
        ]
    return json.dumps({"slices": kept})
