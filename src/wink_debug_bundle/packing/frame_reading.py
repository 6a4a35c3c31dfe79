"""Decompress a packed bundle, in bounded memory and within limits: it may be damaged, or made to fill a disk."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from ..bundle_files import DATABASE_START
from ..errors import BundleError, DamagedBundleError, InvalidBundleError
from .frame_header import FRAME_HEAD_BYTES, UNPACKED_EXPANSION, WINDOW_LOG, ByteProgress, read_frame_header
from .frame_writing import write_all

LEAST_UNPACKED = 256 << 20
"""Bytes that every packed bundle may have when it is unpacked, however small it is."""

_INPUT_BYTES = 1024
"""Compressed bytes given to zstd at once: a block of 4 bytes can decompress to 128 KiB, so this bounds memory."""


def unpack(
    path: Path,
    target: int,
    folder: Path,
    *,
    max_expansion: int = UNPACKED_EXPANSION,
    progress: ByteProgress | None = None,
    remedy: str = "free space there",
) -> None:
    """Write the database in the packed bundle at `path` to the open file `target`, which is in `folder`.

    Args:
        path: The packed bundle.
        target: An empty file.
        folder: The folder whose disk must have room for it.
        max_expansion: How many times the size of the packed bundle it may have; LEAST_UNPACKED bytes are always allowed.
        progress: Called with the number of compressed bytes read so far, and of all.
        remedy: What to do if the folder has no room.

    Raises:
        DamagedBundleError: the file is damaged, or ends early, or something follows its frame.
        InvalidBundleError: the file cannot be read, holds no database, or would become too large.
        BundleError: the folder has no room.
    """
    try:
        with path.open("rb", buffering=0) as source:
            frame = _Frame(path, source, max_expansion, shutil.disk_usage(folder).free)
            for content in frame.contents(progress):
                _write(target, content, folder)
    except OSError as error:
        raise InvalidBundleError(f"{path}: cannot be read: {error.strerror}") from None
    except _NoRoomError as error:
        raise BundleError(f"{path}: {folder} has no room to unpack it: it needs {error}; {remedy}") from None


class _NoRoomError(Exception):
    """The disk cannot hold what is unpacked; the message says how much that is."""


class _Frame:
    """The frame in a packed bundle, and how many bytes may come out of it."""

    def __init__(self, path: Path, source: BinaryIO, max_expansion: int, free: int) -> None:
        self._path = path
        self._source = source
        self._size = os.fstat(source.fileno()).st_size
        self._limit = max(self._size * max_expansion, LEAST_UNPACKED)
        self._free = free
        self._claimed = self._checked_header()

    def contents(self, progress: ByteProgress | None) -> Iterator[bytes]:
        """Yield the database, some bytes at a time."""
        start, made = b"", 0
        for content in self._decompressed(progress):
            made += len(content)
            self._check_size(made)
            if len(start) < len(DATABASE_START):
                start += content[: len(DATABASE_START)]
                if not (start.startswith(DATABASE_START) or DATABASE_START.startswith(start)):
                    break
            yield content
        if not start.startswith(DATABASE_START):
            raise InvalidBundleError(f"{self._path}: is compressed with zstd, but holds no SQLite database")

    def _decompressed(self, progress: ByteProgress | None) -> Iterator[bytes]:
        """Yield what comes out of the only frame of the file."""
        frame = zstandard.ZstdDecompressor(max_window_size=1 << WINDOW_LOG).decompressobj()
        read = 0
        while not frame.eof and (data := self._source.read(_INPUT_BYTES)):
            try:
                content = frame.decompress(data)
            except zstandard.ZstdError as error:
                raise self._damage(str(error)) from None
            yield content
            read += len(data)
            if progress is not None:
                progress(read, self._size)
        if not frame.eof:
            raise self._damage("its end is missing")
        if frame.unused_data or self._source.read(1):
            raise self._damage(f"its frame ends before byte {read - len(frame.unused_data)}, and other bytes follow")

    def _checked_header(self) -> int | None:
        """Return the size that the header claims, if it claims one, after it was compared with the limits."""
        try:
            header = read_frame_header(os.pread(self._source.fileno(), FRAME_HEAD_BYTES, 0))
        except zstandard.ZstdError as error:
            raise self._damage(str(error)) from None
        if header.window_bytes > 1 << WINDOW_LOG:
            raise InvalidBundleError(
                f"{self._path}: needs {header.window_bytes:,} bytes of memory to be unpacked, more than the"
                f" {1 << WINDOW_LOG:,} that are allowed; compress it again with a smaller window (zstd --long=27)"
            )
        if header.content_bytes is not None:
            self._check_limits(header.content_bytes, "")
        return header.content_bytes

    def _check_size(self, made: int) -> None:
        """Raise if `made` bytes are more than the header claims; without a claim, if they are more than is allowed."""
        if self._claimed is None:
            self._check_limits(made, "at least ")
        elif made > self._claimed:
            raise self._damage(f"more comes out of it than the {self._claimed:,} bytes that its header claims")

    def _check_limits(self, size: int, at_least: str) -> None:
        """Raise if so many bytes are more than a file of this size may have, or than the disk has room for."""
        if size > self._limit:
            raise InvalidBundleError(
                f"{self._path}: would become {at_least}{size:,} bytes, more than the {self._limit:,} that a file of its"
                " size may have when it is unpacked; if you trust it, unpack it yourself and open the result:"
                f" {shell_command(self._path)}"
            )
        if size > self._free:
            raise _NoRoomError(f"{at_least}{size:,} bytes, and {self._free:,} are free")

    def _damage(self, problem: str) -> DamagedBundleError:
        return DamagedBundleError(f"{self._path}: the packed bundle is damaged: {problem}")


def shell_command(path: Path) -> str:
    """Return the command that unpacks a packed bundle without this package."""
    name = f"./{path}" if str(path).startswith("-") else str(path)  # or it would be read as an option
    return f"zstd -d --long={WINDOW_LOG} {shlex.quote(name)}"


def _write(target: int, content: bytes, folder: Path) -> None:
    try:
        write_all(target, content)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _NoRoomError("more than is free") from None
        raise BundleError(f"{folder}: cannot be written: {error.strerror}") from None
