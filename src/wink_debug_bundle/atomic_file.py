"""Files that are not finished yet: beside their output, under names of their own, locked, readable by their owner alone.

A reader of the output path sees the old file, or none, or the complete new one. What a killed process leaves is known
by its name, and by its lock to be dead; the next process that writes the same output removes it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .bundle_files import DATABASE_SIDES, PARTIAL_SUFFIX

SCRATCH = "-tmp"
"""Ending of the directory for files without a name: SQLite's sorting, chunks that wait."""

_LONGEST_STEM = 200
"""Bytes of an output's name that stand in the names of what is not finished."""

SIDES = (SCRATCH, *DATABASE_SIDES)
"""Endings of what lies beside an unfinished file."""


class AnotherWriterError(Exception):
    """Another process is writing the same output; its text is the name of that process's unfinished file."""


class NoLocksError(OSError):
    """The file system of the output has no file locks."""


def partial_path(output: Path) -> Path:
    """A path for what will be `output`; known before the file is there, as a signal may come as soon as it is."""
    return output.with_name(f".{_stem(output.name)}.{secrets.token_hex(8)}{PARTIAL_SUFFIX}")


def create_partial(path: Path, output: Path) -> int:
    """Create the empty file `path` for what will be `output`; return the descriptor that holds its lock.

    Raises:
        AnotherWriterError: another process is writing `output`.
        NoLocksError: the file system has no locks.
        OSError: the folder cannot be written.
    """
    with _alone_in(output.parent):
        remove_leftovers(output)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600)
        try:
            _lock(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def remove_leftovers(output: Path) -> None:
    """Remove what killed processes left of the same output.

    Raises:
        AnotherWriterError: one of them is alive.
        NoLocksError: whether it is alive cannot be known.
    """
    # A dot may follow in the name of another output, too: `.a.db.<hex>.partial` is one of a.db, and none of a.
    own = re.compile(rf"\.{re.escape(_stem(output.name))}\.[0-9a-f]+{re.escape(PARTIAL_SUFFIX)}")
    found = {path.with_name(_base(path.name)) for path in output.parent.iterdir()}
    for path in sorted(path for path in found if own.fullmatch(path.name)):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            remove_partial(path)  # side files of a worker that outlived its builder
            continue
        try:
            _lock(descriptor)
            remove_partial(path)
        except BlockingIOError:
            raise AnotherWriterError(path.name) from None
        finally:
            os.close(descriptor)


def remove_partial(path: Path) -> None:
    """Remove an unfinished file and all that lies beside it; the file itself last, so that the rest can be found."""
    for side in SIDES:
        beside = path.with_name(path.name + side)
        if side == SCRATCH:
            shutil.rmtree(beside, ignore_errors=True)
        else:
            beside.unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def publish(path: Path, output: Path, *, replace: bool) -> None:
    """Give the finished file its name, for good.

    Raises:
        FileExistsError: `output` is there, and is not to be replaced.
        OSError: the folder cannot be written.
    """
    if replace or not _linked(path, output):
        os.replace(path, output)
    folder = os.open(output.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _linked(path: Path, output: Path) -> bool:
    """Whether the file has its new name, too; False on a file system without hard links."""
    try:
        os.link(path, output)
    except FileExistsError:
        raise
    except OSError:
        if output.exists():
            raise FileExistsError(output) from None
        return False
    return True


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time look for others and begin, as far as the file system locks directories."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        raise NoLocksError(error.errno, f"the file system has no file locks ({error.strerror})") from None


def _stem(name: str) -> str:
    """The name, or, where too little room is left after it, a hash of it; file systems take names of 255 bytes."""
    encoded = os.fsencode(name)
    return name if len(encoded) <= _LONGEST_STEM else hashlib.sha256(encoded).hexdigest()


def _base(name: str) -> str:
    """The name of the unfinished file that `name` is, or lies beside."""
    return next((name.removesuffix(side) for side in SIDES if name.endswith(side)), name)
