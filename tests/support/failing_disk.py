"""A disk that fails while files on it are read."""

from __future__ import annotations

import errno
import io
import os
from typing import Any

import pytest

from wink_debug_bundle.artifacts import source_opener


def fail_reading(monkeypatch: pytest.MonkeyPatch, name: str, good_bytes: int) -> None:
    """Let each read of the files of a name fail behind their first bytes."""

    class Failing(io.FileIO):
        def readinto(self, buffer: Any) -> int:
            if self.tell() >= good_bytes:
                raise OSError(errno.EIO, "Input/output error")
            return super().readinto(memoryview(buffer)[: good_bytes - self.tell()]) or 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            buffer = bytearray(size)
            return bytes(buffer[: self.readinto(buffer)])

    def failing(path: Any, mode: Any, buffering: int = -1, **how: Any) -> Any:
        if os.path.basename(path) != name:
            return open(path, mode, buffering, **how)
        raw = Failing(path, mode, **how)
        return io.BufferedReader(raw) if buffering else raw

    monkeypatch.setattr(source_opener, "open", failing, raising=False)
