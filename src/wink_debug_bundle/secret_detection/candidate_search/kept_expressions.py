"""Keep compiled expressions on disk: to compile them takes half a second, and to read them a hundredth of one.

What is kept is only used if it is whole, if no other user could have written it, and if it was compiled from the same
expressions, by the same release of the engine, for the same kind of processor.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ...atomic_file import AnotherWriterError, create_partial, partial_path, publish, remove_dead, remove_partial
from ..detection_extra import detection_module, installed
from .candidates import CompiledExpressions

_SUFFIX = ".compiled"
_MOST_FILES = 4
_MOST_BYTES = 64 << 20
_DIGEST_BYTES = 32
_NUMBER_BYTES = 4
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path | None:
    """Return the folder of this user's caches of the command, or None if there is no place for it."""
    if not installed("platformdirs"):
        return None
    folder = Path(detection_module("platformdirs").user_cache_path("wink-debug-bundle", appauthor=False))
    return folder if folder.is_absolute() else None


class KeptExpressions:
    """One compiled set of expressions, in a folder for caches.

    Args:
        folder: The folder, which need not exist.
        compiled_by: The engine, its release, and what it needs of the processor.
        expressions: What is compiled; None for what is not.
    """

    def __init__(self, folder: Path, compiled_by: str, expressions: Iterable[str | None]) -> None:
        self._folder = folder
        self._key = hashlib.sha256(repr((compiled_by, list(expressions))).encode()).digest()
        self._path = folder / f"{self._key.hex()[:32]}{_SUFFIX}"

    def read(self) -> CompiledExpressions | None:
        """Return what is kept, or None if nothing is that may be used."""
        try:
            data = _read_own(self._path)
        except OSError:
            return None
        body = data[_DIGEST_BYTES:]
        return _unpacked(body) if data[:_DIGEST_BYTES] == self._digest(body) else None

    def write(self, compiled: CompiledExpressions) -> None:
        """Keep this, if the folder can be written."""
        body = _packed(compiled)
        with suppress(OSError, AnotherWriterError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(self._digest(body) + body)
            _remove_oldest(self._folder)

    def _replace(self, data: bytes) -> None:
        partial = partial_path(self._path)
        try:
            with os.fdopen(create_partial(partial, self._path), "wb") as file:
                file.write(data)
                file.flush()
                publish(partial, self._path, replace=True)
        finally:
            remove_partial(partial)

    def _digest(self, body: bytes) -> bytes:
        return hashlib.sha256(self._key + body).digest()


def _read_own(path: Path) -> bytes:
    """Return the bytes of a file that only this user may write.

    Raises:
        OSError: there is no such file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & _OTHERS_MAY_WRITE:
            raise PermissionError(f"{path}: others may have written it")
        return file.read(_MOST_BYTES)


def _packed(compiled: CompiledExpressions) -> bytes:
    numbers = [len(compiled.refused), *sorted(compiled.refused)]
    return b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in numbers) + compiled.database


def _unpacked(data: bytes) -> CompiledExpressions:
    count = int.from_bytes(data[:_NUMBER_BYTES], "big")
    end = _NUMBER_BYTES * (count + 1)
    numbers = (data[start : start + _NUMBER_BYTES] for start in range(_NUMBER_BYTES, end, _NUMBER_BYTES))
    return CompiledExpressions(frozenset(int.from_bytes(number, "big") for number in numbers), data[end:])


def _remove_oldest(folder: Path) -> None:
    """Remove what earlier releases kept, and what killed processes left."""
    kept = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-_MOST_FILES]:
        path.unlink(missing_ok=True)
    remove_dead(folder)
