"""List the paths to values in JSON texts, as SQLite's `->>` takes them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

_DEEPEST = 6
_LONGEST_TEXT = 1 << 18
_NODES = 500
"""Values of one text that are visited."""

_PATHS = 200
"""Paths that are listed."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_ODD_KEYS = 4
"""An object with so many keys that are not plain names has data as keys, which are listed as `*`."""


def json_paths(texts: Iterable[object]) -> tuple[str, ...]:
    """Return the paths to plain values and empty containers, the most frequent first.

    Such as `$.usage.input` and `$.items[0].name`: `[0]` stands for any element, and `.*` for any key where the keys
    are data. There are no paths if most of the texts are not JSON objects or arrays.
    """
    parsed = [_parsed(text) for text in texts if text != ""]
    containers = [value for value in parsed if value is not None]
    if len(containers) * 2 < len(parsed):
        return ()
    counts: Counter[str] = Counter()
    for value in containers:
        counts.update(set(_walk(value)))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(path for path, _ in ordered[:_PATHS] if path != "$")


def _parsed(text: object) -> object:
    """Return the JSON object or array that a text holds, or None for anything else or too long a text."""
    if not isinstance(text, str) or not text.startswith(("{", "[")) or len(text) > _LONGEST_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _walk(value: object) -> Iterator[str]:
    """Yield the paths in one value, breadth first."""
    level: list[tuple[str, object]] = [("$", value)]
    left = _NODES
    for _ in range(_DEEPEST):
        below: list[tuple[str, object]] = []
        for path, each in level:
            children = _children(path, each)
            if not children:
                yield path
            below += children[: max(left, 0)]
            left -= len(children)
        level = below
    yield from (path for path, _ in level)


def _children(path: str, value: object) -> list[tuple[str, object]]:
    """Return the elements or members of a value, with their paths."""
    if isinstance(value, list):
        return [(f"{path}[0]", each) for each in value[:20]]
    if not isinstance(value, dict):
        return []
    odd = sum(not _PLAIN_KEY.fullmatch(key) for key in value)
    return [(path + _step(key, any_key=odd >= _ODD_KEYS), each) for key, each in value.items()]


def _step(key: str, *, any_key: bool) -> str:
    """Return the end of a path that leads to a key's value."""
    if _PLAIN_KEY.fullmatch(key):
        return f".{key}"
    return ".*" if any_key or '"' in key or len(key) > 80 else f'."{key}"'
