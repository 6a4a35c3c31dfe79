"""Find and open the entries of a folder that a bundle is compared with, without the code that a build finds them with."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ...artifacts.source_opener import open_folder, open_regular
from ...bundle_files import DATABASE_HEAD_BYTES, is_bundle_head
from ...packing.frame_header import holds_bundle
from ..artifact_rows import StoredArtifact
from ..confined_folder import safe_parts


def source_name(artifact: StoredArtifact, inner: bytes | None = None) -> bytes:
    """Return the name of the artifact's source below the folder, or of the file `inner` in the artifact's own folder."""
    name = artifact.raw_path or os.fsencode(artifact.path)
    return b"/".join(safe_parts(name if inner is None else b"%b/%b" % (name, inner)))


class SourceFolder(Protocol):
    """A folder that a bundle is compared with."""

    @property
    def shown(self) -> str:
        """Return how messages call it."""

    def path(self, name: bytes) -> Path:
        """Return where a file of the folder is on this machine, until the next one is asked for.

        Raises:
            OSError: there is no such file, or it cannot be brought here.
        """

    def holds(self, name: bytes) -> bool:
        """Return whether there is an entry of that name."""

    def entries(self, listed: Container[bytes]) -> Iterator[tuple[bytes, OSError | None]]:
        """Yield the name of each entry, but of folders only if they are `listed` or cannot be read.

        Raises:
            OSError: the folder itself cannot be listed.
        """


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of this machine."""

    folder: Path

    @property
    def shown(self) -> str:
        """Return its path."""
        return str(self.folder)

    def path(self, name: bytes) -> Path:
        """Return the path of a file, which need not exist."""
        return self.folder / os.fsdecode(name)

    def holds(self, name: bytes) -> bool:
        """Return whether there is an entry of that name."""
        return os.path.lexists(os.fsencode(self.folder) + b"/" + name)

    def entries(self, listed: Container[bytes]) -> Iterator[tuple[bytes, OSError | None]]:
        """Yield the entries below it."""
        return folder_entries(self.folder, listed)


def open_compared(path: Path) -> BinaryIO:
    """Open a source that is a regular file, or a link to one; nothing else is opened, and no pipe waited for."""
    return open_regular(Path(os.path.realpath(path)))


def folder_entries(folder: Path, listed: Container[bytes]) -> Iterator[tuple[bytes, OSError | None]]:
    """Yield the path of each entry below the folder, but of folders only if they are `listed` or cannot be read.

    Raises:
        OSError: the folder itself cannot be listed.
    """
    waiting = [b""]
    while waiting:
        prefix = waiting.pop()
        try:
            descriptor = open_folder(folder / os.fsdecode(prefix))
        except OSError as error:
            if not prefix:
                raise
            yield prefix.rstrip(b"/"), error
            continue
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    name = prefix + os.fsencode(entry.name)
                    if name not in listed and entry.is_dir(follow_symlinks=False):
                        waiting.append(name + b"/")
                    else:
                        yield name, None
        finally:
            os.close(descriptor)


def is_bundle(path: Path) -> bool:
    """Return whether the file is a SQLite database that says that it is a bundle, or such a bundle packed."""
    try:
        with open_regular(path) as stream:
            if is_bundle_head(stream.read(DATABASE_HEAD_BYTES)):
                return True
            stream.seek(0)
            return holds_bundle(stream)
    except OSError:
        return False
