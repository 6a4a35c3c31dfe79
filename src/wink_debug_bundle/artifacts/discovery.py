"""Find the artifacts of a directory, or describe the files that were named."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..bundle_files import APPLICATION_ID, DATABASE_SIDES, PARTIAL_SUFFIX
from ..column_values import ArtifactKind, Compression
from .detection import compression_of, is_utf16, kind_of
from .read_errors import UNREADABLE
from .runs.manifest import is_run
from .source import LEAST_LIMIT, Source, storable_name
from .streams.decompression import decompress
from .zip.archive import is_zip

_ENDINGS = (".jsonl", ".log", ".zip")
_COMPRESSED = (".gz", ".zst")
_APPLICATION_ID_AT = 68
"""Where a SQLite file says what application it belongs to."""


def discover(directory: Path, *, recursive: bool, ignore: Iterable[Path] = ()) -> list[Source]:
    """Every file of `directory` (with `recursive`, of its tree), sorted by path, recognised by its content.

    Bundles, their side files and leftovers of builds are left out, and so is what `ignore` names; a file that is
    no artifact is described with the reason, and so is a link to a file elsewhere: whoever made the directory must not
    choose which other files of this machine the bundle takes along. Links to directories are not followed.

    Raises:
        OSError: the directory cannot be listed.
    """
    skip = {path.resolve() for path in ignore}
    paths = sorted(path for path in _walk(directory, recursive=recursive) if path.resolve() not in skip)
    root = directory.resolve()
    described = (_found(path, path.relative_to(directory).as_posix(), root) for path in paths)
    return [source for source in described if source is not None]


def describe(path: Path, name: str, declared: ArtifactKind | None = None) -> Source | None:
    """What is known of the file before it is read; None if it is a bundle or what a build left behind.

    A file that the user `declared` to be of some kind is read as that, unless its content says that it is of
    another one.
    """
    name = storable_name(name)
    try:
        status = path.stat()
    except OSError as error:
        return _unusable(path, name, error.strerror or str(error))
    if not stat.S_ISREG(status.st_mode):
        return _unusable(path, name, "not a regular file")
    if declared is None and _is_own(path):
        return None
    try:
        return _recognised(path, name, status, declared)
    except UNREADABLE as error:
        reason = f"cannot be read: {error}"
        return Source(
            path, name, declared or ArtifactKind.UNKNOWN, Compression.NONE, status.st_size, status.st_mtime_ns, reason
        )


def _found(path: Path, name: str, root: Path) -> Source | None:
    """What is known of a file that was found below the real directory `root`."""
    if path.is_symlink() and path.exists() and not path.resolve().is_relative_to(root):
        return _unusable(path, storable_name(name), f"a link to {path.resolve()}, out of the directory: copy that here")
    return describe(path, name)


def _recognised(path: Path, name: str, status: os.stat_result, declared: ArtifactKind | None) -> Source | None:
    with path.open("rb") as stream:
        head = stream.read(_APPLICATION_ID_AT + len(APPLICATION_ID))
    if declared is None and head[_APPLICATION_ID_AT:] == APPLICATION_ID:
        return None
    compressed = compression_of(head)
    size, modified = status.st_size, status.st_mtime_ns
    if declared is None and not _has_ending(path):
        reason = f"its name ends in none of {', '.join(_ENDINGS)}"
        return Source(path, name, ArtifactKind.UNKNOWN, compressed, size, modified, reason)
    with path.open("rb") as file, decompress(file, compressed) as stream:
        kind = kind_of(stream)
    if kind is ArtifactKind.UNKNOWN and path.name.lower().endswith(".zip") and is_zip(path, LEAST_LIMIT):
        kind = ArtifactKind.ARCHIVE
    if kind is ArtifactKind.UNKNOWN and declared is not None:
        kind = declared
    if kind is ArtifactKind.ARCHIVE and compressed is not Compression.NONE:
        return Source(path, name, ArtifactKind.UNKNOWN, compressed, size, modified, "a compressed zip: unpack it first")
    if kind is ArtifactKind.ARCHIVE and is_run(path):
        kind = ArtifactKind.RUN
    unrecognised = _unrecognised(head) if kind is ArtifactKind.UNKNOWN else None
    return Source(path, name, kind, compressed, size, modified, unrecognised)


def _unrecognised(head: bytes) -> str:
    """Why a file that begins with `head` is not read."""
    if is_utf16(head):
        return "text in UTF-16, of which nothing is read: convert it to UTF-8"
    return "neither snapshots, nor log records, nor a zip" if head else "empty"


def _unusable(path: Path, name: str, reason: str) -> Source:
    return Source(path, name, ArtifactKind.UNKNOWN, Compression.NONE, 0, 0, reason, openable=False)


def _has_ending(path: Path) -> bool:
    name = path.name.lower()
    for compressed in _COMPRESSED:
        name = name.removesuffix(compressed)
    return name.endswith(_ENDINGS)


def _is_own(path: Path) -> bool:
    """Whether the file is a side file of a database or a build's leftover."""
    name = path.name
    for side in DATABASE_SIDES:
        if name.endswith(side) and (name.removesuffix(side).endswith(PARTIAL_SUFFIX) or _is_database(path, side)):
            return True
    return name.endswith((PARTIAL_SUFFIX, ".zip.tmp", ".zip.sqlite"))


def _is_database(path: Path, side: str) -> bool:
    return path.with_name(path.name.removesuffix(side)).exists()


def _walk(directory: Path, *, recursive: bool) -> Iterator[Path]:
    if not recursive:
        yield from (path for path in directory.iterdir() if not path.is_dir())
        return
    for folder, folders, names in os.walk(directory, onerror=_raise):
        folders.sort()
        yield from (Path(folder, name) for name in names)


def _raise(error: OSError) -> None:
    raise error
