"""Compact a dataset in a process that is killed before a given file operation: python killed_compaction.py PLACE BYTES N."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from wink_debug_bundle import Dataset
from wink_debug_bundle.dataset.storage import Storage

OPERATIONS = ("put", "create", "remove")
"""What changes files of a dataset."""


def watch(before: Callable[[], None], after: Callable[[], None] = lambda: None) -> None:
    """Call functions before and after each file operation of a dataset."""
    for name in OPERATIONS:
        setattr(Storage, name, _watched(getattr(Storage, name), before, after))


def _watched(method: Callable[..., Any], before: Callable[[], None], after: Callable[[], None]) -> Callable[..., Any]:
    def watched(*arguments: Any) -> Any:
        before()
        result = method(*arguments)
        after()
        return result

    return watched


def main(place: str, least: str, most: str) -> None:
    """Compact, and end as a kill ends it before one operation more than `most`."""
    left = int(most)

    def count() -> None:
        nonlocal left
        if left == 0:
            os._exit(9)
        left -= 1

    watch(count)
    Dataset.compact(place, shard_bytes=int(least))


if __name__ == "__main__":
    main(*sys.argv[1:])
