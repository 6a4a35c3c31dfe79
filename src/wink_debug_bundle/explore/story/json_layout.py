"""Lay JSON out over several lines without changing a character of its values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]\s*[\]}]|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\.", re.DOTALL)
_MOST_INDENT = 40
_DECODER = json.JSONDecoder(strict=False)


def laid_out(text: str, width: int = 72) -> str:
    """Return JSON with a line for each value if it is longer than `width`; any other text as it is.

    Numbers, escapes and repeated keys stay as they are written.
    """
    stripped = text.strip()
    if len(stripped) <= width or stripped[0] not in "[{" or not _is_json(stripped):
        return text
    return "".join(_pieces(stripped))


def without_escapes(text: str) -> str:
    """Return JSON with the characters beyond ASCII that it has as escapes; those that are not printed stay escaped."""
    return _ESCAPES.sub(_character, text) if "\\u" in text else text


def _character(found: re.Match[str]) -> str:
    escapes = found[0]
    if len(escapes) < len(r"\u0000"):
        return escapes
    characters: str = _DECODER.decode(f'"{escapes}"')
    return characters if characters.isprintable() and min(characters) > "~" else escapes


def readable_parts(label: str, text: str) -> Iterator[tuple[str, str]]:
    r"""Yield a text with its label; an object with texts of several lines as a part for each of its keys.

    Code and Markdown in parameters would be one long line with `\n` in it otherwise.
    """
    members = _members(text.strip())
    if members and any(isinstance(value, str) and "\n" in value for _, value, _ in members):
        for key, value, raw in members:
            yield f"{label} {key}".lstrip(), value if isinstance(value, str) else laid_out(raw)
    else:
        yield label, laid_out(text)


def _members(text: str) -> list[tuple[str, object, str]]:
    """Return the keys of a JSON object, their values, and the values as they are written; nothing for any other text."""
    members: list[tuple[str, object, str]] = []
    place = 1
    try:
        while text[:1] == "{" and text[-1:] == "}":
            key, place = _DECODER.raw_decode(text, _word(text, place))
            start = _word(text, _word(text, place) + 1)
            value, place = _DECODER.raw_decode(text, start)
            members.append((str(key), value, text[start:place]))
            place = _word(text, place) + 1
            if text[place - 1] == "}":
                return members if place == len(text) else []
    except (ValueError, RecursionError, IndexError):
        pass
    return []


def _word(text: str, place: int) -> int:
    """Return the place of the next character that is no space."""
    while text[place].isspace():
        place += 1
    return place


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
