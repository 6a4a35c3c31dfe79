"""Lay JSON out over several lines without changing a character of its values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]\s*[\]}]|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)
_MOST_INDENT = 40


def laid_out(text: str, width: int = 72) -> str:
    """Return JSON with a line for each value if it is longer than `width`; any other text as it is.

    Numbers, escapes and repeated keys stay as they are written.
    """
    stripped = text.strip()
    if len(stripped) <= width or stripped[0] not in "[{" or not _is_json(stripped):
        return text
    return "".join(_pieces(stripped))


def is_structured(text: str) -> bool:
    """Return whether a text is a JSON object or array."""
    stripped = text.strip()
    return stripped[:1] in {"[", "{"} and _is_json(stripped)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=len, parse_float=len)
    except (ValueError, RecursionError):
        return False
    return True


def _pieces(text: str) -> Iterator[str]:
    """Yield the tokens, with line ends and indents between them."""
    depth = 0
    for match in _TOKENS.finditer(text):
        part = match[0]
        if part in {"{", "["}:
            depth += 1
            yield f"{part}{_line_end(depth)}"
        elif part in {"}", "]"}:
            depth -= 1
            yield f"{_line_end(depth)}{part}"
        elif part == ",":
            yield f",{_line_end(depth)}"
        else:
            yield ": " if part == ":" else part


def _line_end(depth: int) -> str:
    return "\n" + " " * min(2 * depth, _MOST_INDENT)
