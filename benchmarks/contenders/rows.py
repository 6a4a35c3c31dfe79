"""Parse artifacts with the standard library into rows of the specification's tables, a dictionary for each row."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.contenders.schema import infer_session_id

Row = dict[str, Any]
TEXT_LIMIT = 1024 * 1024
"""The specification's sample code does not read a file of this many bytes or more."""


def log_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of `logs`."""
    session_id = infer_session_id(path)
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield log_row(session_id, json.loads(line))


def log_row(session_id: str | None, record: Row) -> Row:
    """Return the row of one log record."""
    return {
        "session_id": session_id,
        "timestamp": record["timestamp"],
        "level": record["level"],
        "logger": record["logger"],
        "event": record.get("event"),
        "message": record["message"],
        "context": json.dumps(record.get("context", {})),
    }


def snapshots(path: Path) -> Iterator[Row]:
    """Yield the parsed lines of a snapshot file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def session_row(snapshot: Row) -> Row:
    """Return the row of `sessions`."""
    tags = snapshot["tags"]
    return {
        "session_id": tags["session_id"],
        "parent_session_id": snapshot.get("parent_id"),
        "created_at": snapshot["created_at"],
        "tags": json.dumps(tags),
    }


def snapshot_rows(snapshot: Row) -> Iterator[tuple[str, Row]]:
    """Yield table and row of all slice items, tool calls and prompt events."""
    session_id = snapshot["tags"]["session_id"]
    for group in snapshot["slices"]:
        kind = group["slice_type"]
        for index, item in enumerate(group["items"]):
            yield "slice_items", item_row(session_id, group, index, item)
            if kind.endswith(":ToolInvoked"):
                yield "tool_invocations", tool_row(session_id, item)
            elif kind.endswith((":PromptRendered", ":PromptExecuted")):
                yield "prompt_events", prompt_row(session_id, kind, item)


def item_row(session_id: str, group: Row, index: int, item: Row) -> Row:
    """Return the row of `slice_items`."""
    return {
        "session_id": session_id,
        "slice_type": group["slice_type"],
        "item_index": index,
        "item_type": group["item_type"],
        "payload": json.dumps(item),
    }


def tool_row(session_id: str, item: Row) -> Row:
    """Return the row of `tool_invocations`."""
    result, usage = item["result"], item.get("usage") or {}
    return {
        "event_id": item["event_id"],
        "session_id": session_id,
        "prompt_name": item["prompt_name"],
        "adapter": item["adapter"],
        "tool_name": item["name"],
        "call_id": item.get("call_id"),
        "timestamp": item["created_at"],
        "params": json.dumps(item["params"]),
        "result_success": int(result["success"]),
        "result_message": result.get("message"),
        "result_value": json.dumps(result.get("value")),
        "rendered_output": item.get("rendered_output"),
        "input_tokens": usage.get("input_tokens"),
        "output_tokens": usage.get("output_tokens"),
    }


def prompt_row(session_id: str, kind: str, item: Row) -> Row:
    """Return the row of `prompt_events`."""
    usage = item.get("usage") or {}
    rendered, tools = item.get("rendered_prompt"), (item.get("descriptor") or {}).get("tools")
    counts = [usage[name] for name in ("input_tokens", "output_tokens") if usage.get(name) is not None]
    return {
        "event_id": item["event_id"],
        "session_id": session_id,
        "event_type": "rendered" if kind.endswith("Rendered") else "executed",
        "prompt_ns": item.get("prompt_ns"),
        "prompt_key": item.get("prompt_key"),
        "prompt_name": item.get("prompt_name"),
        "adapter": item["adapter"],
        "timestamp": item["created_at"],
        "rendered_text": rendered,
        "char_count": None if rendered is None else len(rendered),
        "tool_count": None if tools is None else len(tools),
        "tool_names": None if tools is None else json.dumps([tool["name"] for tool in tools]),
        "result": json.dumps(item["result"]) if "result" in item else None,
        "input_tokens": usage.get("input_tokens"),
        "output_tokens": usage.get("output_tokens"),
        "total_tokens": sum(counts) if counts else None,
    }


def file_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of `files`, with the text of small members as the specification's sample code reads it."""
    session_id = infer_session_id(path)
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            text = _text(archive, info)
            yield {
                "archive_id": path.stem,
                "session_id": session_id,
                "path": info.filename,
                "size_bytes": info.file_size,
                "content": text,
                "is_binary": int(text is None),
            }


def _text(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str | None:
    if info.file_size >= TEXT_LIMIT:
        return None
    try:
        return archive.read(info.filename).decode("utf-8")
    except UnicodeDecodeError:
        return None
