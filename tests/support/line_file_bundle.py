"""The bundle of one file of lines, compared with the file line by line."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from support.artifact_samples import sqlite_connection
from wink_debug_bundle import DebugBundle
from wink_debug_bundle.database.schema_files import views_of
from wink_debug_bundle.database.shared_text import TEXTS
from wink_debug_bundle.explore.saved_queries import saved_queries


def exact_value(text: str) -> Any:
    """Return the value of the JSON text with every digit of its numbers, and without the order of keys."""
    return json.loads(text, parse_float=_number, parse_int=_number, object_pairs_hook=_sorted_object)


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent over 64 bits
        return text


def _sorted_object(pairs: list[tuple[str, Any]]) -> tuple[Any, ...]:
    return ("object", sorted(pairs, key=repr))


class LineFileBundle:
    """All rows of the bundle of one file."""

    def __init__(self, name: str, data: bytes, kind: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, name)
            source.write_bytes(data)
            named: dict[str, Any] = {kind: [source]}
            with DebugBundle.from_artifacts(Path(folder, "out.db"), **named):
                pass
            with sqlite_connection(Path(folder, "out.db")) as bundle:
                tables = bundle.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                self.rows = {table: self._all(bundle, table) for (table,) in tables}
                self.json_valid = self._json_valid(bundle)
                self.views = [len(bundle.execute(f"SELECT * FROM {view}").fetchall()) for view in self._views(bundle)]
                for query in saved_queries():
                    bundle.execute(query.sql, dict.fromkeys(query.parameters, "")).fetchall()
                self.dangling = bundle.execute("PRAGMA foreign_key_check").fetchall()
        self.lines = data.split(b"\n")[: data.count(b"\n") + (not data.endswith(b"\n") and bool(data))]
        self.size = len(data)

    @staticmethod
    def _all(bundle: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
        cursor = bundle.execute(f"SELECT * FROM {table}")
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    @staticmethod
    def _views(bundle: sqlite3.Connection) -> list[str]:
        return [name for (name,) in bundle.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]

    @staticmethod
    def _json_valid(bundle: sqlite3.Connection) -> bool:
        columns = {
            "logs": ("context", "extra"),
            "slice_items": ("payload",),
            "snapshots": ("envelope",),
            "sessions": ("tags",),
            "tool_invocations": ("params", "result_value"),
            "prompt_events": ("tool_names", "result"),
        }
        return all(
            bundle.execute(
                f"SELECT coalesce(min(json_valid({name})), 1) FROM {table} WHERE {name} IS NOT NULL"
            ).fetchone()
            == (1,)
            for table, names in columns.items()
            for name in names
        )

    def statuses(self) -> list[str]:
        """Return the status of each line, in order."""
        return [entry["status"] for entry in self.rows["ledger"] for _ in range(entry["first"], entry["last"] + 1)]

    def assert_ledger_complete(self) -> None:
        """Assert that the ledger holds each line and each byte exactly once."""
        line, offset = 1, 0
        for entry in self.rows["ledger"]:
            assert (entry["first"], entry["offset"]) == (line, offset)
            line, offset = entry["last"] + 1, offset + entry["length"]
        assert (line - 1, offset) == (len(self.lines), self.size)

    def assert_lines_kept(self) -> None:
        """Assert that each line is blank, or kept with its bytes, or can be rebuilt in full from its rows."""
        problems = {row["line"]: row for row in self.rows["problems"]}
        raws = {row["line"]: row["raw"] for row in self.rows["raw_records"]}
        for number, (line, status) in enumerate(zip(self.lines, self.statuses(), strict=True), 1):
            if status == "blank":
                assert not line.strip()
            elif status == "malformed":
                assert problems[number]["raw"] == line
            elif number in raws:
                assert raws[number] == line
            else:
                assert exact_value(self.rebuilt_record(number)) == exact_value(line.decode("utf-8-sig"))

    def rebuilt_record(self, line: int) -> str:
        """Return the JSON text of a line's record, put together from its rows."""
        for row in self.rows["logs"]:
            if row["line"] == line:
                return self._rebuilt_log(row)
        [row] = [row for row in self.rows["snapshots"] if row["line"] == line]
        return self._rebuilt_snapshot(row)

    @staticmethod
    def _rebuilt_log(row: dict[str, Any]) -> str:
        texts = {key: row[key] for key in ("timestamp", "level", "logger", "event", "message") if row[key] is not None}
        parts = [json.dumps(texts)[1:-1]]
        if row["context"] is not None:
            parts.append(f'"context": {row["context"]}')
        if row["extra"] is not None:
            parts.append(row["extra"][1:-1])
        return "{" + ", ".join(parts) + "}"

    def _rebuilt_snapshot(self, row: dict[str, Any]) -> str:
        envelope = json.loads(row["envelope"], object_pairs_hook=dict)
        items = [item["payload"] for item in self.rows["slice_items"] if item["snapshot_id"] == row["id"]]
        taken = iter(items)

        def text(value: Any, *, at: str = "") -> str:
            if at == "slices" and isinstance(value, dict):
                return _object(
                    {key: _array(taken, item) if type(item) is int else raw(item) for key, item in value.items()}
                )
            if at == "slices" and isinstance(value, list):
                return "[" + ", ".join(entry(item) for item in value) + "]"
            return raw(value)

        def entry(value: Any) -> str:
            if isinstance(value, dict) and type(value.get("items")) is int:
                return _object({k: _array(taken, v) if k == "items" else raw(v) for k, v in value.items()})
            return raw(value)

        def raw(value: Any) -> str:
            return json.dumps(value)

        return _object({key: text(value, at=key) for key, value in envelope.items()})


def _array(items: Iterator[str], count: int) -> str:
    return "[" + ", ".join(next(items) for _ in range(count)) + "]"


def _object(members: dict[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in members.items()) + "}"


def assert_nothing_is_lost(name: str, kind: str, data: bytes) -> LineFileBundle:
    """Build a bundle of the file, assert that it holds every line and that all can be read, and return it."""
    built = LineFileBundle(name, data, kind)
    built.assert_ledger_complete()
    built.assert_lines_kept()
    assert built.json_valid
    assert built.dangling == []
    views = views_of(shares_text=TEXTS in built.rows)
    assert len(built.views) == len(views) + len(built.rows["slice_views"])
    return built
