"""The specification's tables and indexes, for the contenders that build them, and its way to guess a file's session."""

from __future__ import annotations

import re
from pathlib import Path

TABLES = {
    "sessions": """CREATE TABLE sessions (
        session_id TEXT PRIMARY KEY,
        parent_session_id TEXT REFERENCES sessions(session_id),
        created_at TEXT NOT NULL,
        tags TEXT)""",
    "logs": """CREATE TABLE logs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT REFERENCES sessions(session_id),
        timestamp TEXT NOT NULL,
        level TEXT NOT NULL,
        logger TEXT NOT NULL,
        event TEXT,
        message TEXT NOT NULL,
        context TEXT)""",
    "slice_items": """CREATE TABLE slice_items (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL REFERENCES sessions(session_id),
        slice_type TEXT NOT NULL,
        item_index INTEGER NOT NULL,
        item_type TEXT NOT NULL,
        payload TEXT NOT NULL)""",
    "tool_invocations": """CREATE TABLE tool_invocations (
        event_id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions(session_id),
        prompt_name TEXT NOT NULL,
        adapter TEXT NOT NULL,
        tool_name TEXT NOT NULL,
        call_id TEXT,
        timestamp TEXT NOT NULL,
        params TEXT NOT NULL,
        result_success INTEGER NOT NULL,
        result_message TEXT,
        result_value TEXT,
        rendered_output TEXT,
        input_tokens INTEGER,
        output_tokens INTEGER)""",
    "prompt_events": """CREATE TABLE prompt_events (
        event_id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions(session_id),
        event_type TEXT NOT NULL,
        prompt_ns TEXT,
        prompt_key TEXT,
        prompt_name TEXT,
        adapter TEXT NOT NULL,
        timestamp TEXT NOT NULL,
        rendered_text TEXT,
        char_count INTEGER,
        tool_count INTEGER,
        tool_names TEXT,
        result TEXT,
        input_tokens INTEGER,
        output_tokens INTEGER,
        total_tokens INTEGER)""",
    "files": """CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        archive_id TEXT NOT NULL,
        session_id TEXT REFERENCES sessions(session_id),
        path TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        content TEXT,
        is_binary INTEGER NOT NULL DEFAULT 0)""",
}

INDEXED = {
    "sessions": {"idx_sessions_parent": "parent_session_id"},
    "logs": {
        "idx_logs_session": "session_id",
        "idx_logs_level": "level",
        "idx_logs_event": "event",
        "idx_logs_timestamp": "timestamp",
    },
    "slice_items": {
        "idx_slice_items_session": "session_id",
        "idx_slice_items_type": "slice_type",
        "idx_slice_items_item_type": "item_type",
    },
    "tool_invocations": {
        "idx_tools_session": "session_id",
        "idx_tools_name": "tool_name",
        "idx_tools_success": "result_success",
        "idx_tools_timestamp": "timestamp",
    },
    "prompt_events": {
        "idx_prompt_events_session": "session_id",
        "idx_prompt_events_type": "event_type",
        "idx_prompt_events_timestamp": "timestamp",
    },
    "files": {"idx_files_session": "session_id", "idx_files_path": "path", "idx_files_archive": "archive_id"},
}
"""Column of each index, by table and name."""

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def index_statements(table: str) -> list[str]:
    """Return the statements that create the indexes of `table`."""
    return [f"CREATE INDEX {name} ON {table}({column})" for name, column in INDEXED[table].items()]


def infer_session_id(path: Path) -> str | None:
    """Return the session id in the name of the file, of its folder, or of the snapshot file beside it."""
    names = [path.stem, path.parent.name, *(sibling.stem for sibling in path.parent.glob("*.jsonl"))]
    return next((name for name in names if UUID.fullmatch(name)), None)
