"""Make the messages of a turn as the conventions write them, within a limit of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from ..agent_runs.agent_data import Entry
from ..agent_runs.unit_words import EntryWords, parsed
from .conventions import STOP, TOOL_CALL

LIMIT = 1 << 20
"""Most bytes of an attribute."""

_LEAVES = ("content", "response", "arguments")

Message = dict[str, Any]


def input_messages(read: Iterable[Entry], words: Mapping[int, EntryWords]) -> list[Message]:
    """Return what the model was given: messages of the user, and results of tools."""
    return [_input(words[entry.id]) for entry in read if entry.id in words]


def output_messages(written: Sequence[Entry], words: Mapping[int, EntryWords]) -> list[Message]:
    """Return the answer of the model as one message."""
    parts = [_output_part(words[entry.id]) for entry in written if entry.id in words]
    return [{"role": "assistant", "parts": parts, "finish_reason": finish_reason(written)}] if parts else []


def finish_reason(written: Iterable[Entry]) -> str:
    """Return why the model ended its answer: to call a tool, or because it was done; the library records no other."""
    return TOOL_CALL if any(entry.entry_type == "tool_use" for entry in written) else STOP


def text_message(role: str, text: str) -> Message:
    """Return a message of one text."""
    return {"role": role, "parts": [_text_part(text)]}


def instructions(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Return rendered prompts as the conventions write instructions."""
    return [_text_part(text) for text in texts]


def _text_part(text: str | None) -> dict[str, Any]:
    return {"type": "text", "content": text or ""}


def _input(words: EntryWords) -> Message:
    if words.entry_type != "tool_result":
        return text_message("user", words.text or "")
    response = words.text if words.text is not None else words.data or ""
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": words.call_id, "response": response}]}


def _output_part(words: EntryWords) -> dict[str, Any]:
    if words.entry_type == "tool_use":
        arguments = parsed(words.data)
        return {"type": "tool_call", "id": words.call_id, "name": words.tool_name or "", "arguments": arguments}
    if words.entry_type == "thinking":
        return {"type": "reasoning", "content": words.text or ""}
    return _text_part(words.text)


def written_messages(messages: Sequence[Message]) -> tuple[str, bool]:
    """Return the JSON of messages, or of parts, in at most `LIMIT` bytes, and whether texts were cut for that."""
    text = _json(messages)
    if len(text) <= LIMIT:
        return text.decode(), False
    leaves = [
        (part, key)
        for message in messages
        for part in message.get("parts", [message])
        for key in _LEAVES
        if key in part
    ]
    sizes = [len(_json(part[key])) for part, key in leaves]
    most = _level(sizes, LIMIT - (len(text) - sum(sizes)))
    for (part, key), size in zip(leaves, sizes, strict=True):
        if size > most:
            part[key] = _shortened(part[key], most)
    kept = list(messages)
    while len(text := _json(kept)) > LIMIT and kept:
        kept = kept[len(kept) // 2 + 1 :]
    return text.decode(), True


def cut_text(text: str | None) -> tuple[str | None, bool]:
    """Return a text in at most `LIMIT` bytes of UTF-8, and whether it was cut."""
    if text is None or len(text) * 4 <= LIMIT:
        return text, False
    encoded = text.encode()
    return (text, False) if len(encoded) <= LIMIT else (encoded[:LIMIT].decode("utf-8", "ignore"), True)


def _json(value: object) -> bytes:
    return orjson.dumps(value)


def _level(sizes: Sequence[int], room: int) -> int:
    """Return the size to which to cut the longest, so that all fit into the room."""
    left = max(room, 0)
    for position, size in enumerate(ordered := sorted(sizes)):
        share = left // (len(ordered) - position)
        if size > share:
            return share
        left -= size
    return room


def _shortened(value: object, most: int) -> str:
    """Return a value as text whose JSON has at most so many bytes."""
    text = value if isinstance(value, str) else _json(value).decode()
    kept = max(most - 2, 0)
    shortened = text.encode()[:kept].decode("utf-8", "ignore")
    while len(_json(shortened)) > most and kept:
        kept //= 2
        shortened = text.encode()[:kept].decode("utf-8", "ignore")
    return shortened
