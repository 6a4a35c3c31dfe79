"""Write a file so that readers of its path see the old file, no file, or the complete new file.

The new file is written beside the output under a hidden name, locked, and readable by its owner alone; it is renamed
when it is complete. The next process that writes the same output removes files that a killed process left: their names
show their output, and their locks are free.
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
"""Ending of the directory for temporary files: those in which SQLite sorts, and chunks of blobs."""

_LONGEST_STEM = 200
"""Bytes of the longest output name that is part of an unfinished file's name; a longer one is replaced by its hash."""

SIDES = (SCRATCH, *DATABASE_SIDES)
"""Endings of the directory and the files beside an unfinished file."""


class AnotherWriterError(Exception):
    """Another process is writing the same output; the message is the name of its unfinished file."""


class NoLocksError(OSError):
    """The file system of the output has no file locks."""


def download_output(output: Path) -> Path:
    """Return the output in whose name files are downloaded for the bundle `output`; nothing is ever at this path."""
    return output.with_name(f"{output.name}.download")


def partial_path(output: Path) -> Path:
    """Return a new path for the unfinished `output`.

    The caller knows the path before the file exists, and can remove the file if a signal arrives during its creation.
    """
    return output.with_name(f".{_stem(output.name)}.{secrets.token_hex(8)}{PARTIAL_SUFFIX}")


def create_partial(path: Path, output: Path) -> int:
    """Create the empty file `path` for the unfinished `output`; return the file descriptor, which holds its lock.

    Raises:
        AnotherWriterError: another process is writing `output`.
        NoLocksError: the file system has no locks.
        OSError: the folder cannot be written.
    """
    with _folder_locked(output.parent):
        remove_leftovers(output)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600)
        try:
            _lock(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def create_beside(path: Path) -> int:
    """Create the empty unfinished file `path`, whatever other processes write there; return the file descriptor.

    It holds the file's lock, where the file system has locks.

    Raises:
        OSError: the folder cannot be written.
    """
    with _folder_locked(path.parent):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        with suppress(NoLocksError):
            _lock(descriptor)
    return descriptor


def remove_dead(folder: Path, output: Path | None = None) -> None:
    """Remove the unfinished files in a folder that killed processes left: those of an output, or of all of them.

    Nothing is removed where the file system has no locks, so that dead and living writers look the same.

    Raises:
        OSError: the folder cannot be read or written.
    """
    names = {_without_side(name) for name in os.listdir(folder) if PARTIAL_SUFFIX in name}
    found = [name for name in names if name.endswith(PARTIAL_SUFFIX) and (not output or is_unfinished(name, output))]
    if not found:
        return
    with _folder_locked(folder):
        for path in (folder / name for name in sorted(found)):
            with suppress(FileNotFoundError, BlockingIOError, NoLocksError), _opened(path) as descriptor:
                _lock(descriptor)
                remove_partial(path)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def remove_leftovers(output: Path) -> None:
    """Remove the unfinished files of `output` that killed processes left.

    Raises:
        AnotherWriterError: a process that writes `output` is alive.
        NoLocksError: the file system has no locks, so that dead and living writers look the same.
    """
    found = {path.with_name(_without_side(path.name)) for path in output.parent.iterdir()}
    for path in sorted(path for path in found if is_unfinished(path.name, output)):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            remove_partial(path)  # only its side files exist: a worker wrote them after its builder had died
            continue
        try:
            _lock(descriptor)
            remove_partial(path)
        except BlockingIOError:
            raise AnotherWriterError(path.name) from None
        finally:
            os.close(descriptor)


def is_unfinished(name: str, output: Path) -> bool:
    """Return whether the name is that of an unfinished file of `output`, or of what stands beside one."""
    if PARTIAL_SUFFIX not in name:
        return False
    # The whole name must match: `.a.db.<hex>.partial` is an unfinished `a.db`, not an unfinished `a`.
    own_name = re.compile(rf"\.{re.escape(_stem(output.name))}\.[0-9a-f]+{re.escape(PARTIAL_SUFFIX)}")
    return own_name.fullmatch(_without_side(name)) is not None


def remove_partial(path: Path) -> None:
    """Remove an unfinished file with its side files; the file itself last, so that a next attempt finds the rest."""
    for side in SIDES:
        side_path = path.with_name(path.name + side)
        if side == SCRATCH:
            shutil.rmtree(side_path, ignore_errors=True)
        else:
            side_path.unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def publish(path: Path, output: Path, *, replace: bool) -> None:
    """Give the finished file its name, and write the folder to the disk.

    Raises:
        FileExistsError: `output` exists and `replace` is not set.
        OSError: the folder cannot be written.
    """
    # A rename would replace a file that another process has just created; a link fails.
    if replace or not _try_link(path, output):
        os.replace(path, output)
    folder = os.open(output.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _try_link(path: Path, output: Path) -> bool:
    """Link the file to its new name; return False if the file system has no hard links."""
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
def _folder_locked(folder: Path) -> Iterator[None]:
    """Lock the folder, if the file system can, so that one process at a time looks for others and creates its file."""
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
    """Return the name, or its hash if it is too long to add endings: file systems allow 255 bytes."""
    encoded = os.fsencode(name)
    return name if len(encoded) <= _LONGEST_STEM else hashlib.sha256(encoded).hexdigest()


def _without_side(name: str) -> str:
    """Return the name of the unfinished file that `name`, or the file beside which `name` is, has."""
    return next((name.removesuffix(side) for side in SIDES if name.endswith(side)), name)
