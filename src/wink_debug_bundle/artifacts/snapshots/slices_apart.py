"""Separate the slices of a snapshot from its envelope."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..lossless_json import JsonObject, text_at
from .envelope_scan import StreamedItems
from .event_texts import ReadItems


class Slice(NamedTuple):
    """One slice of a snapshot, from either of the two forms in which files write slices."""

    slice_type: str
    item_type: str
    items: list[Any] | StreamedItems | ReadItems


def split_items_off(snapshot: JsonObject) -> tuple[list[Slice], JsonObject, list[str]]:
    """Return the snapshot's slices, its envelope and what is lost.

    The envelope is the snapshot with the number of items in place of each slice's items. The library writes slices as a
    list of objects; the specification's sample shows an object from slice types to items. Slices in any other form stay
    in the envelope unchanged.
    """
    written = snapshot["slices"]
    slices: list[Slice] = []
    losses: list[str] = []
    counted: Any = written
    if isinstance(written, list):
        counted = [_count_entry(entry, slices, losses) for entry in written]
    elif isinstance(written, dict):
        counted = {key: _count_items(key, items, slices, losses) for key, items in written.items()}
    else:
        losses.append("slices are neither a list nor an object")
    return slices, {**snapshot, "slices": counted}, losses


def _count_entry(entry: Any, slices: list[Slice], losses: list[str]) -> Any:
    items = entry.get("items") if isinstance(entry, dict) else None
    if not isinstance(items, (list, StreamedItems)):
        losses.append("a slice without a list of items")
        return entry
    slice_type = text_at(entry, "slice_type") or ""
    slices.append(Slice(slice_type, text_at(entry, "item_type") or slice_type, items))
    return {**entry, "items": len(items)}


def _count_items(slice_type: str, items: Any, slices: list[Slice], losses: list[str]) -> Any:
    if not isinstance(items, (list, StreamedItems)):
        losses.append("a slice without a list of items")
        return items
    slices.append(Slice(slice_type, slice_type, items))
    return len(items)
