"""Know the file that a server serves, and notice that another one has taken its place."""

from __future__ import annotations

import os
from pathlib import Path

from ....errors import InvalidBundleError

Identity = tuple[int, int, int, int]
"""Device, inode, size and time of modification."""


class ServedFile:
    """A bundle's database, held open, so that no other file gets its inode number while it is served.

    `named` is the file that the user named: the same one, or the packed bundle.
    """

    def __init__(self, path: Path, named: Path) -> None:
        self.path = path.absolute()
        self._named = named.absolute()
        try:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise InvalidBundleError(f"{named}: cannot be opened: {error.strerror}") from None
        about = os.fstat(self._descriptor)
        self.identity: Identity = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
        self.size = about.st_size
        self._named_identity = identity(self._named)

    def is_current(self) -> bool:
        """Return whether the paths still lead to the files, and these are unchanged."""
        return identity(self.path) == self.identity and identity(self._named) == self._named_identity

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def identity(path: Path) -> Identity | None:
    """Return what identifies the file at `path`; None if it does not exist."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns
