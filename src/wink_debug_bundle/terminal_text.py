r"""Make text safe to show: escape every character that could move the cursor, reorder a line or hide itself."""

from __future__ import annotations

import re

# C0, DEL and C1 control terminals; the rest are invisible and reorder or break lines. Lone surrogates cannot be
# encoded: Python uses them for the bytes of file names that are not UTF-8.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_TAB_OR_LINE_END = re.compile(r"(\t|\r?\n)")
_SHORT_ESCAPES = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    r"""Return the text on one line, with control characters and invisible ones escaped (`\n`, `\x1b`, `\u202e`)."""
    return text if text.isprintable() else _HIDDEN.sub(_escape, text)


def visible_lines(text: str) -> str:
    r"""Return the text escaped as in `visible`, except for its line ends (`\n`, and `\r\n`, which becomes `\n`)."""
    return "\n".join(map(visible, text.replace("\r\n", "\n").split("\n")))


def visible_text(text: str) -> str:
    r"""Return the text escaped as in `visible`, except for its tabs and line ends (`\n`, `\r\n`)."""
    if text.isprintable():
        return text
    parts = _TAB_OR_LINE_END.split(text)
    return "".join(part if number % 2 else visible(part) for number, part in enumerate(parts))


def visible_in_json(text: str) -> str:
    """Return JSON text with the same characters as JSON escapes, so that it still parses to the same value."""
    return text if text.isprintable() else _HIDDEN.sub(_escape_in_json, text)


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return _SHORT_ESCAPES.get(char) or (f"\\x{ord(char):02x}" if char <= "\xff" else f"\\u{ord(char):04x}")


def _escape_in_json(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
