"""Collect the keys that the items of each slice class have; the views of slice classes are made from them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any

from ...rows import SliceKeyRow, Values
from ..lossless_json import clean


class SliceKeys:
    """The distinct keys of the items in one block, for each slice class."""

    def __init__(self) -> None:
        self._keys: dict[str, set[str]] = {}
        self._with_other_items: set[str] = set()

    def add(self, slice_type: str, items: list[Any]) -> None:
        """Add the keys of the items of one slice."""
        if not items:
            return
        keys = self._keys.setdefault(slice_type, set())
        if {dict}.issuperset(map(type, items)):
            keys.update(*items)  # one call for all items, because there may be millions
            return
        self._with_other_items.add(slice_type)
        keys.update(*(item for item in items if isinstance(item, dict)))

    def add_keys(self, slice_type: str, keys: set[str]) -> None:
        """Add the keys of the items of one slice: one object or more, and nothing else."""
        self._keys.setdefault(slice_type, set()).update(keys)

    def rows(self) -> Iterator[Values]:
        """Yield a row for each key, for each class with items, and for each class with items that are not objects."""
        for slice_type, keys in self._keys.items():
            yield SliceKeyRow(slice_type, "item", "")
            texts = keys if all(map(str.isascii, keys)) else map(clean, keys)
            yield from zip(repeat(slice_type), repeat("key"), texts, strict=False)
        yield from (SliceKeyRow(slice_type, "other", "") for slice_type in self._with_other_items)
