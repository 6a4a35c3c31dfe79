"""Go through the JSON text of one long line; memory holds a part of it at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..lossless_json import MAX_DEPTH
from ..read_errors import MalformedError
from .line_blocks import LINE_LIMIT

WINDOW_BYTES = 1 << 18
"""Bytes that are looked at together, unless one value is longer."""

# Where the last repetition of a possessive group fails behind its first character, Python 3.11.2 goes on at a wrong
# place, unless the group ends with a branch that always fails.
STRING = rb'"(?:[^"\\]++|\\.)*+"'
_SCALAR = rb"[^\s\"\[\]{},:]++(?=[\s,\]}])"
_SPACES = re.compile(rb"[ \t\r\n]*+")
_STRING_TOKEN = re.compile(STRING, re.DOTALL)
_BRACKETS = re.compile(STRING + rb"|[\[{]|[\]}]|\"", re.DOTALL)


def _nested(levels: int) -> bytes:
    """Return the pattern of an array or object of at most so many levels; possessive, so that matching is linear."""
    inner = b""
    for _ in range(levels):
        inner = rb'[\[{](?:[^"\[\]{}]++|' + STRING + (b"|" + inner if inner else b"") + rb"|(?!))*+[\]}]"
    return inner


VALUE = rb"(?:" + STRING + rb"|" + _nested(6) + rb"|" + _SCALAR + rb")"
ONE_VALUE = re.compile(VALUE, re.DOTALL)
SOME_VALUES = re.compile(VALUE + rb"(?:[ \t\r\n]*+,[ \t\r\n]*+" + VALUE + rb"|(?!))*+", re.DOTALL)
"""A value, and values with commas between them; their text inside is not checked."""


class TooLongError(Exception):
    """One value of the line is too long to be held in memory."""


class JsonCursor:
    """A place in JSON text that arrives in chunks; `offset` counts the bytes before it."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._data = b""
        self._at = 0
        self._before = 0

    @property
    def offset(self) -> int:
        """Return how many bytes of the text are behind."""
        return self._before + self._at

    def peek(self) -> bytes:
        """Skip white space and return the next byte; none at the end."""
        while True:
            self._at = _SPACES.match(self._data, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._data) or not self._more():
                return self._data[self._at : self._at + 1]

    def take(self, expected: bytes) -> bool:
        """Skip white space and, if it comes next, the byte `expected`; return whether it did."""
        if self.peek() != expected:
            return False
        self._at += 1
        return True

    def require(self, expected: bytes) -> None:
        """Skip white space and the byte `expected`.

        Raises:
            MalformedError: another byte comes next.
        """
        if not self.take(expected):
            raise MalformedError(f"expected {expected.decode()} at byte {self.offset + 1} of the line")

    def key(self) -> bytes:
        """Return the string at the cursor, with its quotes, and go behind it and the colon after it."""
        if self.peek() != b'"':
            raise MalformedError(f"expected a key at byte {self.offset + 1} of the line")
        key = self.value()
        self.require(b":")
        return key

    def value(self) -> bytes:
        """Return the text of the value at the cursor, and go behind it.

        Raises:
            MalformedError: no value ends there.
            TooLongError: it is longer than LINE_LIMIT.
        """
        self.peek()
        while True:
            found = ONE_VALUE.match(self._data, self._at)
            end = found.end() if found else self._deep_end()
            if end:
                taken = self._data[self._at : end]
                self._at = end
                return taken
            self._grow()

    def values(self) -> bytes:
        """Return the text of the values at the cursor that are in memory, with the commas between them: at least one."""
        if self.peek() and len(self._data) - self._at < WINDOW_BYTES:
            self._more()
        found = SOME_VALUES.match(self._data, self._at, self._at + WINDOW_BYTES)
        if found is None or found.end() == self._at:
            return self.value()
        taken = found[0]
        self._at = found.end()
        return taken

    def _deep_end(self) -> int:
        """Return where the array or object at the cursor ends, however deep it is nested; 0 if it is not all there."""
        depth = 0
        if self._data[self._at : self._at + 1] not in (b"[", b"{"):
            return 0
        for found in _BRACKETS.finditer(self._data, self._at):
            token = found[0]
            if token == b'"':  # a string that is not all there
                return 0
            depth += (token in (b"[", b"{")) - (token in (b"]", b"}"))
            if depth > MAX_DEPTH:
                raise MalformedError(f"nested more than {MAX_DEPTH} levels deep")
            if depth == 0:
                return found.end()
        return 0

    def _grow(self) -> None:
        """Read as many bytes as there are in memory, so that looking at all of them again takes linear time."""
        wanted = min(2 * (len(self._data) - self._at), LINE_LIMIT) + 1
        if len(self._data) - self._at > LINE_LIMIT:
            raise TooLongError
        before = self._data[self._at :]
        chunks = [before]
        size = len(before)
        while size < wanted and (chunk := next(self._chunks, b"")):
            chunks.append(chunk)
            size += len(chunk)
        if size == len(before):
            raise MalformedError(f"no value ends that begins at byte {self.offset + 1} of the line")
        self._before += self._at
        self._data, self._at = b"".join(chunks), 0

    def _more(self) -> bool:
        """Read on, and return whether there is more."""
        chunk = next(self._chunks, b"")
        if chunk:
            self._before += self._at
            self._data, self._at = self._data[self._at :] + chunk, 0
        return bool(chunk)
