"""Make rows of the library's events that were read from the texts of slice items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from ...column_values import PromptEventType, SuccessSource
from ...rows import Values
from ..lossless_json import JsonObject, count_or_none, dump, read_values
from .event_texts import ReadItems
from .library_events import Place, event_row, name_of_event, outcome, token_sum
from .library_structs import NULL, OwnResult, PromptExecuted, PromptRendered, ToolInvoked, ToolResult, Usage

_read_result = msgspec.json.Decoder(ToolResult).decode

_FROM_RESULT = SuccessSource.RESULT

_NO_COUNTS = None, None, None

_NO_EXECUTION = (None,) * 5
"""The columns of a prompt's result and of its tokens."""

_NO_PROMPT = (None,) * 4
"""The columns of a prompt's text and of its tools."""


def text_event_rows(slice_type: str, items: ReadItems, session: str, snapshot: int) -> list[Values]:
    """Return the rows of the events among the items of a slice."""
    name = name_of_event(slice_type) or ""
    return [_ROWS[type(event)](event, name, session, snapshot, index) for index, event in enumerate(items.events)]


def _of_object(event: JsonObject, name: str, session: str, snapshot: int, index: int) -> Values:
    return event_row(name, event, Place(session, snapshot, index))


def _tool_invoked(event: ToolInvoked[Any], _: str, session: str, snapshot: int, index: int) -> Values:
    """Return the columns of a call. There are many calls: a ToolInvocationRow would take seven times as long to make."""
    value: bytes | str | None
    result = event.result
    if type(result) is OwnResult:  # the usual case, without the call of a function
        success, source, message, value = result.success, _FROM_RESULT, result.message, result.value
    else:
        success, source, message, value = _outcome(result)
    used = _counts(event.usage) if event.usage else _NO_COUNTS
    return (
        event.event_id or Place(session, snapshot, index).id_of(None, "ToolInvoked"),
        event.session_id or session,
        event.prompt_name or "",
        event.adapter or "",
        event.name or "",
        event.call_id,
        event.created_at or "",
        event.params,
        int(success),
        message,
        None if value == NULL else value,
        event.rendered_output,
        used[0],
        used[1],
        used[2],
        source,
        snapshot,
        index,
    )


def _counts(usage: Usage) -> tuple[int | None, int | None, int | None]:
    """Return the tokens of the input and of the output, and those that were cached."""
    return (
        count_or_none(usage.input_tokens),
        count_or_none(usage.output_tokens),
        count_or_none(usage.cached_tokens),
    )


def _outcome(result: Raw) -> tuple[bool, SuccessSource, str | None, bytes | str | None]:
    """Return what `outcome` returns for the text of a result; the value is a text, too, and may be null."""
    try:
        known = _read_result(result)
    except msgspec.ValidationError:
        return _careful_outcome(result)
    if known.success is not None:
        return known.success, _FROM_RESULT, known.message, known.value
    if known.is_error:
        return False, _FROM_RESULT, None, result
    return True, SuccessSource.ASSUMED, None, result


def _careful_outcome(text: Raw) -> tuple[bool, SuccessSource, str | None, bytes | str | None]:
    """Return the outcome of a result that is not an object, or has other types than those of the library."""
    (result,) = read_values(bytes(text)).values
    success, source, message, value = outcome(result)
    if value is None:
        return success, source, message, None
    return success, source, message, text if value is result else dump(value)


def _prompt_rendered(event: PromptRendered, _: str, session: str, snapshot: int, index: int) -> Values:
    tools = event.descriptor.tools if event.descriptor else None
    text = event.rendered_prompt
    return (
        event.event_id or Place(session, snapshot, index).id_of(None, PromptEventType.RENDERED),
        event.session_id or session,
        PromptEventType.RENDERED,
        event.prompt_ns,
        event.prompt_key,
        event.prompt_name,
        event.adapter or "",
        event.created_at or "",
        text,
        None if text is None else len(text),
        None if tools is None else sum(bool(tool.name) for tool in tools),
        None if tools is None else dump([tool.name for tool in tools if tool.name]),
        *_NO_EXECUTION,
        snapshot,
        index,
    )


def _prompt_executed(event: PromptExecuted, _: str, session: str, snapshot: int, index: int) -> Values:
    used = _counts(event.usage) if event.usage else _NO_COUNTS
    return (
        event.event_id or Place(session, snapshot, index).id_of(None, PromptEventType.EXECUTED),
        event.session_id or session,
        PromptEventType.EXECUTED,
        None,
        None,
        event.prompt_name,
        event.adapter or "",
        event.created_at or "",
        *_NO_PROMPT,
        _unless_null(event.result),
        used[0],
        used[1],
        token_sum(used[0], used[1]),
        used[2],
        snapshot,
        index,
    )


def _unless_null(text: Raw) -> Raw | None:
    return None if text == NULL else text


_ROWS: dict[type[Any], Callable[..., Values]] = {
    dict: _of_object,
    ToolInvoked: _tool_invoked,
    PromptRendered: _prompt_rendered,
    PromptExecuted: _prompt_executed,
}
