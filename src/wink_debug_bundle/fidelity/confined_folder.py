"""Write files below one folder and nowhere else, whatever names a bundle contains."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import BundleError, BundleExistsError

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_CREATE_FILE = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW
_LONGEST_NAME, _SHORTENED_NAME = 255, 240
"""Bytes of the longest name that file systems accept, and of a shortened one, to which a number can be added."""

_NAME_TAKEN = {errno.EEXIST, errno.ENOTDIR, errno.ELOOP, errno.EISDIR}


class ConfinedFolder:
    """The folder at `path`, which is created if it does not exist; only the owner can read what is written.

    Every part of a name is opened relative to the descriptor of the folder above it, without following links, so that
    a name cannot lead out of the folder.

    Args:
        path: The folder.
        force: Whether the folder may contain files; those with the same names are replaced.
        protected: Files that are never replaced.

    Raises:
        BundleExistsError: the folder is not empty and `force` is not set.
        BundleError: the folder cannot be created, or `path` is not a folder, or a link to one.
    """

    def __init__(self, path: Path, *, force: bool, protected: Iterable[Path] = ()) -> None:
        self.path = path
        self._force = force
        self._protected = {(status.st_dev, status.st_ino) for status in map(os.stat, protected)}
        if path.is_symlink():
            raise BundleError(f"{path}: is a symbolic link; name the folder itself")
        if path.exists() and not path.is_dir():
            raise BundleError(f"{path}: is not a directory; name a directory, or a new one to create")
        try:
            if not path.is_dir():
                path.mkdir(mode=0o700)
            elif not force and any(path.iterdir()):
                raise BundleExistsError(f"{path}: is not empty; write into it with --force, or name another folder")
            self._descriptor = os.open(path, _OPEN_FOLDER)
        except OSError as error:
            raise BundleError(f"{path}: cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Close the folder's descriptor."""
        os.close(self._descriptor)

    @contextmanager
    def create(self, name: bytes) -> Iterator[tuple[IO[bytes], bytes]]:
        """Create a file of that name, or of a similar one if the name is taken or not possible.

        Yields the open file and the name it got. If the block ends with an error, the file is removed.
        """
        *folders, last = safe_parts(name)
        parent, written = os.dup(self._descriptor), []
        try:
            for part in folders:
                child, actual = self._open_folder(parent, part)
                os.close(parent)
                parent = child
                written.append(actual)
            descriptor, actual = self._create_file(parent, last)
            written.append(actual)
            try:
                with os.fdopen(descriptor, "w+b") as stream:
                    yield stream, b"/".join(written)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(actual, dir_fd=parent)
                raise
        finally:
            os.close(parent)

    def write_whole(self, name: bytes, data: bytes) -> None:
        """Write a file of that name directly in the folder; it appears when it is complete.

        Raises:
            BundleError: the name is that of a protected file.
            OSError: the file cannot be written.
        """
        with suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            if (status.st_dev, status.st_ino) in self._protected:
                raise BundleError(f"{self.path / os.fsdecode(name)}: is the bundle itself; name another folder")
        with self.create(b".%b.partial" % name) as (stream, partial):
            stream.write(data)
        try:
            os.replace(partial, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except OSError:
            os.unlink(partial, dir_fd=self._descriptor)
            raise

    def _open_folder(self, parent: int, part: bytes) -> tuple[int, bytes]:
        """Open a folder in the folder `parent`, created if needed; return its descriptor and actual name."""
        for name in _similar_names(part):
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=parent)
            try:
                return os.open(name, _OPEN_FOLDER, dir_fd=parent), name
            except OSError as error:
                if error.errno not in _NAME_TAKEN:
                    raise
        raise AssertionError("unreachable: the similar names are endless")

    def _create_file(self, parent: int, part: bytes) -> tuple[int, bytes]:
        """Create a file in the folder `parent`; return its descriptor and actual name.

        With `force`, an existing file is replaced, unless it is protected or this object wrote it.
        """
        for name in _similar_names(part):
            if self._force:
                self._remove(parent, name)
            try:
                descriptor = os.open(name, _CREATE_FILE, 0o600, dir_fd=parent)
            except OSError as error:
                if error.errno not in _NAME_TAKEN:
                    raise
                continue
            status = os.fstat(descriptor)
            self._protected.add((status.st_dev, status.st_ino))
            return descriptor, name
        raise AssertionError("unreachable: the similar names are endless")

    def _remove(self, parent: int, name: bytes) -> None:
        """Remove an existing file or link of that name, unless it is protected."""
        with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if (status.st_dev, status.st_ino) not in self._protected:
                os.unlink(name, dir_fd=parent)


def safe_parts(name: bytes) -> list[bytes]:
    """Return the parts of a relative path that stays below a folder and that file systems accept.

    What is not possible is replaced, not dropped: `../a` becomes `__/a`, a NUL becomes `_`, a long name is shortened.
    """
    parts = [part.replace(b"\0", b"_") for part in name.split(b"/") if part not in (b"", b".")]
    return [_shortened(b"__" if part == b".." else part) for part in parts] or [b"_"]


def _shortened(part: bytes) -> bytes:
    """Return the name, shortened if it is too long, if possible between two characters."""
    return (
        part
        if len(part) <= _LONGEST_NAME
        else part[:_SHORTENED_NAME].decode("utf-8", "ignore").encode() or part[:_SHORTENED_NAME]
    )


def _similar_names(part: bytes) -> Iterator[bytes]:
    """Yield the name itself, then the name with a number: `a~2.log`, `a~3.log` and so on."""
    yield part
    stem, dot, ending = part.partition(b".") if not part.startswith(b".") else (part, b"", b"")
    number = 2
    while True:
        name = b"%b~%d%b%b" % (stem, number, dot, ending)
        yield name if len(name) <= _LONGEST_NAME else b"%b~%d" % (_shortened(name), number)
        number += 1
