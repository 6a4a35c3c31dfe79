"""Write text and bytes of a bundle to a terminal, with control characters as escapes."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

from ...terminal_text import visible_text


class Screen(io.TextIOBase):
    """A text stream to a terminal that writes control characters, except tabs and line ends, as escapes."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal

    def write(self, text: str, /) -> int:
        """Write the text; return its length."""
        self._terminal.write(visible_text(text))
        return len(text)

    def flush(self) -> None:
        """Flush the terminal."""
        self._terminal.flush()


class ByteScreen:
    """A binary stream to a terminal; bytes that are not UTF-8 are written as escapes, too."""

    def __init__(self, terminal: TextIO) -> None:
        self._screen = Screen(terminal)
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def write(self, data: bytes, /) -> int:
        """Write the bytes, except an incomplete character at their end; return their number."""
        self._screen.write(self._decoder.decode(data))
        return len(data)

    def flush(self) -> None:
        """Write an incomplete character as escapes, and flush the terminal."""
        self._screen.write(self._decoder.decode(b"", final=True))
        self._screen.flush()
