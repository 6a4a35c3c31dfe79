"""Whatever lines a file has: the build ends well, and nothing of the file is lost."""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.artifact_samples import (
    PROMPT_EXECUTED,
    PROMPT_RENDERED,
    TOOL_INVOKED,
    executed_event,
    log_record,
    reading,
    rendered_event,
    slice_of,
    snapshot,
    tool_event,
)

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.database.schema_files import VIEWS
from wink_debug_bundle.explore.saved_queries import ready_queries

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.text(st.characters(codec=None), max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


def _json(value: Any, *, ascii_only: bool) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def written(records: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """The records as Python's own writer writes them, one way or the other."""
    return st.builds(lambda record, ascii_only: _json(record, ascii_only=ascii_only), records, ascii_only=st.booleans())


LOG_RECORDS = st.one_of(
    st.builds(lambda context: log_record(context=context), st.dictionaries(st.text(max_size=5), VALUES, max_size=3)),
    st.builds(log_record, context=VALUES, exc_info=VALUES),
    st.builds(log_record, message=st.text(st.characters(codec=None), max_size=20)),
    st.builds(log_record, message=VALUES, level=VALUES, event=VALUES, context=VALUES, exc_info=VALUES),
    st.builds(
        lambda record, gone: {key: value for key, value in record.items() if key != gone},
        st.just(log_record()),
        st.sampled_from(list(log_record())),
    ),
)
EVENTS = {TOOL_INVOKED: tool_event, PROMPT_RENDERED: rendered_event, PROMPT_EXECUTED: executed_event}
EVENT_ITEMS = st.builds(
    lambda kind, changes: slice_of(kind, EVENTS[kind](**changes)),
    st.sampled_from(list(EVENTS)),
    st.dictionaries(
        st.sampled_from(["event_id", "session_id", "params", "result", "usage", "descriptor", "created_at"]), VALUES
    ),
)
SLICES = st.one_of(
    EVENT_ITEMS, st.builds(lambda items: slice_of("app:Item", *items), st.lists(VALUES, max_size=3)), VALUES
)
SNAPSHOTS = st.one_of(
    st.builds(lambda slices: snapshot("s", *slices), st.lists(SLICES, max_size=3)),
    st.builds(lambda slices: snapshot("s", slices=slices), st.dictionaries(st.text(max_size=5), VALUES, max_size=3)),
    st.builds(
        snapshot, slices=VALUES, tags=VALUES, children_ids=VALUES, parent_id=VALUES, created_at=VALUES, extra=VALUES
    ),
)
DAMAGE = st.one_of(
    st.sampled_from(
        [
            b"",
            b" \t\r",
            b"\0" * 50,
            b"{",
            b"[]",
            b"null",
            b"x" + _json(log_record(), ascii_only=True),
            _json(log_record(), ascii_only=True) * 2,
            b"\xef\xbb\xbf",
            b'{"message": "cut off',
            b'{"message": "a", "message": "b", "slices": [], "slices": []}',
            b'{"message": 1e400, "level": 0.30000000000000004441}',
            b'{"message": "' + b"\xff" + b'", "slices": [], "tags": {"session_id": "s"}}',
            b'{"message": ' + b"[" * 600 + b"]" * 600 + b"}",
            b'{"message": ' + b"[" * 300 + b"1180591620717411303424" + b"]" * 300 + b"}",
            b'{"message": ' + b"9" * 5000 + b"}",
        ]
    ),
    st.binary(max_size=30).map(lambda data: data.replace(b"\n", b"")),
)


def files(records: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Files of records and of anything else, but none that begins as a zip or a packed file does."""
    line = st.one_of(written(records), written(records), DAMAGE)
    return st.builds(
        lambda mark, body, ending, last: mark + ending.join(body) + last,
        st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
        st.lists(line, max_size=6),
        st.sampled_from([b"\n", b"\r\n"]),
        st.sampled_from([b"", b"\n", b"\n\n"]),
    ).filter(lambda data: not data.startswith((b"PK", b"\x1f\x8b", b"\x28\xb5")))


def exact(text: str) -> Any:
    """What the JSON text says, to the last digit, without the order of keys."""
    return json.loads(text, parse_float=_number, parse_int=_number, object_pairs_hook=_pairs)


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent over 64 bits
        return text


def _pairs(pairs: list[tuple[str, Any]]) -> tuple[Any, ...]:
    return ("object", sorted(pairs, key=repr))


class Built:
    """A bundle of one file, and all its rows."""

    def __init__(self, name: str, data: bytes, kind: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, name)
            source.write_bytes(data)
            named: dict[str, Any] = {kind: [source]}
            with DebugBundle.from_artifacts(Path(folder, "out.db"), **named):
                pass
            with reading(Path(folder, "out.db")) as bundle:
                tables = bundle.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                self.rows = {table: self._all(bundle, table) for (table,) in tables}
                self.json_valid = self._json_valid(bundle)
                self.views = [len(bundle.execute(f"SELECT * FROM {view}").fetchall()) for view in self._views(bundle)]
                for query in ready_queries():
                    bundle.execute(query.sql, dict.fromkeys(query.parameters, "")).fetchall()
                self.dangling = bundle.execute("PRAGMA foreign_key_check").fetchall()
        self.lines = data.split(b"\n")[: data.count(b"\n") + (not data.endswith(b"\n") and bool(data))]
        self.size = len(data)

    @staticmethod
    def _all(bundle: Any, table: str) -> list[dict[str, Any]]:
        cursor = bundle.execute(f"SELECT * FROM {table}")
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    @staticmethod
    def _views(bundle: Any) -> list[str]:
        return [name for (name,) in bundle.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]

    @staticmethod
    def _json_valid(bundle: Any) -> bool:
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

    def fates(self) -> list[str]:
        """The fate of each line."""
        return [run["fate"] for run in self.rows["ledger"] for _ in range(run["first"], run["last"] + 1)]

    def assert_accounted(self) -> None:
        """Assert that each line is accounted for once, and each byte."""
        line, offset = 1, 0
        for run in self.rows["ledger"]:
            assert (run["first"], run["offset"]) == (line, offset)
            line, offset = run["last"] + 1, offset + run["length"]
        assert (line - 1, offset) == (len(self.lines), self.size)

    def assert_kept(self) -> None:
        """Assert that each line is blank, or kept with its bytes, or told in full by its rows."""
        problems = {row["line"]: row for row in self.rows["problems"]}
        raws = {row["line"]: row["raw"] for row in self.rows["raw_records"]}
        for number, (line, fate) in enumerate(zip(self.lines, self.fates(), strict=True), 1):
            if fate == "blank":
                assert not line.strip()
            elif fate == "malformed":
                assert problems[number]["raw"] == line
            elif number in raws:
                assert raws[number] == line
            else:
                assert exact(self.told(number)) == exact(line.decode("utf-8-sig"))

    def told(self, line: int) -> str:
        """The record of a line, put together from its rows."""
        for row in self.rows["logs"]:
            if row["line"] == line:
                return self._told_log(row)
        [row] = [row for row in self.rows["snapshots"] if row["line"] == line]
        return self._told_snapshot(row)

    @staticmethod
    def _told_log(row: dict[str, Any]) -> str:
        texts = {key: row[key] for key in ("timestamp", "level", "logger", "event", "message") if row[key] is not None}
        parts = [json.dumps(texts)[1:-1]]
        if row["context"] is not None:
            parts.append(f'"context": {row["context"]}')
        if row["extra"] is not None:
            parts.append(row["extra"][1:-1])
        return "{" + ", ".join(parts) + "}"

    def _told_snapshot(self, row: dict[str, Any]) -> str:
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


def _array(items: Any, count: int) -> str:
    return "[" + ", ".join(next(items) for _ in range(count)) + "]"


def _object(members: dict[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in members.items()) + "}"


def assert_nothing_is_lost(name: str, kind: str, data: bytes) -> None:
    """Build a bundle of the file and assert all that is promised of it."""
    built = Built(name, data, kind)
    built.assert_accounted()
    built.assert_kept()
    assert built.json_valid
    assert built.dangling == []
    assert len(built.views) == len(VIEWS) + len(built.rows["slice_views"])


class TestAnyLines:
    """Generated files."""

    @given(files(LOG_RECORDS))
    @settings(max_examples=100)
    def test_logs(self, data):
        """Of any log file every line is told by its rows, or kept, and every view can be read."""
        assert_nothing_is_lost("x.log", "log_files", data)

    @given(files(SNAPSHOTS))
    @settings(max_examples=100)
    def test_snapshots(self, data):
        """Of any file of snapshots every line is told by its rows, or kept, and every view can be read."""
        assert_nothing_is_lost("x.jsonl", "session_snapshots", data)

    @pytest.mark.parametrize("size", [40, 200])
    @given(data=files(LOG_RECORDS))
    @settings(max_examples=25)
    def test_in_small_blocks(self, size, data):
        """It is the same however small the blocks are that the file is read in."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("wink_debug_bundle.artifacts.split_reader.BLOCK_BYTES", size)
            patch.setattr("wink_debug_bundle.pipeline.splitting.BLOCK_BYTES", size)
            assert_nothing_is_lost("x.log", "log_files", data)
