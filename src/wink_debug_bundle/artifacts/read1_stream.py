"""Streams that unpack, hash or bound their bytes as they pass, a little at a time."""

from __future__ import annotations

import io


class Read1Stream(io.BufferedIOBase):
    """A stream of which a subclass gives some bytes at a time, by `read1`."""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """`size` bytes, or as many as there are; all of them if it is negative or None."""
        pieces: list[bytes] = []
        left = -1 if size is None else size
        while left != 0 and (piece := self.read1(left)):
            pieces.append(piece)
            left -= len(piece) if left > 0 else 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
