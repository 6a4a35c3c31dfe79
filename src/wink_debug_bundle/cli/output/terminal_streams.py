"""What a terminal shows of a bundle's text and bytes: characters that would drive it are written as escapes."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

from ...terminal_text import visible_text


class Screen(io.TextIOBase):
    """A terminal that text of a bundle cannot drive; tabs and line ends reach it as they are."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal

    def write(self, text: str, /) -> int:
        """Show the text."""
        self._terminal.write(visible_text(text))
        return len(text)

    def flush(self) -> None:
        """Show what waits."""
        self._terminal.flush()


class ByteScreen:
    """The same for bytes: those that are no UTF-8 are shown as escapes, too."""

    def __init__(self, terminal: TextIO) -> None:
        self._screen = Screen(terminal)
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def write(self, data: bytes, /) -> int:
        """Show the bytes; a character that is not complete waits."""
        self._screen.write(self._decoder.decode(data))
        return len(data)

    def flush(self) -> None:
        """Show what waits, as there is nothing more."""
        self._screen.write(self._decoder.decode(b"", final=True))
        self._screen.flush()
