"""Which paths lead to values in JSON texts, as SQLite's `->>` takes them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

_DEEPEST = 6
_LONGEST_TEXT = 1 << 18
_NODES = 500
"""Values of one text that are looked at."""

_PATHS = 100
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_ODD_KEYS = 4
"""Keys of one object that are no names before they are taken for data and told as `*`."""


def json_paths(texts: Iterable[object]) -> tuple[str, ...]:
    """The paths to plain values and empty containers, the most frequent first: `$.usage.input`, `$.items[0].name`.

    `[0]` stands for any element. `.*` stands for any key where keys are data. There are none if most of the texts
    are no JSON objects or arrays.
    """
    parsed = [_parsed(text) for text in texts if text != ""]
    containers = [value for value in parsed if value is not None]
    if len(containers) * 2 < len(parsed):
        return ()
    found: Counter[str] = Counter()
    for value in containers:
        found.update(set(_walk(value)))
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(path for path, _ in ordered[:_PATHS] if path != "$")


def _parsed(text: object) -> object:
    if not isinstance(text, str) or not text.startswith(("{", "[")) or len(text) > _LONGEST_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _walk(value: object) -> Iterator[str]:
    """Paths of one text, breadth first."""
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
    if isinstance(value, list):
        return [(f"{path}[0]", each) for each in value[:20]]
    if not isinstance(value, dict):
        return []
    odd = sum(not _PLAIN_KEY.fullmatch(key) for key in value)
    return [(path + _step(key, any_key=odd >= _ODD_KEYS), each) for key, each in value.items()]


def _step(key: str, *, any_key: bool) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f".{key}"
    return ".*" if any_key or '"' in key or len(key) > 80 else f'."{key}"'
