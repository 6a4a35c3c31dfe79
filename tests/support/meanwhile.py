"""Let something happen at one moment of the work on a dataset, as another process would do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wink_debug_bundle.dataset.storage import Storage


def at_operation(
    patch: pytest.MonkeyPatch, operation: str, number: int, when: str, action: Callable[[], object]
) -> list[object]:
    """Do something once, before or after the file operation of that name and number; return a list that gets its result."""
    real = getattr(Storage, operation)
    left = number
    results: list[object] = []

    def watched(*arguments: Any) -> Any:
        nonlocal left
        left -= 1
        is_it = left == 0
        if is_it and when == "before":
            results.append(action())
        result = real(*arguments)
        if is_it and when == "after":
            results.append(action())
        return result

    patch.setattr(Storage, operation, watched)
    return results
