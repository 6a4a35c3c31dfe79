"""Cut a snapshot's items out of its line as the source's own text, without making objects of them.

This is the fast path of snapshots: it accepts lines that are spaced as the library writes them, if their rows give the
line back byte for byte. What it refuses is read by the careful way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import orjson
from msgspec import Raw, Struct

from ...column_values import LineStyle
from ..json_forms import UNWRITABLE, LineForm, write_form
from ..lossless_json import Record, is_utf8, read_object
from ..read_errors import MalformedError
from .event_texts import ReadItems, read_items


class SliceText(Struct, gc=False):
    """A slice as the library writes it, with the text of each of its items."""

    item_type: str
    items: list[Raw]
    slice_type: str


class SnapshotText(Struct, gc=False):
    """A snapshot as the library writes it. What is beside the items is small, and is read from the line without them."""

    slices: list[SliceText]


class Cut(NamedTuple):
    """A line whose lists of items are cut out: what is left, with numbers in their places, and the text of each list."""

    envelope: bytes
    lists: list[memoryview]


_read_snapshot = msgspec.json.Decoder(SnapshotText).decode

_ITEMS, _COMMA = b'"items": [', b", "

_NEEDLESS_ESCAPE = re.compile(rb"\\(?:/|u00(?:[2-6]|7[0-9a-eA-E]))")
"""What looks like an escape of a character that no writer has to escape, unless the backslash is itself escaped."""


def read_snapshot_text(line: bytes) -> Record | None:
    """Return the snapshot's envelope, with ReadItems in place of each list of items; None if the line is refused."""
    try:
        slices = _read_snapshot(line).slices
        if not _is_storable(line) or (cut := _cut(line, slices)) is None:
            return None
        record = read_object(cut.envelope)
        form = _form(record, line)
        if form is None or not _is_envelope(record.value["slices"], slices) or not _gives_back(record, cut, form, line):
            return None
        read = [read_items(each.slice_type, each.items, text) for each, text in zip(slices, cut.lists, strict=True)]
    except (MalformedError, *UNWRITABLE):
        return None
    return Record(_with_items(record.value, read), (), form)


def _is_storable(line: bytes) -> bool:
    """Return whether every SQLite can read the text of the items.

    By a path, SQLite 3.40 finds no key that is written with needless escapes.
    """
    return is_utf8(line) and not any(_is_escape(line, match.start()) for match in _NEEDLESS_ESCAPE.finditer(line))


def _is_escape(line: bytes, backslash: int) -> bool:
    """Return whether the backslash at that place begins an escape: an even number of others is before it."""
    begin = backslash
    while line[begin - 1 : begin] == b"\\":
        begin -= 1
    return (backslash - begin) % 2 == 0


def _cut(line: bytes, slices: Sequence[SliceText]) -> Cut | None:
    """Cut the items out of the line; return None if they are not separated as the library separates them."""
    view = memoryview(line)
    parts: list[bytes] = []
    lists: list[memoryview] = []
    position = 0
    for each in slices:
        text = b"[%b]" % _COMMA.join(each.items)
        begin = line.find(_ITEMS, position) + len(_ITEMS) - 1
        if not line.startswith(text, begin):
            return None
        parts += line[position:begin], b"%d" % len(each.items)
        position = begin + len(text)
        lists.append(view[begin:position])
    return Cut(b"".join([*parts, line[position:]]), lists)


def _form(record: Record, line: bytes) -> LineForm | None:
    """Return the form of a line whose envelope is given; None if the envelope is not written as the library writes it."""
    form = record.form
    if form is None or record.losses or form.style is not LineStyle.LIBRARY:
        return None
    return form._replace(is_ascii=0) if form.is_ascii is None and not _is_neutral(line) else form


def _is_neutral(line: bytes) -> bool:
    """Return whether the line has no character that some writers escape and others do not."""
    return line.isascii() and b"\x7f" not in line


def _is_envelope(counted: Any, slices: Sequence[SliceText]) -> bool:
    """Return whether each slice of the envelope has the number of its items, so that what was cut out are these lists."""
    return [(each.slice_type, len(each.items)) for each in slices] == [
        (entry["slice_type"], entry["items"]) for entry in counted
    ]


def _gives_back(record: Record, cut: Cut, form: LineForm, line: bytes) -> bool:
    """Return whether the rows give the line back: the envelope, with the items as they are, written in its form."""
    value = _with_items(record.value, (orjson.Fragment(bytes(text)) for text in cut.lists))
    return write_form(orjson.dumps(value), form) == line


def _with_items(envelope: dict[str, Any], lists: Iterator[Any] | list[ReadItems]) -> dict[str, Any]:
    """Return the envelope with lists of items in place of their numbers."""
    slices = [{**entry, "items": items} for entry, items in zip(envelope["slices"], lists, strict=True)]
    return {**envelope, "slices": slices}
