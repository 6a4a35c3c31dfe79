"""Find the artifacts in a directory, or describe files that the user named."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..bundle_files import APPLICATION_ID, DATABASE_SIDES, PARTIAL_SUFFIX
from ..column_values import ArtifactKind, Compression
from .detection import SEARCHED_BYTES, compression_of, is_utf16, kind_of
from .read_errors import UNREADABLE
from .runs.manifest import is_run
from .source import LEAST_LIMIT, Source, storable_name
from .streams.decompression import decompress
from .zip.archive import is_zip

_ENDINGS = (".jsonl", ".log", ".zip")
_COMPRESSED_ENDINGS = (".gz", ".zst")
_APPLICATION_ID_AT = 68
"""Byte of a SQLite file at which its application id begins."""


def discover(directory: Path, *, recursive: bool, ignore: Iterable[Path] = ()) -> list[Source]:
    """Return all files of `directory` (with `recursive`, of its tree), sorted by path, each recognised by its content.

    Bundles, their side files, leftovers of builds and the paths in `ignore` are left out. A file that is not an
    artifact is returned with the reason. So is a link to a file outside the directory: an untrusted directory must
    not choose which other files of this machine end up in the bundle. Links to directories are not followed.

    Raises:
        OSError: the directory cannot be listed.
    """
    skip = {path.resolve() for path in ignore}
    paths = sorted(path for path in _walk(directory, recursive=recursive) if path.resolve() not in skip)
    root = directory.resolve()
    described = (_describe_below(root, path, path.relative_to(directory).as_posix()) for path in paths)
    return [source for source in described if source is not None]


def describe(path: Path, name: str, declared: ArtifactKind | None = None) -> Source | None:
    """Return what is known of the file before it is read; None for a bundle or the leftover of a build.

    A file that the user `declared` to be of some kind is read as that kind, unless its content shows another one.
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
        return _recognise(path, name, status, declared)
    except UNREADABLE as error:
        reason = f"cannot be read: {error}"
        return Source(
            path, name, declared or ArtifactKind.UNKNOWN, Compression.NONE, status.st_size, status.st_mtime_ns, reason
        )


def _describe_below(root: Path, path: Path, name: str) -> Source | None:
    """Describe a file found below `root`, a directory without symbolic links in its path."""
    if path.is_symlink() and path.exists() and not path.resolve().is_relative_to(root):
        reason = f"a link to {path.resolve()}, outside the directory: copy that file here"
        return _unusable(path, storable_name(name), reason)
    return describe(path, name)


def _recognise(path: Path, name: str, status: os.stat_result, declared: ArtifactKind | None) -> Source | None:
    with path.open("rb") as stream:
        head = stream.read(_APPLICATION_ID_AT + len(APPLICATION_ID))
    if declared is None and head[_APPLICATION_ID_AT:] == APPLICATION_ID:
        return None
    compression = compression_of(head)
    size, modified = status.st_size, status.st_mtime_ns
    if declared is None and not _has_ending(path):
        reason = f"its name does not end in one of {', '.join(_ENDINGS)}"
        return Source(path, name, ArtifactKind.UNKNOWN, compression, size, modified, reason)
    with path.open("rb") as file, decompress(file, compression) as stream:
        kind = kind_of(stream)
    if kind is ArtifactKind.UNKNOWN and path.name.lower().endswith(".zip") and is_zip(path, LEAST_LIMIT):
        kind = ArtifactKind.ARCHIVE
    if kind is ArtifactKind.UNKNOWN and declared is not None:
        kind = declared
    if kind is ArtifactKind.ARCHIVE and compression is not Compression.NONE:
        reason = "a compressed zip: decompress it first"
        return Source(path, name, ArtifactKind.UNKNOWN, compression, size, modified, reason)
    if kind is ArtifactKind.ARCHIVE and is_run(path):
        kind = ArtifactKind.RUN
    unread_reason = _unread_reason(head, size) if kind is ArtifactKind.UNKNOWN else None
    return Source(path, name, kind, compression, size, modified, unread_reason)


def _unread_reason(head: bytes, size: int) -> str:
    """Return why an unrecognised file that begins with `head` is not read."""
    if is_utf16(head):
        return "text in UTF-16, which is not read: convert it to UTF-8"
    if size > SEARCHED_BYTES:
        return f"neither a zip, nor are there snapshots or log records in its first {SEARCHED_BYTES >> 20} MiB"
    return "neither snapshots, nor log records, nor a zip" if head else "empty"


def _unusable(path: Path, name: str, reason: str) -> Source:
    return Source(path, name, ArtifactKind.UNKNOWN, Compression.NONE, 0, 0, reason, openable=False)


def _has_ending(path: Path) -> bool:
    name = path.name.lower()
    for ending in _COMPRESSED_ENDINGS:
        name = name.removesuffix(ending)
    return name.endswith(_ENDINGS)


def _is_own(path: Path) -> bool:
    """Return whether the file is a side file of a database or the leftover of a build."""
    name = path.name
    for side in DATABASE_SIDES:
        if name.endswith(side) and (name.removesuffix(side).endswith(PARTIAL_SUFFIX) or _has_database(path, side)):
            return True
    return name.endswith((PARTIAL_SUFFIX, ".zip.tmp", ".zip.sqlite"))


def _has_database(path: Path, side: str) -> bool:
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
