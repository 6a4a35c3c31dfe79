"""Read the library's events from the texts of slice items, decoding no more than their columns need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct
from msgspec.structs import fields

from ...column_values import PromptEventType, SuccessSource
from ...rows import PromptEventRow, ToolInvocationRow
from ..lossless_json import (
    MAX_DEPTH,
    JsonObject,
    count_or_none,
    depth_exceeds,
    dump,
    has_needless_escape,
    read_object,
    read_values,
)
from .library_events import EventRow, Place, event_row, name_of_event, outcome, prompt_event_row, token_sum
from .library_structs import ABSENT, NULL, Event, PromptExecuted, PromptRendered, ToolInvoked, ToolResult, Usage

_STRUCTS: dict[str, type[Event]] = {
    "ToolInvoked": ToolInvoked,
    "PromptRendered": PromptRendered,
    "PromptExecuted": PromptExecuted,
}
_read_one: dict[str, Callable[[Raw], Event]] = {
    name: msgspec.json.Decoder(struct).decode for name, struct in _STRUCTS.items()
}
_read_all: dict[str, Callable[[memoryview], Any]] = {
    "ToolInvoked": msgspec.json.Decoder(list[ToolInvoked]).decode,
    "PromptRendered": msgspec.json.Decoder(list[PromptRendered]).decode,
    "PromptExecuted": msgspec.json.Decoder(list[PromptExecuted]).decode,
}
_texts_of: dict[str, Callable[[Any], tuple[Raw, ...]]] = {
    "ToolInvoked": attrgetter("params", "result", "run_context", "value"),
    "PromptRendered": attrgetter("render_inputs", "run_context"),
    "PromptExecuted": attrgetter("result", "run_context", "value"),
}
"""The fields of each event that may be nested."""

_ALWAYS = {name: {field.encode_name for field in fields(struct) if field.required} for name, struct in _STRUCTS.items()}
_SOMETIMES = {
    name: [(field.name, field.encode_name) for field in fields(struct) if not field.required]
    for name, struct in _STRUCTS.items()
}

_read_keys = msgspec.json.Decoder(list[dict[str, Raw]]).decode
_read_result = msgspec.json.Decoder(ToolResult).decode

_NO_USAGE = Usage()

_LEVELS = MAX_DEPTH - 6
"""Levels that a part of an item may have: around it are the snapshot, its slices, one of them, its items and the item."""

_SHALLOW = 2 * _LEVELS
"""A text shorter than this, in bytes, has no more levels."""


class ReadItems(Struct, frozen=True, gc=False):
    """The items of one slice: their texts, the keys that any of them has, and, if they are the library's, the events.

    An event that is not as the library writes it is an object.
    """

    texts: list[Raw]
    keys: set[str]
    events: Sequence[Event | JsonObject]

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.texts)


def read_items(slice_type: str, texts: list[Raw], text: memoryview) -> ReadItems:
    """Read the items of a slice, whose list is `text`.

    Raises:
        MsgspecError: an item is not an object.
        CarefulError: the rows of the items need more care.
        MalformedError: an event has a number of more digits than Python converts.
    """
    name = name_of_event(slice_type)
    if name is not None:
        with suppress(msgspec.ValidationError):
            events: list[Event] = _read_all[name](text)
            if len(text) > _SHALLOW:
                _check_depth(list(chain.from_iterable(map(_texts_of[name], events))))
            return ReadItems(texts, _keys(name, events), events)
    _check_depth(texts)
    if has_needless_escape(text):
        raise CarefulError
    keys = set().union(*_read_keys(text))
    return ReadItems(texts, keys, () if name is None else [_read_event(name, each) for each in texts])


class CarefulError(ValueError):
    """Not every SQLite would find all that a text holds."""


def _check_depth(texts: list[Raw]) -> None:
    """Raise CarefulError if one of the texts is nested too deep for a part of an item."""
    if max(map(len, texts), default=0) <= _SHALLOW:
        return
    for text in texts:
        if len(text) > _SHALLOW and depth_exceeds(bytes(text).decode(), _LEVELS):
            raise CarefulError


def _keys(name: str, events: Sequence[Event]) -> set[str]:
    """Return the keys that any of the events has: what every release writes, and of the others those that are there."""
    if not events:
        return set()
    first = events[0]
    return _ALWAYS[name].union(
        key
        for field, key in _SOMETIMES[name]
        if _has(first, field) or any(_has(event, field) for event in islice(events, 1, None))
    )


def _has(event: Event, field: str) -> bool:
    value = getattr(event, field)
    return value is not ABSENT and value is not UNSET


def _read_event(name: str, text: Raw) -> Event | JsonObject:
    """Read one event, as an object if it has other fields or types than those of the library."""
    try:
        return _read_one[name](text)
    except msgspec.ValidationError:
        return read_object(bytes(text)).value


def text_event_rows(slice_type: str, items: ReadItems, session: str, snapshot: int) -> Iterator[EventRow]:
    """Yield the rows of the events among the items of a slice."""
    name = name_of_event(slice_type) or ""
    for index, event in enumerate(items.events):
        match event:
            case ToolInvoked():
                yield _tool_invoked(event, session, snapshot, index)
            case PromptRendered():
                yield _prompt_rendered(event, Place(session, snapshot, index))
            case PromptExecuted():
                yield _prompt_executed(event, Place(session, snapshot, index))
            case _:
                yield event_row(name, event, Place(session, snapshot, index))


def _tool_invoked(event: ToolInvoked, session: str, snapshot: int, index: int) -> ToolInvocationRow:
    """Return the row of a call. There are many: naming the columns would more than double the time of making it."""
    success, source, message, value = _outcome(event.result)
    usage = event.usage or _NO_USAGE
    return ToolInvocationRow(
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
        value,
        event.rendered_output,
        count_or_none(usage.input_tokens),
        count_or_none(usage.output_tokens),
        count_or_none(usage.cached_tokens),
        source,
        snapshot,
        index,
    )


def _outcome(text: Raw) -> tuple[bool, SuccessSource, str | None, bytes | str | None]:
    """Return what `outcome` returns for the result in `text`, with the text of the value."""
    try:
        result = _read_result(text)
    except msgspec.ValidationError:
        return _careful_outcome(text)
    if result.success is not None:
        return result.success, SuccessSource.RESULT, result.message, _unless_null(result.value)
    if result.is_error:
        return False, SuccessSource.RESULT, None, text
    return True, SuccessSource.ASSUMED, None, text


def _careful_outcome(text: Raw) -> tuple[bool, SuccessSource, str | None, bytes | str | None]:
    """Return the outcome of a result that is not an object, or has other types than those of the library."""
    (result,) = read_values(bytes(text)).values
    success, source, message, value = outcome(result)
    if value is None:
        return success, source, message, None
    return success, source, message, text if value is result else dump(value)


def _prompt_rendered(event: PromptRendered, place: Place) -> PromptEventRow:
    tools = event.descriptor.tools if event.descriptor else None
    text = event.rendered_prompt
    return _prompt_event(event, place, PromptEventType.RENDERED)._replace(
        prompt_ns=event.prompt_ns,
        prompt_key=event.prompt_key,
        rendered_text=text,
        char_count=None if text is None else len(text),
        tool_count=None if tools is None else sum(bool(tool.name) for tool in tools),
        tool_names=None if tools is None else dump([tool.name for tool in tools if tool.name]),
    )


def _prompt_executed(event: PromptExecuted, place: Place) -> PromptEventRow:
    usage = event.usage or _NO_USAGE
    used = count_or_none(usage.input_tokens), count_or_none(usage.output_tokens)
    return _prompt_event(event, place, PromptEventType.EXECUTED)._replace(
        result=_unless_null(event.result),
        input_tokens=used[0],
        output_tokens=used[1],
        total_tokens=token_sum(*used),
        cached_tokens=count_or_none(usage.cached_tokens),
    )


def _prompt_event(event: PromptRendered | PromptExecuted, place: Place, event_type: PromptEventType) -> PromptEventRow:
    """Return a row with the columns that both kinds of prompt events have."""
    return prompt_event_row(
        event_type,
        place,
        event_id=event.event_id,
        session=event.session_id,
        prompt_name=event.prompt_name,
        adapter=event.adapter,
        timestamp=event.created_at,
    )


def _unless_null(text: Raw) -> Raw | None:
    return None if text == NULL else text
