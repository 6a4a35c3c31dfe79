"""Keep writers away from the file that a new bundle replaces, as SQLite keeps them away from each other.

A program with an unsaved edit of the old file would write it into the new one: SQLite finds journals by the name of the
file. So the old file is locked while it is replaced, and its journals are looked for under the lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...bundle_files import DATABASE_SIDES
from ...errors import BundleBuildError

_PENDING, _RESERVED = 0x40000000, 0x40000001
"""Bytes that SQLite locks: readers lock the first while they begin, a writer the second during its transaction."""

_PATIENCE = 1.0
"""Seconds to wait for readers that are about to begin; each takes microseconds."""

_HELD = {errno.EACCES, errno.EAGAIN}


class FileState(NamedTuple):
    """What changes when a file is written or replaced."""

    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Return the state of a file.

        Raises:
            OSError: there is no such file.
        """
        found = path.stat()
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@contextmanager
def without_writers(output: Path) -> Iterator[None]:
    """Keep other programs from writing to the file at `output`, if there is one; those that read it go on.

    Raises:
        BundleBuildError: another program is writing to it, or has left a journal of it.
    """
    descriptor = _opened(output)
    try:
        if descriptor is not None:
            _lock(descriptor, output)
        _refuse_journals(output)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _refuse_journals(output: Path) -> None:
    for side in DATABASE_SIDES:
        stale = output.with_name(output.name + side)
        try:
            stale.lstat()
        except FileNotFoundError:
            continue
        # SQLite would apply the old journal to the new file.
        raise BundleBuildError(f"{stale}: belongs to an older or open {output.name}; close or remove it first")


def _opened(output: Path) -> int | None:
    """Open the old file, for writing if that is allowed; None if it does not exist, or may not be opened at all."""
    for mode in (os.O_RDWR, os.O_RDONLY):
        try:
            return os.open(output, mode | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError:
            continue
    return None


def _lock(descriptor: int, output: Path) -> None:
    """Lock the bytes by which writers exclude each other, and those by which programs begin to read.

    A file system without such locks has no programs that respect them.
    """
    deadline = time.monotonic() + _PATIENCE
    for byte in (_RESERVED, _PENDING):
        while not _try_lock(descriptor, byte):
            if byte == _RESERVED or time.monotonic() > deadline:
                raise BundleBuildError(
                    f"{output}: another program is writing to it; end its transaction or close it there, and try again; "
                    "the file is unchanged"
                )
            time.sleep(0.005)


def _try_lock(descriptor: int, byte: int) -> bool:
    """Lock one byte; return False if another connection has locked it.

    On Linux the lock belongs to this descriptor. So connections of this process count, too, and closing another
    descriptor of the file does not drop it. A file that may only be read gets a lock that excludes writers alone.
    """
    writable = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    try:
        if sys.platform == "linux":
            kind = fcntl.F_WRLCK if writable else fcntl.F_RDLCK
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi", kind, os.SEEK_SET, byte, 1, 0))
        else:
            kind = fcntl.LOCK_EX if writable else fcntl.LOCK_SH
            fcntl.lockf(descriptor, kind | fcntl.LOCK_NB, 1, byte, os.SEEK_SET)
    except OSError as error:
        return error.errno not in _HELD
    return True
