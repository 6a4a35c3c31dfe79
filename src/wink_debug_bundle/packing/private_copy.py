"""Keep the unpacked database in a folder of its own that only the user can read, and remove it in every case.

The folder is removed when the bundle is closed, forgotten, or when the process ends, also by a signal that is handled.
A process that is killed cannot do that: its folder is no longer locked, so the next one that unpacks a bundle removes it.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import BundleError
from .private_folders import locked_folder, remove_dead_folders

COPY_PREFIX = "wink-unpacked-"
"""How the names of the folders begin."""


class _Removal(NamedTuple):
    origin: Path
    remove: weakref.finalize[[Path, int, int], PrivateCopy]


_removals: dict[Path, _Removal] = {}
"""The packed bundle and the way to remove the copy, for each database that this process has unpacked."""


class PrivateCopy:
    """A new and empty file for the database in the packed bundle `origin`.

    Attributes:
        database: The file; `close` removes it.
    """

    def __init__(self, origin: Path) -> None:
        import tempfile

        try:
            parent = Path(os.path.realpath(tempfile.gettempdir()))
            remove_dead_folders(parent, COPY_PREFIX)
            folder, lock = locked_folder(parent, COPY_PREFIX)
        except OSError as error:
            raise BundleError(
                f"{origin}: cannot be unpacked: no folder for temporary files can be written to ({error.strerror});"
                " name one in the variable TMPDIR"
            ) from None
        self.database = folder / "bundle.db"
        self._close = weakref.finalize(self, _remove, folder, lock, os.getpid())
        _removals[self.database] = _Removal(origin, self._close)

    def create(self) -> int:
        """Create the file, readable by its owner alone, and return its descriptor."""
        return os.open(self.database, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        """Remove the file and its folder; programs that have it open can go on to read it."""
        self._close()


def origin_of(database: Path) -> Path | None:
    """Return the packed bundle that this process unpacked to `database`; None if it is no such copy."""
    removal = _removals.get(Path(os.path.realpath(database)))
    return None if removal is None else removal.origin


def remove_copies() -> None:
    """Remove all copies of this process, which is about to end without any further step of its own."""
    for removal in list(_removals.values()):
        removal.remove()


def _remove(folder: Path, lock: int, owner: int) -> None:
    """Remove the folder, in the process that created it: a fork of it has the same objects."""
    if os.getpid() == owner:
        import shutil

        shutil.rmtree(folder, ignore_errors=True)
        _removals.pop(folder / "bundle.db", None)
    with suppress(OSError):
        os.close(lock)
