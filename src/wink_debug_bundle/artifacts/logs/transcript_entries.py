"""Read transcript entries from log records: messages, tool uses and tool results, block by block.

Three generations of events hold them. Their texts are not stored a second time: a row gives the JSON path of the text
in the context of its log record, which is in the bundle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from ...column_values import EntryType
from ...rows import Values
from ..lossless_json import depth_exceeds, integer_or_none
from .agent_blocks import (
    NO_USAGE,
    EntryBlock,
    Usage,
    acp_block,
    claude_blocks,
    codex_block,
    codex_usage,
    plain_tool_name,
)
from .event_structs import ClaudeLine, CollectedEvent, EntryDetail, EntryEvent, LogLineEvent
from .struct_reading import StructReader, text_reader, two_readers

_CLAUDE_TYPES = {
    "user": EntryType.USER_MESSAGE,
    "assistant": EntryType.ASSISTANT_MESSAGE,
    "summary": EntryType.SYSTEM_EVENT,
    "system": EntryType.SYSTEM_EVENT,
}
"""Entry types for the types of lines that the Claude agent writes; all other lines are of type unknown."""

_UNKNOWN = EntryType.UNKNOWN
_SUBAGENTS = "/subagents/"

_read_inner = text_reader(ClaudeLine)


class TranscriptEntry(msgspec.Struct, frozen=True, gc=False):
    """The entry of one log record: at least one block, and what its blocks have in common.

    `is_inner` says that the paths of the blocks lead into the JSON text in the context's `content`. `adapter` is the
    library's adapter for the agent, if the record has it.
    """

    raw_type: str
    source: str
    sequence_number: int | None
    blocks: list[EntryBlock]
    usage: Usage = NO_USAGE
    adapter: str | None = None
    is_inner: bool = False


def logged_entry(event: EntryEvent) -> TranscriptEntry:
    """Return the entry of a record of `transcript.entry`."""
    entry_type = event.entry_type or _UNKNOWN
    blocks, usage = _detail_blocks(event.detail, entry_type) or ([_raw_block(event, entry_type)], NO_USAGE)
    number = integer_or_none(event.sequence_number)
    return TranscriptEntry(entry_type, event.source or "", number, blocks, usage, event.adapter)


def _detail_blocks(detail: EntryDetail, entry_type: str) -> tuple[list[EntryBlock], Usage] | None:
    if detail.sdk_entry is not UNSET:
        name = plain_tool_name(detail.tool_name) if detail.tool_name else None
        return claude_blocks(detail.sdk_entry, "$.detail.sdk_entry", entry_type, name)
    notification = detail.notification
    if notification is not UNSET:
        return [codex_block(notification, detail, entry_type)], codex_usage(notification)
    if detail.tool_name is not UNSET or detail.text is not UNSET:
        return [acp_block(detail, entry_type)], NO_USAGE
    return None


def _raw_block(event: EntryEvent, entry_type: str) -> EntryBlock:
    """Return the block of an entry whose detail has nothing that is known."""
    return EntryBlock(entry_type, "$.detail" if event.raw is UNSET else "$.raw")


def collected_entry(event: CollectedEvent) -> TranscriptEntry:
    """Return the entry of a record of `transcript.collector.entry`."""
    raw_type, source = event.entry_type or _UNKNOWN, event.transcript_source or ""
    number = integer_or_none(event.sequence_number)
    if event.parsed is None:
        return TranscriptEntry(raw_type, source, number, [EntryBlock(_UNKNOWN, "$.raw_json")])
    blocks, usage = claude_blocks(event.parsed, "$.parsed", _CLAUDE_TYPES.get(raw_type, _UNKNOWN))
    return TranscriptEntry(raw_type, source, number, blocks, usage)


def log_line_entry(event: LogLineEvent) -> TranscriptEntry:
    """Return the entry of a record of `log_aggregator.log_line`.

    The source is 'main', or the file if it is a subagent's.
    """
    source = event.file if event.file and _SUBAGENTS in event.file else "main"
    number = integer_or_none(event.sequence_number)
    line = _inner_line(event.content)
    if line is None:
        return TranscriptEntry("line", source, number, [EntryBlock(_UNKNOWN, "$.content")])
    blocks, usage = claude_blocks(line, "$", _CLAUDE_TYPES.get(line.type or "", _UNKNOWN))
    return TranscriptEntry("line", source, number, blocks, usage, is_inner=True)


def _inner_line(content: str | None) -> ClaudeLine | None:
    """Return the JSON object in the text `content`; None if it is not one, or not one that SQLite can read."""
    line = None if content is None else _read_inner(content)
    return None if line is None or content is None or depth_exceeds(content) else line


def add_rows(rows: list[Values], entry: TranscriptEntry, run_id: int | None, session: str | None, log_id: int) -> None:
    """Add the values of an EntryRow for each block of an entry; the first has the model and the token counts."""
    usage, source, sequence_number, raw_type = entry.usage, entry.source, entry.sequence_number, entry.raw_type
    is_inner = int(entry.is_inner)
    for number, block in enumerate(entry.blocks):
        rows.append(
            (
                run_id,
                session,
                log_id,
                number,
                source,
                sequence_number,
                block.entry_type,
                raw_type,
                block.tool_name,
                block.call_id,
                block.is_error,
                usage.model,
                usage.input_tokens,
                usage.output_tokens,
                usage.cached_tokens,
                usage.cache_write_tokens,
                block.text_path,
                block.data_path,
                is_inner,
            )
        )
        usage = NO_USAGE


class EntrySource(NamedTuple):
    """How the contexts of an event are read, and the entry that a context gives."""

    reader: StructReader[Any]
    entry: Callable[[Any], TranscriptEntry]


ENTRY_SOURCES = {
    "transcript.entry": EntrySource(two_readers(EntryEvent), logged_entry),
    "transcript.collector.entry": EntrySource(two_readers(CollectedEvent), collected_entry),
    "log_aggregator.log_line": EntrySource(two_readers(LogLineEvent), log_line_entry),
}
"""The events with transcript entries in releases since 0.26, in 0.24 and 0.25, and until 0.23."""
