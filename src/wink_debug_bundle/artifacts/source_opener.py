"""Open sources: the only way in which a build reads a file that it was given.

Between the moment when a file is found and the moment when it is read, others may put something else in its place. So a
link is not followed, a pipe is not waited for, and the open file is compared with the one that was found.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from .read_errors import ReplacedError
from .source import FileIdentity, Source

_NO_SURPRISE = os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_STEP = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC

_LONGEST_STEP = 2048
"""Bytes of a path that are given to the system at once; it takes up to 4096."""


def open_source(source: Source, *, buffering: int = -1) -> BinaryIO:
    """Return the source's file, open for reading.

    Raises:
        ReplacedError: it is not the file that was found.
        OSError: it cannot be opened.
    """
    return open_regular(source.file, source.identity, buffering=buffering)


def open_regular(path: Path, identity: FileIdentity | None = None, *, buffering: int = -1) -> BinaryIO:
    """Return a regular file, open for reading; `identity` is that of the file that must be there, if it is known.

    Raises:
        ReplacedError: it is not a regular file, or another file than the expected one.
        OSError: it cannot be opened.
    """

    def open_checked(name: str, flags: int) -> int:
        descriptor = _open_without_links(name, flags | _NO_SURPRISE)
        try:
            _check(os.fstat(descriptor), identity)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    return open(path, "rb", buffering, opener=open_checked)


def open_folder(path: Path, identity: FileIdentity | None = None) -> int:
    """Return the descriptor of a folder; `identity` is that of the folder that must be there, if it is known.

    Raises:
        ReplacedError: it is another folder than the expected one.
        OSError: it cannot be opened.
    """
    descriptor = _open_at_any_depth(os.fspath(path), _FOLDER | (os.O_NOFOLLOW if identity else 0))
    if identity is not None and not identity.is_of(os.fstat(descriptor)):
        os.close(descriptor)
        raise ReplacedError("another folder")
    return descriptor


def _check(status: os.stat_result, identity: FileIdentity | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ReplacedError("something that is not a regular file")
    if identity is not None and not identity.is_of(status):
        raise ReplacedError("another file")


def _open_without_links(path: str, flags: int) -> int:
    try:
        return _open_at_any_depth(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ReplacedError("a link") from None
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # a socket, or a pipe or device without another end
            raise ReplacedError("something that is not a regular file") from None
        raise


def _open_at_any_depth(path: str, flags: int) -> int:
    """Open a path of any length: one that is too long for the system at once is opened folder by folder."""
    try:
        return os.open(path, flags)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG or len(os.fsencode(path)) < _LONGEST_STEP:
            raise
    *steps, last = _steps(path)
    folder = os.open(steps.pop(0), _STEP)
    try:
        for step in steps:
            above, folder = folder, os.open(step, _STEP, dir_fd=folder)
            os.close(above)
        return os.open(last, flags, dir_fd=folder)
    finally:
        os.close(folder)


def _steps(path: str) -> list[str]:
    """Return where the path begins, and then its parts, several folders at a time."""
    steps = ["/" if path.startswith("/") else "."]
    step: list[str] = []
    length = 0
    for part in filter(None, path.split("/")):
        size = len(os.fsencode(part)) + 1
        if length + size > _LONGEST_STEP:
            steps.append("/".join(step))
            step, length = [], 0
        step.append(part)
        length += size
    return [*steps, "/".join(step)]
