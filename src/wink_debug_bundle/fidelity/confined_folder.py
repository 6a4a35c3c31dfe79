"""A folder that is written into and nothing beside it, whatever the names in a bundle say."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import BundleError, BundleExistsError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW
_LONGEST, _SHORTENED = 255, 240
"""Bytes of a name that file systems take, and of one that is made shorter, so that a number may be added."""

_TAKEN = {errno.EEXIST, errno.ENOTDIR, errno.ELOOP, errno.EISDIR}


class Folder:
    """The folder at `path`, which is made if it is not there; all that is made is its owner's alone.

    Every name is opened below the folder's own descriptor, one part after the other and no link followed, so a name
    can lead nowhere else.

    Args:
        path: The folder.
        force: Whether it may have files, which are replaced where names are the same.
        spared: Files that are never replaced.

    Raises:
        BundleExistsError: it is there, not empty, and `force` is not set.
        BundleError: it cannot be made, is no folder, or a link to one.
    """

    def __init__(self, path: Path, *, force: bool, spared: Iterable[Path] = ()) -> None:
        self.path = path
        self._force = force
        self._kept = {(status.st_dev, status.st_ino) for status in map(os.stat, spared)}
        if path.is_symlink():
            raise BundleError(f"{path}: is a symbolic link; name the folder itself")
        if path.exists() and not path.is_dir():
            raise BundleError(f"{path}: is not a directory; name one, or what is to become one")
        try:
            if not path.is_dir():
                path.mkdir(mode=0o700)
            elif not force and any(path.iterdir()):
                raise BundleExistsError(f"{path}: is not empty; write into it with --force, or name another folder")
            self._descriptor = os.open(path, _FOLDER)
        except OSError as error:
            raise BundleError(f"{path}: cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._descriptor)

    @contextmanager
    def create(self, name: bytes) -> Iterator[tuple[IO[bytes], bytes]]:
        """A new file of that name, or of one near it where that is taken or cannot be; and the name it got.

        A file that the block leaves by an error is removed.
        """
        *above, last = safe_parts(name)
        holder, written = os.dup(self._descriptor), []
        try:
            for part in above:
                below, got = self._enter(holder, part)
                os.close(holder)
                holder = below
                written.append(got)
            descriptor, got = self._make(holder, last)
            written.append(got)
            try:
                with os.fdopen(descriptor, "w+b") as stream:
                    yield stream, b"/".join(written)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(got, dir_fd=holder)
                raise
        finally:
            os.close(holder)

    def _enter(self, holder: int, part: bytes) -> tuple[int, bytes]:
        """A folder in the folder `holder`."""
        for name in _near(part):
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=holder)
            try:
                return os.open(name, _FOLDER, dir_fd=holder), name
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
        raise AssertionError("unreachable: names near a name do not end")

    def _make(self, holder: int, part: bytes) -> tuple[int, bytes]:
        """A file in the folder `holder`; with `force`, of what is there already only this object's own files are kept, and those spared."""
        for name in _near(part):
            if self._force:
                self._clear(holder, name)
            try:
                descriptor = os.open(name, _NEW, 0o600, dir_fd=holder)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
                continue
            status = os.fstat(descriptor)
            self._kept.add((status.st_dev, status.st_ino))
            return descriptor, name
        raise AssertionError("unreachable: names near a name do not end")

    def _clear(self, holder: int, name: bytes) -> None:
        """Remove a file or a link that an earlier extraction, or anyone, has left under that name."""
        with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
            status = os.stat(name, dir_fd=holder, follow_symlinks=False)
            if (status.st_dev, status.st_ino) not in self._kept:
                os.unlink(name, dir_fd=holder)


def safe_parts(name: bytes) -> list[bytes]:
    """The parts of a path that leads below a folder: nothing absolute, nothing upward, nothing that no name can hold.

    What must be otherwise is replaced, not dropped: `../a` becomes `__/a`, a NUL `_`, and too long a name is cut.
    """
    parts = [part.replace(b"\0", b"_") for part in name.split(b"/") if part not in (b"", b".")]
    return [_short(b"__" if part == b".." else part) for part in parts] or [b"_"]


def _short(part: bytes) -> bytes:
    return part if len(part) <= _LONGEST else part[:_SHORTENED].decode("utf-8", "ignore").encode() or part[:_SHORTENED]


def _near(part: bytes) -> Iterator[bytes]:
    """The name itself, then others like it."""
    yield part
    stem, dot, ending = part.partition(b".") if not part.startswith(b".") else (part, b"", b"")
    number = 2
    while True:
        name = b"%b~%d%b%b" % (stem, number, dot, ending)
        yield name if len(name) <= _LONGEST else b"%b~%d" % (_short(name), number)
        number += 1
