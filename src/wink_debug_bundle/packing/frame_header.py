"""Recognise a packed bundle by its content, and read what the header of its frame claims.

Every command looks whether its bundle is packed, so zstd's library is imported only for those that are.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..bundle_files import DATABASE_HEAD_BYTES, ZSTD_START, is_bundle_head

ByteProgress = Callable[[int, int], None]
"""Called with the number of bytes done, and of all bytes."""

UNPACKED_EXPANSION = 1000
"""How many times its size a packed bundle may have when it is unpacked; evaluations whose samples share a workspace have 220."""

WINDOW_LOG = 27
"""Logarithm of the largest window, in bytes: text repeats that was read up to 128 MiB before."""

FRAME_HEAD_BYTES = 18
"""Bytes of the longest header of a frame."""

_LONGEST_BLOCK = (1 << 17) + 3
"""Bytes of the longest compressed block with its header; nothing is decompressed before a block is complete."""

_INPUT_BYTES = 512
"""Bytes given to zstd at once: a block of 4 bytes can decompress to 128 KiB, so this bounds memory."""

_UNKNOWN = 2**64 - 1
"""What zstd says of the content's size if the header does not claim one."""


class FrameHeader(NamedTuple):
    """What the header of a frame claims; `content_bytes` is None if it claims no size."""

    content_bytes: int | None
    window_bytes: int


def is_packed(path: Path) -> bool:
    """Return whether a regular file begins like a zstd frame; a file that cannot be opened is not packed."""
    try:
        # The writer of a pipe is not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and begins_packed(os.pread(descriptor, FRAME_HEAD_BYTES, 0))
    except OSError:
        return False
    finally:
        os.close(descriptor)


def begins_packed(head: bytes) -> bool:
    """Return whether a file that begins with `head` is compressed with zstd."""
    return head.startswith(ZSTD_START)


def read_frame_header(head: bytes) -> FrameHeader:
    """Return what the header at the beginning of `head` claims.

    Raises:
        zstandard.ZstdError: it is damaged, or ends early.
    """
    import zstandard

    found = zstandard.get_frame_parameters(head)
    return FrameHeader(None if found.content_size == _UNKNOWN else found.content_size, found.window_size)


def holds_bundle(stream: BinaryIO) -> bool:
    """Return whether the stream, read from its beginning, is a packed bundle as far as its first block shows."""
    head = stream.read(_INPUT_BYTES)
    if not begins_packed(head):
        return False
    import zstandard

    frame = zstandard.ZstdDecompressor(max_window_size=1 << WINDOW_LOG).decompressobj()
    content, read = b"", 0
    try:
        while head and read <= _LONGEST_BLOCK and len(content) < DATABASE_HEAD_BYTES and not frame.eof:
            content += frame.decompress(head)
            read += len(head)
            head = stream.read(_INPUT_BYTES)
    except zstandard.ZstdError:
        return False
    return is_bundle_head(content)
