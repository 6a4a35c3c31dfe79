r"""Make text safe to show: whatever a cell, a path or a message holds, it cannot move the cursor or reorder a line."""

from __future__ import annotations

import re

# C0, DEL and C1 drive terminals; the rest reorder or break lines without being seen. Lone surrogates cannot be
# written at all: they stand for bytes of file names that are not UTF-8.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LAYOUT = re.compile(r"(\t|\r?\n)")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    r"""The text on one line, with `\n`, `\x1b` and the like in place of characters that act instead of showing."""
    return text if text.isprintable() else _HIDDEN.sub(_escape, text)


def visible_lines(text: str) -> str:
    """The text with its line ends as they are, and everything else as in `visible`."""
    return "\n".join(map(visible, text.split("\n")))


def visible_text(text: str) -> str:
    r"""The text with its tabs and line ends (`\n`, `\r\n`) as they are, and everything else as in `visible`."""
    if text.isprintable():
        return text
    parts = _LAYOUT.split(text)
    return "".join(part if number % 2 else visible(part) for number, part in enumerate(parts))


def visible_in_json(text: str) -> str:
    """JSON text in which the same characters are escaped as JSON does it, so that it says what it said."""
    return text if text.isprintable() else _HIDDEN.sub(_escape_in_json, text)


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return _SHORT.get(char) or (f"\\x{ord(char):02x}" if char <= "\xff" else f"\\u{ord(char):04x}")


def _escape_in_json(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
