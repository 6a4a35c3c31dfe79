"""Rows for slice items that are events of the library: tools invoked, prompts rendered and prompts executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ...column_values import PromptEventType, SuccessSource
from ...rows import PromptEventRow, ToolInvocationRow
from ..lossless_json import JsonObject, as_object, count_or_none, dump, text_at, text_or_none


class Place(NamedTuple):
    """Position of an event: its snapshot's session, the snapshot's ordinal in its batch, and the index in the slice."""

    session_id: str
    snapshot: int
    position: int

    def id_of(self, event_id: str | None, name: str) -> str:
        """Return the event's id, or one made from its position, which is the same in every snapshot of the session."""
        return event_id or f"{self.session_id}/{name}/{self.position}"


EventRow = ToolInvocationRow | PromptEventRow
"""The row of an event."""


def event_rows(
    slice_type: str, items: Sequence[Any], session: str, snapshot: int, *, first: int = 0
) -> Iterator[EventRow]:
    """Yield the rows of those items that are the library's events; the items are in the slice from `first` on."""
    name = name_of_event(slice_type)
    if name is None:
        return
    for index, item in enumerate(items, first):
        if isinstance(item, dict):
            yield event_row(name, item, Place(session, snapshot, index))


@lru_cache(maxsize=1024)
def name_of_event(slice_type: str) -> str | None:
    """Return the name of a class of the library's events; None for every other class.

    Releases moved the classes of events between modules, so any module of the library is accepted, and the class name
    decides.
    """
    module, _, name = slice_type.rpartition(":")
    is_library = not module or module.partition(".")[0] == "weakincentives"
    return name if is_library and name in _EVENTS else None


def event_table(slice_type: str) -> type[EventRow] | None:
    """Return the class of the rows of a slice's events; None if its items are no events of the library."""
    name = name_of_event(slice_type)
    if name is None:
        return None
    return ToolInvocationRow if name == "ToolInvoked" else PromptEventRow


def event_row(name: str, item: JsonObject, place: Place) -> EventRow:
    """Return the row of an event of the class `name`, whatever its fields hold."""
    return _EVENTS[name](item, place)


def _tool_invoked(item: JsonObject, place: Place) -> ToolInvocationRow:
    success, source, message, value = outcome(item.get("result"))
    usage = as_object(item.get("usage"))
    return ToolInvocationRow(
        event_id=place.id_of(text_at(item, "event_id"), "ToolInvoked"),
        session_id=_session(item, place),
        prompt_name=text_at(item, "prompt_name") or "",
        adapter=text_at(item, "adapter") or "",
        tool_name=text_at(item, "name") or "",
        call_id=text_or_none(item.get("call_id")),
        timestamp=text_at(item, "created_at") or "",
        params=dump(item.get("params")),
        result_success=int(success),
        result_message=message,
        result_value=None if value is None else dump(value),
        rendered_output=text_or_none(item.get("rendered_output")),
        input_tokens=count_or_none(usage.get("input_tokens")),
        output_tokens=count_or_none(usage.get("output_tokens")),
        cached_tokens=count_or_none(usage.get("cached_tokens")),
        success_source=source,
        snapshot_id=place.snapshot,
        item_index=place.position,
    )


def _prompt_rendered(item: JsonObject, place: Place) -> PromptEventRow:
    text = text_or_none(item.get("rendered_prompt"))
    names = _tool_names(item.get("descriptor"))
    return _prompt_event(item, place, PromptEventType.RENDERED)._replace(
        prompt_ns=text_or_none(item.get("prompt_ns")),
        prompt_key=text_or_none(item.get("prompt_key")),
        rendered_text=text,
        char_count=None if text is None else len(text),
        tool_count=None if names is None else len(names),
        tool_names=None if names is None else dump(names),
    )


def _prompt_executed(item: JsonObject, place: Place) -> PromptEventRow:
    usage = as_object(item.get("usage"))
    used = count_or_none(usage.get("input_tokens")), count_or_none(usage.get("output_tokens"))
    result = item.get("result")
    return _prompt_event(item, place, PromptEventType.EXECUTED)._replace(
        result=None if result is None else dump(result),
        input_tokens=used[0],
        output_tokens=used[1],
        total_tokens=token_sum(*used),
        cached_tokens=count_or_none(usage.get("cached_tokens")),
    )


def _prompt_event(item: JsonObject, place: Place, event_type: PromptEventType) -> PromptEventRow:
    """Return a row with the columns that both kinds of prompt events have."""
    return prompt_event_row(
        event_type,
        place,
        event_id=text_at(item, "event_id"),
        session=text_at(item, "session_id"),
        prompt_name=text_or_none(item.get("prompt_name")),
        adapter=text_at(item, "adapter"),
        timestamp=text_at(item, "created_at"),
    )


def prompt_event_row(
    event_type: PromptEventType,
    place: Place,
    *,
    event_id: str | None,
    session: str | None,
    prompt_name: str | None,
    adapter: str | None,
    timestamp: str | None,
) -> PromptEventRow:
    """Return a row with the columns that both kinds of prompt events have; the others are None."""
    return PromptEventRow(
        event_id=place.id_of(event_id, event_type),
        session_id=session or place.session_id,
        event_type=event_type,
        prompt_ns=None,
        prompt_key=None,
        prompt_name=prompt_name,
        adapter=adapter or "",
        timestamp=timestamp or "",
        rendered_text=None,
        char_count=None,
        tool_count=None,
        tool_names=None,
        result=None,
        input_tokens=None,
        output_tokens=None,
        total_tokens=None,
        cached_tokens=None,
        snapshot_id=place.snapshot,
        item_index=place.position,
    )


_EVENTS: dict[str, Callable[[JsonObject, Place], EventRow]] = {
    "ToolInvoked": _tool_invoked,
    "PromptRendered": _prompt_rendered,
    "PromptExecuted": _prompt_executed,
}


def outcome(result: Any) -> tuple[bool, SuccessSource, str | None, Any]:
    """Return success, the source of the success flag, message and value of a tool's result.

    The library's own tools return an object with a success flag. Results of a provider's native tools have no fixed
    form; the tool failed if its result has a true `is_error`.
    """
    if isinstance(result, dict) and isinstance(result.get("success"), bool):
        return result["success"], SuccessSource.RESULT, text_or_none(result.get("message")), result.get("value")
    if isinstance(result, dict) and result.get("is_error") is True:
        return False, SuccessSource.RESULT, None, result
    return True, SuccessSource.ASSUMED, None, result


def token_sum(*counts: int | None) -> int | None:
    """Return the sum of the counts that are known; None if none is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _session(item: JsonObject, place: Place) -> str:
    return text_at(item, "session_id") or place.session_id


def _tool_names(descriptor: Any) -> list[str] | None:
    tools = descriptor.get("tools") if isinstance(descriptor, dict) else None
    if not isinstance(tools, list):
        return None
    return [name for tool in tools if isinstance(tool, dict) and (name := text_or_none(tool.get("name")))]
