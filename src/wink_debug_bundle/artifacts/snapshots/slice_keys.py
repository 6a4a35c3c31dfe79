"""What the items of slices look like: which keys those of each class have. The views of the classes are made from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...rows import SliceKeyRow
from ..lossless_json import clean


class SliceKeys:
    """The keys of the items of one block, each once for each class."""

    def __init__(self) -> None:
        self._keys: dict[str, set[str]] = {}
        self._others: set[str] = set()

    def note(self, slice_type: str, items: list[Any]) -> None:
        """Take down what the items of one slice look like."""
        if not items:
            return
        keys = self._keys.setdefault(slice_type, set())
        if {dict}.issuperset(map(type, items)):
            keys.update(*items)  # in one go, because there may be millions
            return
        self._others.add(slice_type)
        keys.update(*(item for item in items if isinstance(item, dict)))

    def rows(self) -> Iterator[SliceKeyRow]:
        """What was taken down."""
        for slice_type, keys in self._keys.items():
            yield SliceKeyRow(slice_type, "item", "")
            yield from (SliceKeyRow(slice_type, "key", clean(key)) for key in keys)
        yield from (SliceKeyRow(slice_type, "other", "") for slice_type in self._others)
