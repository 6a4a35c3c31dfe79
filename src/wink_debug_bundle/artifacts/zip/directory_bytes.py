"""Read the bytes of a zip's directory in parts, as the directory of millions of members would fill the memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import IO

from .headers import CENTRAL, RECORD_BYTES

_FIELDS = struct.Struct("<4s16xIIHHHH6xI")
"""The fixed part of a directory record, as far as it says where things are."""

_WINDOW_BYTES = 1 << 20
"""Bytes that are read at once, more than the longest record has; a directory up to this size is read once."""


class DamagedDirectoryError(ValueError):
    """At `place` of the directory there is no record, or it is cut off."""

    def __init__(self, place: int) -> None:
        super().__init__(f"there is no whole record at byte {place} of the directory")
        self.place = place


Fields = tuple[bytes, int, int, int, int, int, int, int]
"""Where a record is, and what it claims: bytes that hold it, where in them it begins, its place in the directory, the
compressed and decompressed size of its member, the length of the name, the number of the part, and the offset."""


class DirectoryBytes:
    """The bytes of a directory, in a stream from `begin` to `end`; places are counted from its beginning."""

    def __init__(self, stream: IO[bytes], begin: int, end: int) -> None:
        self._stream = stream
        self._begin = begin
        self.size = end - begin
        self._place = 0
        self._window = self._read(0)

    def window(self, begin: int, end: int) -> tuple[bytes, int]:
        """Return bytes with those from `begin` to `end` among them, and where in these bytes `begin` is."""
        if not self._place <= begin <= end <= self._place + len(self._window):
            self._place, self._window = begin, self._read(begin, end - begin)
        return self._window, begin - self._place

    def records(self) -> Iterator[Fields]:
        """Yield the fields of every record, in order.

        Raises:
            DamagedDirectoryError: a record is damaged, or the last one is cut off.
        """
        unpack, place = _FIELDS.unpack_from, 0
        while place < self.size:
            window = self._window if place == 0 and self._place == 0 else self._read(place)
            at, last = 0, len(window) - RECORD_BYTES
            while at <= last:
                magic, compressed, size, names, extras, comments, part, offset = unpack(window, at)
                if magic != CENTRAL:
                    raise DamagedDirectoryError(place + at)
                end = at + RECORD_BYTES + names + extras + comments
                if end > len(window):
                    break
                yield window, at, place + at, compressed, size, names, part, offset
                at = end
            if not at:
                raise DamagedDirectoryError(place)
            place += at

    def holds(self, parts: Sequence[bytes]) -> bool:
        """Return whether one of the parts is anywhere in the directory, in letters of any case."""
        overlap = max(map(len, parts)) - 1
        for place in range(0, self.size, _WINDOW_BYTES):
            window = self._read(place, _WINDOW_BYTES + overlap)
            lowered = window.lower()
            if any(part in lowered for part in parts):
                return True
        return False

    def _read(self, place: int, least: int = 0) -> bytes:
        self._stream.seek(self._begin + place)
        return self._stream.read(min(max(_WINDOW_BYTES, least), self.size - place))
