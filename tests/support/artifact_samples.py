"""Small artifacts made by hand in the library's own layout, and queries on the bundles made of them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FIXTURES = Path(os.environ.get("WINK_FIXTURES", ROOT / "fixtures" / "wink-0.20.0"))
"""Artifacts written by release 0.20: the committed ones, or those that `tests/releases` has just written."""

ROOT_SESSION = "11111111-1111-4111-8111-111111111111"
CHILD_SESSION = "22222222-2222-4222-8222-222222222222"
OTHER_SESSION = "33333333-3333-4333-8333-333333333333"

MOMENT = "2026-01-02T03:04:05.000006+00:00"

TOOL_INVOKED = "weakincentives.runtime.events.types:ToolInvoked"
PROMPT_RENDERED = "weakincentives.runtime.events:PromptRendered"
PROMPT_EXECUTED = "weakincentives.runtime.events:PromptExecuted"


def expected(case: str) -> dict[str, Any]:
    """Return what the library's objects held in memory when it wrote the fixture `case`."""
    loaded: dict[str, Any] = json.loads((FIXTURES / "expected" / f"{case}.json").read_text(encoding="utf-8"))
    return loaded


def log_record(**changes: Any) -> dict[str, Any]:
    """Return a log record as the library writes it; `changes` replace its values or add keys."""
    record = {
        "timestamp": MOMENT,
        "level": "INFO",
        "logger": "app",
        "event": "app.event",
        "message": "something happened",
        "context": {"answer": 42},
    }
    return record | changes


def slice_of(slice_type: str, *items: Any) -> dict[str, Any]:
    """Return one slice as the library writes it."""
    return {"slice_type": slice_type, "item_type": slice_type, "items": list(items)}


def snapshot(session: str = ROOT_SESSION, *slices: Any, parent: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a session snapshot as the library writes it; `changes` replace its values or add keys."""
    tags = {"session_id": session} | ({"parent_session_id": parent} if parent else {})
    record = {
        "version": "1",
        "created_at": MOMENT,
        "parent_id": parent,
        "children_ids": [],
        "slices": list(slices) or [slice_of("app:Note", {"text": "a"}, {"text": "b"})],
        "policies": {},
        "tags": tags,
    }
    return record | changes


def tool_event(event_id: str = "event-1", **changes: Any) -> dict[str, Any]:
    """Return a ToolInvoked item."""
    item = {
        "event_id": event_id,
        "session_id": ROOT_SESSION,
        "prompt_name": "prompt",
        "adapter": "adapter",
        "name": "tool",
        "call_id": "call-1",
        "created_at": MOMENT,
        "params": {"path": "a"},
        "result": {"message": "done", "value": {"n": 1}, "success": True, "exclude_value_from_context": False},
        "rendered_output": "done",
        "usage": {"input_tokens": 3, "output_tokens": 2, "cached_tokens": 1},
    }
    return item | changes


def rendered_event(event_id: str = "event-2", **changes: Any) -> dict[str, Any]:
    """Return a PromptRendered item."""
    item = {
        "event_id": event_id,
        "session_id": ROOT_SESSION,
        "prompt_ns": "ns",
        "prompt_key": "key",
        "prompt_name": "prompt",
        "adapter": "adapter",
        "created_at": MOMENT,
        "rendered_prompt": "Say it. 👀",
        "render_inputs": [],
        "descriptor": {"ns": "ns", "key": "key", "sections": [], "tools": [{"name": "a"}, {"name": "b"}]},
    }
    return item | changes


def executed_event(event_id: str = "event-3", **changes: Any) -> dict[str, Any]:
    """Return a PromptExecuted item."""
    item = {
        "event_id": event_id,
        "session_id": ROOT_SESSION,
        "prompt_name": "prompt",
        "adapter": "adapter",
        "created_at": MOMENT,
        "result": {"prompt_name": "prompt", "text": "said", "output": None},
        "usage": {"input_tokens": 30, "output_tokens": 20, "cached_tokens": None},
    }
    return item | changes


def lines(*records: Any) -> bytes:
    """Return the records as JSON lines; bytes are written unchanged, as a line."""
    return b"".join((item if isinstance(item, bytes) else json.dumps(item).encode()) + b"\n" for item in records)


def archive(members: Mapping[str, bytes | str] | Iterable[tuple[str | zipfile.ZipInfo, bytes | str]]) -> bytes:
    """Return a zip file of the members, in their order."""
    pairs = members.items() if isinstance(members, Mapping) else members
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in pairs:
            opened.writestr(name, content)
    return buffer.getvalue()


def write_files(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Write the files into the folder, creating it if needed, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@contextlib.contextmanager
def sqlite_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the bundle read-only with Python's own SQLite and none of this project's code."""
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def rows(path: Path, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of one query on the bundle, read with Python's own SQLite."""
    with sqlite_connection(path) as connection:
        return connection.execute(sql, parameters).fetchall()


def column(path: Path, sql: str, parameters: tuple[object, ...] = ()) -> list[Any]:
    """Return the first value of each row of one query on the bundle."""
    return [row[0] for row in rows(path, sql, parameters)]
