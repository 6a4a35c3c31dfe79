"""List the entries of a directory, or of the tree below it, whatever is in it.

Each folder is opened by its path without following links, and must be the one that its parent listed. One folder is open
at a time, and no function calls itself, so that a tree may be as deep as the file system allows.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..source import FileIdentity
from ..source_opener import open_folder


class FoundEntry(NamedTuple):
    """An entry of a directory, or of a folder below it.

    `name` is its path below the directory. `status` is that of the entry itself, not of what a link leads to; None if
    it is unknown. `error` says why a folder could not be listed, or the status not be read.
    """

    name: str
    path: Path
    status: os.stat_result | None
    error: OSError | None = None

    @property
    def is_folder(self) -> bool:
        """Return whether the entry is a folder."""
        return self.status is not None and stat.S_ISDIR(self.status.st_mode)


def walk(directory: Path, *, recursive: bool, is_skipped: Callable[[str], bool]) -> Iterator[FoundEntry]:
    """Yield the entries of `directory`, in no certain order: with `recursive`, those of its tree.

    A folder is an entry only if its own entries are not: without `recursive`, or if it cannot be listed. Entries whose
    name `is_skipped`, and what is below them, are left out.

    Raises:
        OSError: the directory itself cannot be listed.
    """
    waiting: list[FoundEntry] = []
    found = _entries(directory, "", None)
    while True:
        for entry in found:
            if is_skipped(entry.name):
                continue
            if recursive and entry.is_folder and entry.error is None:
                waiting.append(entry)
            else:
                yield entry
        if not waiting:
            return
        folder = waiting.pop()
        try:
            found = _entries(folder.path, f"{folder.name}/", folder.status)
        except OSError as error:
            found = [folder._replace(error=error)]


def _entries(folder: Path, prefix: str, expected: os.stat_result | None) -> list[FoundEntry]:
    """Return the entries of one folder, which must be the one with the `expected` status if that is given."""
    descriptor = open_folder(folder, None if expected is None else FileIdentity.of(expected))
    try:
        with os.scandir(descriptor) as listed:
            return [_found(folder, prefix, entry) for entry in listed]
    finally:
        os.close(descriptor)


def _found(folder: Path, prefix: str, entry: os.DirEntry[str]) -> FoundEntry:
    try:
        status, error = entry.stat(follow_symlinks=False), None
    except OSError as failure:
        status, error = None, failure
    return FoundEntry(prefix + entry.name, folder / entry.name, status, error)
