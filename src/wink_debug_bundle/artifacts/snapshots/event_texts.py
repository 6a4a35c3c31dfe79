"""Read the texts of slice items; of the library's events, decode no more than their columns need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import attrgetter, is_not
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import fields

from ..lossless_json import MAX_DEPTH, JsonObject, depth_exceeds, depth_may_exceed, has_needless_escape, read_object
from .library_events import name_of_event
from .library_structs import Event, OwnResult, PromptExecuted, PromptRendered, ToolInvoked

_GetAttribute = Callable[[Any], Any]


class _Reader:
    """Reads all events of a slice as structs of one form."""

    def __init__(self, form: Any, nested: Sequence[str]) -> None:
        self.decode: Callable[[memoryview], list[Event]] = msgspec.json.Decoder(list[form]).decode
        self.decode_one: Callable[[Raw], Event] = msgspec.json.Decoder(form).decode
        self.nested: list[_GetAttribute] = [attrgetter(name) for name in nested]
        """What may be nested in an event."""


_READERS = {
    "ToolInvoked": (
        _Reader(ToolInvoked[OwnResult], ("params", "result.value", "run_context", "value")),
        _Reader(ToolInvoked[Raw], ("params", "result", "run_context", "value")),
    ),
    "PromptRendered": (_Reader(PromptRendered, ("render_inputs", "run_context")),),
    "PromptExecuted": (_Reader(PromptExecuted, ("result", "run_context", "value")),),
}
"""The readers of each event: the first that accepts all events of a slice is used, and the last accepts the most."""

_STRUCTS: dict[str, type[Struct]] = {
    "ToolInvoked": ToolInvoked,
    "PromptRendered": PromptRendered,
    "PromptExecuted": PromptExecuted,
}
_ALWAYS = {name: {field.encode_name for field in fields(struct) if field.required} for name, struct in _STRUCTS.items()}
_SOMETIMES = {
    name: [(field.encode_name, attrgetter(field.name), field.default) for field in fields(struct) if not field.required]
    for name, struct in _STRUCTS.items()
}

_read_keys = msgspec.json.Decoder(list[dict[str, Raw]]).decode

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
    for reader in () if name is None else _READERS[name]:
        try:
            events = reader.decode(text)
        except msgspec.ValidationError:
            continue
        if len(text) > _SHALLOW:
            for part in reader.nested:
                _check_depth(list(map(part, events)))
        return ReadItems(texts, _keys(name or "", events), events)
    if len(text) > _SHALLOW:
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
        if len(text) > _SHALLOW:
            raw = bytes(text)
            if depth_may_exceed(raw, _LEVELS) and depth_exceeds(raw.decode(), _LEVELS):
                raise CarefulError


def _keys(name: str, events: Sequence[Event]) -> set[str]:
    """Return the keys that any of the events has: what every release writes, and of the others those that are there."""
    if not events:
        return set()
    others = [key for key, value, absent in _SOMETIMES[name] if any(map(is_not, map(value, events), repeat(absent)))]
    return _ALWAYS[name].union(others)


def _read_event(name: str, text: Raw) -> Event | JsonObject:
    """Read one event, as an object if it has other fields or types than those of the library."""
    try:
        return _READERS[name][-1].decode_one(text)
    except msgspec.ValidationError:
        return read_object(bytes(text)).value
