"""Search the bytes of a zip's file for the signatures of headers and records."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from .headers import CENTRAL, END, END_64, LOCAL, LocalHeader, read_local_header

_MAGICS = (LOCAL, CENTRAL, END, END_64)

_FIRST_BYTES, SCAN_BYTES = 1 << 8, 1 << 16
"""Bytes that are searched first, because a header is often close, and most bytes that are searched at once later."""


class Scan:
    """Finds headers in a file of `size` bytes."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size

    def crc_of(self, begin: int, end: int) -> int:
        """Return the CRC-32 of the bytes from `begin` to `end`."""
        crc = 0
        for at in range(begin, end, SCAN_BYTES):
            crc = zlib.crc32(self.read(at, min(SCAN_BYTES, end - at)), crc)
        return crc

    def next(self, at: int, until: int | None = None, *, magics: tuple[bytes, ...] = _MAGICS) -> int:
        """Return where the next header or record begins from `at` on; without one, `until` or the end of the file."""
        last = self._size if until is None else min(until, self._size)
        size = _FIRST_BYTES
        while at < last:
            data = self.read(at, min(size, last - at + 3))
            place = data.find(b"PK")
            while place >= 0:
                if data[place : place + 4] in magics:
                    return min(at + place, last)
                place = data.find(b"PK", place + 1)
            at += max(len(data) - 3, 1)
            size = min(8 * size, SCAN_BYTES)
        return last if until is None else until

    def local_header(self, at: int) -> LocalHeader | None:
        """Return the local header at `at`; None if it is cut off."""
        return read_local_header(self._stream, at)

    def read(self, at: int, size: int) -> bytes:
        """Return up to `size` bytes from `at` on, fewer at the end of the file."""
        self._stream.seek(at)
        return self._stream.read(size)
