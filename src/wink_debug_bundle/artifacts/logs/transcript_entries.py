"""Transcript entries among log records: what was said, asked of tools and answered, block by block.

Three generations of events tell of it. Nothing of the text is stored again: an entry says at which path of its
record's context the text stands, and the record is in the bundle.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from ...column_values import EntryType
from ...rows import Values
from ..lossless_json import JsonObject, as_object, count_or_none, depth_exceeds, integer_or_none, text_at, text_or_none

ENTRY, COLLECTED, LOG_LINE = "transcript.entry", "transcript.collector.entry", "log_aggregator.log_line"
"""Events since 0.26, of 0.24 and 0.25, and until 0.23."""

BRIDGE_PREFIX = "mcp__wink__"
"""How the Claude agent calls the library's own tools."""

_TYPES = {
    "user": EntryType.USER_MESSAGE,
    "assistant": EntryType.ASSISTANT_MESSAGE,
    "summary": EntryType.SYSTEM_EVENT,
    "system": EntryType.SYSTEM_EVENT,
}
"""Entry types of the lines that the Claude agent writes; every other line is unknown."""

_CODEX_TOOLS = {"commandExecution": "command", "fileChange": "file_change", "webSearch": "web_search"}
"""How the library calls the tools of the Codex agent, behind `codex:`."""

_SUBAGENTS = "/subagents/"


class Entry(NamedTuple):
    """One block of one entry; paths lead into the record's context, or into the JSON that its `content` is."""

    entry_type: str
    text_path: str | None = None
    data_path: str | None = None
    tool_name: str | None = None
    call_id: str | None = None
    is_error: bool | None = None


class Usage(NamedTuple):
    """The model that wrote a message, and the tokens it took."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


_NO_USAGE = Usage()


class Transcribed(NamedTuple):
    """What one record tells: its blocks, at least one, and what they have in common."""

    raw_type: str
    source: str
    sequence_number: int | None
    blocks: list[Entry]
    usage: Usage
    is_inner: bool = False


def transcribed(event: str, context: JsonObject) -> Transcribed:
    """What the record of one of the transcript events tells."""
    if event == ENTRY:
        return _entry(context)
    if event == COLLECTED:
        return _collected(context)
    return _log_line(context)


def plain_tool_name(name: str) -> str:
    """The tool's name, without the prefix by which the Claude agent tells the library's tools."""
    return name.removeprefix(BRIDGE_PREFIX)


def _entry(context: JsonObject) -> Transcribed:
    entry_type = text_at(context, "entry_type") or EntryType.UNKNOWN
    detail = as_object(context.get("detail"))
    source = text_at(context, "source") or ""
    usage = _NO_USAGE
    if "sdk_entry" in detail:
        blocks, usage = _claude(as_object(detail["sdk_entry"]), "$.detail.sdk_entry", entry_type)
        blocks = [_named(block, detail) for block in blocks]
    elif "notification" in detail:
        notification = as_object(detail["notification"])
        blocks, usage = [_codex(entry_type, notification, detail)], _codex_usage(notification)
    elif "tool_name" in detail or "text" in detail:
        blocks = [_acp(entry_type, detail)]
    else:
        blocks = [Entry(entry_type, "$.raw" if "raw" in context else "$.detail")]
    return Transcribed(entry_type, source, integer_or_none(context.get("sequence_number")), blocks, usage)


def _collected(context: JsonObject) -> Transcribed:
    raw_type = text_at(context, "entry_type") or EntryType.UNKNOWN
    parsed = context.get("parsed")
    usage = _NO_USAGE
    if isinstance(parsed, dict):
        blocks, usage = _claude(parsed, "$.parsed", _TYPES.get(raw_type, EntryType.UNKNOWN))
    else:
        blocks = [Entry(EntryType.UNKNOWN, "$.raw_json")]
    source = text_at(context, "transcript_source") or ""
    return Transcribed(raw_type, source, integer_or_none(context.get("sequence_number")), blocks, usage)


def _log_line(context: JsonObject) -> Transcribed:
    """A line of any file that the agent wrote; its source is 'main', or that file where it is a subagent's."""
    file = text_at(context, "file") or ""
    source = file if _SUBAGENTS in file else "main"
    number = integer_or_none(context.get("sequence_number"))
    line = _inner(context.get("content"))
    if line is None:
        return Transcribed("line", source, number, [Entry(EntryType.UNKNOWN, "$.content")], _NO_USAGE)
    entry_type = _TYPES.get(text_at(line, "type") or "", EntryType.UNKNOWN)
    blocks, usage = _claude(line, "$", entry_type)
    return Transcribed("line", source, number, blocks, usage, is_inner=True)


def _inner(content: object) -> JsonObject | None:
    """The JSON object that the text `content` is, if SQLite reads it as it stands."""
    if not isinstance(content, str):
        return None
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and not depth_exceeds(content) else None


def _claude(line: JsonObject, path: str, entry_type: str) -> tuple[list[Entry], Usage]:
    """Blocks of a line that the Claude agent wrote, or of one block that the library split off."""
    if "message" not in line:
        return [_claude_block(line, path, entry_type)], _NO_USAGE
    message = as_object(line["message"])
    content = message.get("content")
    inner = f"{path}.message.content"
    if not isinstance(content, list) or not content:
        blocks = [Entry(entry_type, inner)]
    else:
        blocks = [
            _claude_block(as_object(block), f"{inner}[{index}]", entry_type) for index, block in enumerate(content)
        ]
    return blocks, _claude_usage(message)


