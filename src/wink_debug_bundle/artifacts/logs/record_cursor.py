"""Go through the JSON text of a long log record: short values together, long strings in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..read_errors import MalformedError
from ..streams.json_cursor import ONE_VALUE, SOME_VALUES, STRING, VALUE, WINDOW_BYTES, JsonCursor

_SPACES = rb"[ \t\r\n]*+"
_MEMBER = STRING + _SPACES + b":" + _SPACES + VALUE
_SOME_MEMBERS = re.compile(_MEMBER + rb"(?:" + _SPACES + b"," + _SPACES + _MEMBER + rb"|(?!))*+", re.DOTALL)

# The branch (?!) is for Python 3.11.2, as in json_cursor.py.
_TEXT = re.compile(rb'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|(?!))*+')
"""Text inside a string: whole characters of JSON, as far as bytes tell."""

_LONGEST_ESCAPE = len(rb"\u0000")
_SPLIT_END = re.compile(rb"(?:[\xc0-\xff][\x80-\xbf]*+|\\u[dD][89abAB][0-9a-fA-F]{2})\Z")
"""What may be the first part of a character at the end of text that was cut: bytes of UTF-8, or half of a pair."""


class RecordCursor(JsonCursor):
    """A place in the JSON text of a record, which arrives in chunks."""

    def short_value(self) -> bytes | None:
        """Return the value at the cursor and go behind it; None if it does not end within the window."""
        return self._take(ONE_VALUE)

    def short_values(self) -> bytes | None:
        """Return the values at the cursor that are in the window, with the commas between them; None if none ends."""
        return self._take(SOME_VALUES)

    def short_members(self) -> bytes | None:
        """Return the keys and values at the cursor that are in the window; None if the first does not end there."""
        return self._take(_SOME_MEMBERS)

    def pieces(self) -> Iterator[bytes]:
        """Yield the text of the string at the cursor, without its quotes, and go behind it.

        Raises:
            MalformedError: it does not end, or has a character that no string of JSON has.
        """
        self.require(b'"')
        while True:
            found = _TEXT.match(self._data, self._at, self._at + WINDOW_BYTES)
            if found is not None and found[0]:
                self._at = found.end()
                yield found[0]
            elif self._data[self._at : self._at + 1] == b'"':
                self._at += 1
                return
            elif len(self._data) - self._at >= _LONGEST_ESCAPE or not self._more():
                raise MalformedError(f"a string does not end, or has a wrong character, at byte {self.offset + 1}")

    def _take(self, pattern: re.Pattern[bytes]) -> bytes | None:
        self.peek()
        while len(self._data) - self._at < WINDOW_BYTES and self._more():
            pass
        found = pattern.match(self._data, self._at, self._at + WINDOW_BYTES)
        if found is None:
            return None
        self._at = found.end()
        return found[0]


def cut_text(text: bytes, length: int) -> bytes:
    """Return at most `length` bytes of the text of a string, without a part of a character at the end."""
    if len(text) <= length:
        return text
    found = _TEXT.match(text, 0, length)
    return _SPLIT_END.sub(b"", found[0] if found else b"")
