"""A base for streams that decompress, hash or limit their bytes as they are read."""

from __future__ import annotations

import io


class Read1Stream(io.BufferedIOBase):
    """A stream whose subclass implements `read1`, which returns some bytes at a time."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return `size` bytes, or fewer at the end of the stream; all bytes if `size` is negative or None."""
        chunks: list[bytes] = []
        left = -1 if size is None else size
        while left != 0 and (chunk := self.read1(left)):
            chunks.append(chunk)
            left -= len(chunk) if left > 0 else 0
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
