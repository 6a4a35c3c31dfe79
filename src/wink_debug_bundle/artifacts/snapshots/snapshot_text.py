"""Cut a snapshot's items out of its line as the source's own text, without making objects of them.

This is the fast path of snapshots: it accepts lines that are spaced as the library writes them, if their rows give the
line back byte for byte. What it refuses is read by the careful way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from ...column_values import LineStyle
from ..json_forms import UNWRITABLE, LineForm, spaced
from ..lossless_json import Record, is_utf8, read_object
from ..read_errors import MalformedError
from .event_texts import read_items
from .slices_apart import Slice


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


class ReadSnapshot(NamedTuple):
    """A snapshot, with the number of items in place of each list of items, and its slices."""

    record: Record
    slices: list[Slice]


_read_snapshot = msgspec.json.Decoder(SnapshotText).decode

_ITEMS, _COMMA = b'"items": [', b", "
_DELETE = b"\x7f"


def read_snapshot_text(line: bytes) -> ReadSnapshot | None:
    """Return the snapshot without its items, and its slices with ReadItems; None if the line is refused.

    The line may have its line feed: without a copy of it, long lines are read faster.
    """
    is_ascii = line.isascii()
    try:
        slices = _read_snapshot(line).slices
        cut = _cut(line, slices) if is_ascii or is_utf8(line) else None
        if cut is None:
            return None
        record = read_object(cut.envelope.removesuffix(b"\n"))
        form = _form(record, is_ascii=is_ascii and _DELETE not in line)
        if form is None or not _has_counts(record, slices) or not _is_spaced(line, form):
            return None
        read = [_read_slice(each, text) for each, text in zip(slices, cut.lists, strict=True)]
    except (MalformedError, *UNWRITABLE):
        return None
    return ReadSnapshot(Record(record.value, (), form), read)


def _read_slice(each: SliceText, text: memoryview) -> Slice:
    """Read the items of a slice, whose list is `text`."""
    slice_type = each.slice_type
    return Slice(slice_type, each.item_type or slice_type, read_items(slice_type, each.items, text))


def _cut(line: bytes, slices: Sequence[SliceText]) -> Cut | None:
    """Cut the items out of the line; return None if they are not separated as the library separates them."""
    view = memoryview(line)
    parts: list[bytes] = []
    lists: list[memoryview] = []
    position = 0
    for each in slices:
        text = _COMMA.join(each.items)
        begin = line.find(_ITEMS, position) + len(_ITEMS)
        end = begin + len(text)
        if begin < position + len(_ITEMS) or not line.startswith(text, begin) or not line.startswith(b"]", end):
            return None
        parts += line[position : begin - 1], b"%d" % len(each.items)
        position = end + 1
        lists.append(view[begin - 1 : position])
    return Cut(b"".join([*parts, line[position:]]), lists)


def _form(record: Record, *, is_ascii: bool) -> LineForm | None:
    """Return the form of a line whose envelope is given; None if it is not the library's, or items have another one.

    `is_ascii` says that the line has no character that Python escapes and orjson does not.
    """
    form = record.form
    if form is None or form.style is not LineStyle.LIBRARY:
        return None
    if is_ascii:
        return form
    return None if form.is_ascii else form._replace(is_ascii=0)


def _has_counts(record: Record, slices: Sequence[SliceText]) -> bool:
    """Return whether the envelope has a number in place of each list of items, so that these lists were cut out."""
    counts = [(entry["slice_type"], entry["items"]) for entry in record.value["slices"]]
    return counts == [(each.slice_type, len(each.items)) for each in slices]


def _is_spaced(line: bytes, form: LineForm) -> bool:
    """Return whether the line is spaced as its form says.

    Then the rows give it back: the envelope does without the items, and these are put into it as they are.
    """
    text = spaced(line)
    return line.startswith(text) and len(text) + len(form.line_end) == len(line) - line.endswith(b"\n")