def _claude_block(block: JsonObject, path: str, entry_type: str) -> Entry:
    match block.get("type"):
        case "text":
            return Entry(entry_type, f"{path}.text")
        case "thinking":
            return Entry(EntryType.THINKING, f"{path}.thinking")
        case "tool_use":
            name = plain_tool_name(text_at(block, "name") or "")
            return Entry(EntryType.TOOL_USE, None, f"{path}.input", name, text_or_none(block.get("id")))
        case "tool_result":
            call_id = text_or_none(block.get("tool_use_id"))
            failed = block.get("is_error") is True
            return Entry(EntryType.TOOL_RESULT, _content_path(block, path), None, None, call_id, is_error=failed)
        case "summary":
            return Entry(entry_type, f"{path}.summary")
    return Entry(entry_type, path)


def _content_path(block: JsonObject, path: str) -> str:
    """Where a result's text stands: as a string, or as the only block of a list."""
    content = block.get("content")
    if isinstance(content, list) and len(content) == 1 and as_object(content[0]).get("type") == "text":
        return f"{path}.content[0].text"
    return f"{path}.content"


def _claude_usage(message: JsonObject) -> Usage:
    usage = as_object(message.get("usage"))
    return Usage(
        text_or_none(message.get("model")),
        count_or_none(usage.get("input_tokens")),
        count_or_none(usage.get("output_tokens")),
        count_or_none(usage.get("cache_read_input_tokens")),
        count_or_none(usage.get("cache_creation_input_tokens")),
    )


def _named(block: Entry, detail: JsonObject) -> Entry:
    """A result with the tool's name, where the library has noted it."""
    name = text_or_none(detail.get("tool_name"))
    return block._replace(tool_name=plain_tool_name(name)) if name and block.tool_name is None else block


def _codex(entry_type: str, notification: JsonObject, detail: JsonObject) -> Entry:
    path = "$.detail.notification"
    if "callId" in notification:  # a tool of the library
        name, call_id = text_or_none(notification.get("tool")), text_or_none(notification["callId"])
        if entry_type == EntryType.TOOL_USE:
            return Entry(EntryType.TOOL_USE, None, f"{path}.arguments", name, call_id)
        result = as_object(detail.get("result"))
        refused = result.get("success") is False
        return Entry(entry_type, _codex_text(result), None, name, call_id, is_error=refused)
    item = as_object(notification.get("item"))
    if entry_type in (EntryType.TOOL_USE, EntryType.TOOL_RESULT):
        failed = None if entry_type == EntryType.TOOL_USE else _codex_failed(item)
        text = f"{path}.item.aggregatedOutput" if "aggregatedOutput" in item else None
        return Entry(entry_type, text, f"{path}.item", _codex_tool(item), text_or_none(item.get("id")), is_error=failed)
    return Entry(entry_type, f"{path}.item.text" if "text" in item else path)


def _codex_tool(item: JsonObject) -> str:
    kind = text_at(item, "type") or ""
    if kind == "mcpToolCall":
        return f"codex:mcp:{text_or_none(item.get('tool')) or ''}"
    return f"codex:{_CODEX_TOOLS.get(kind, kind)}"


def _codex_failed(item: JsonObject) -> bool:
    return item.get("status") == "failed" or item.get("exitCode") not in (None, 0)


def _codex_text(result: JsonObject) -> str:
    items = result.get("contentItems")
    if isinstance(items, list) and len(items) == 1:
        return "$.detail.result.contentItems[0].text"
    return "$.detail.result"


def _codex_usage(notification: JsonObject) -> Usage:
    last = as_object(as_object(notification.get("tokenUsage")).get("last"))
    counts = (count_or_none(last.get(key)) for key in ("inputTokens", "outputTokens", "cachedInputTokens"))
    return Usage(None, *counts)


def _acp(entry_type: str, detail: JsonObject) -> Entry:
    if "tool_name" not in detail:
        return Entry(entry_type, "$.detail.text")
    name, call_id = plain_tool_name(text_or_none(detail["tool_name"]) or ""), text_or_none(detail.get("tool_call_id"))
    if entry_type == EntryType.TOOL_USE:
        return Entry(EntryType.TOOL_USE, None, "$.detail.input", name, call_id)
    return Entry(entry_type, "$.detail.output", None, name, call_id, is_error=detail.get("status") == "failed")


def entry_rows(told: Transcribed, run_id: int | None, session: str | None, log_id: int) -> Iterator[Values]:
    """The rows of what one record tells, each the values of an EntryRow; its model and its tokens are in the first."""
    usage = told.usage
    for number, block in enumerate(told.blocks):
        yield (
            run_id,
            session,
            log_id,
            number,
            told.source,
            told.sequence_number,
            block.entry_type,
            told.raw_type,
            block.tool_name,
            block.call_id,
            None if block.is_error is None else int(block.is_error),
            *usage,
            block.text_path,
            block.data_path,
            int(told.is_inner),
        )
        usage = _NO_USAGE
