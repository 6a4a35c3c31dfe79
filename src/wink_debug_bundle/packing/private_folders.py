"""Folders for temporary files, each locked by the process that uses it, so that those of dead processes can be removed.

A process that is killed cannot remove its folder. The lock is free then, and the next process of the same user that makes
a folder for the same purpose removes it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NEW_PREFIX = "wink-new-"
"""How the names begin until the folders are locked: a folder with a free lock is a leftover."""


@contextmanager
def private_folder(prefix: str) -> Iterator[Path]:
    """Yield a new folder, in TMPDIR, whose name begins with `prefix`; it is removed afterwards.

    Folders of the same prefix that killed processes left are removed, too.

    Raises:
        OSError: it cannot be created.
    """
    import shutil
    import tempfile

    parent = Path(os.path.realpath(tempfile.gettempdir()))
    remove_dead_folders(parent, prefix)
    folder, lock = locked_folder(parent, prefix)
    try:
        inner = folder / "inner"  # a build in a folder locks it, and that of this one is taken
        inner.mkdir()
        yield inner
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def locked_folder(parent: Path, prefix: str) -> tuple[Path, int]:
    """Return a new folder, and the descriptor that holds its lock.

    Raises:
        OSError: it cannot be created.
    """
    import tempfile

    new = Path(tempfile.mkdtemp(prefix=_NEW_PREFIX, dir=parent))
    lock = os.open(new, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with suppress(OSError):  # a file system without locks; leftovers are not removed there
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    folder = new.with_name(new.name.replace(_NEW_PREFIX, prefix, 1))
    try:
        new.rename(folder)
    except BaseException:
        with suppress(OSError):
            new.rmdir()
        os.close(lock)
        raise
    return folder, lock


def remove_dead_folders(parent: Path, prefix: str) -> None:
    """Remove the folders of this user whose names begin so, and whose processes are dead.

    Raises:
        OSError: the parent cannot be read.
    """
    import shutil

    for folder in _own_folders(parent, prefix):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:  # it was removed just now
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # another process has it open, or the file system has no locks
            continue
        finally:
            os.close(lock)


def _own_folders(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield the folders of this user, whose process may live or not."""
    with os.scandir(parent) as entries:
        for entry in entries:
            if not entry.name.startswith(prefix) or not entry.is_dir(follow_symlinks=False):
                continue
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                    yield Path(entry.path)
