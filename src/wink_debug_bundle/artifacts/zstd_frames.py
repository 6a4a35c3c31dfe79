"""Decompress zstd frames that follow each other, in bounded memory."""

from __future__ import annotations

import zstandard

_INPUT_BYTES = 1024
"""Compressed bytes given to zstd at once: a block of 4 bytes can decompress to 128 KiB, so this bounds memory."""


class ZstdFrames:
    """Decompresses a frame and those directly after it; its end is where no further frame begins."""

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._compressed = b""
        self._ready = memoryview(b"")

    @property
    def eof(self) -> bool:
        """Return whether a frame has ended, and the given bytes do not go on with another."""
        return self._frame.eof and not (self._ready or self._compressed.startswith(zstandard.FRAME_HEADER))

    @property
    def needs_input(self) -> bool:
        """Return whether no more output is possible without more compressed bytes."""
        return not (self._compressed or self._ready)

    @property
    def unused_data(self) -> bytes:
        """Return the given bytes that follow the last frame."""
        return self._compressed

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return up to `max_length` decompressed bytes of `data` and what was given before.

        Raises:
            zstandard.ZstdError: the frame is damaged.
        """
        self._compressed += data
        while self._compressed and not self._ready and not self.eof:
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            chunk, self._compressed = self._compressed[:_INPUT_BYTES], self._compressed[_INPUT_BYTES:]
            self._ready = memoryview(self._frame.decompress(chunk))
            self._compressed = self._frame.unused_data + self._compressed
        output, self._ready = self._ready[:max_length], self._ready[max_length:]
        return output.tobytes()
