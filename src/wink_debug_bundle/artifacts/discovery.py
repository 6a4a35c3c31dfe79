"""Find the artifacts in a directory, or describe files that the user named."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from ..atomic_file import is_unfinished
from ..column_values import ArtifactKind, Compression
from .entries.recognition import recognise, unreadable
from .entries.tree_walk import FoundEntry, walk
from .read_errors import system_error
from .source import FileIdentity, Source, storable_name

_PROGRAM_FOLDERS = frozenset({".git", ".hg", ".svn", ".venv", "__pycache__", "node_modules", "site-packages"})
"""Folders whose files belong to programs and their history; artifacts in them are read only if such a folder is named."""


def discover(
    directory: Path,
    *,
    recursive: bool,
    ignore: Iterable[Path] = (),
    keep_unrecognised: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Source]:
    """Return every entry of `directory` (with `recursive`, of its tree), sorted by path, each recognised by its content.

    An entry that is not an artifact, or cannot be read, is returned with the reason; so is a folder that is not read.
    Links to files outside the directory are not followed: an untrusted directory must not choose which other files of
    this machine end up in the bundle. The outputs in `ignore`, and what builds of them left unfinished, are left out.
    `progress` is called with the number of entries recognised so far, and of all entries.

    Raises:
        OSError: the directory itself cannot be listed.
    """
    root = Path(os.path.realpath(directory))
    outputs = [Path(os.path.realpath(path.parent), path.name) for path in ignore]

    def is_skipped(name: str) -> bool:
        last = name.rpartition("/")[2]
        return any(_has_name_of(last, output) and (root / name).parent == output.parent for output in outputs)

    found = sorted(walk(directory, recursive=recursive, is_skipped=is_skipped))
    described = _Descriptions(root, found, outputs, keep_unrecognised=keep_unrecognised)
    sources: list[Source] = []
    for source in described.sources():
        sources.append(source)
        if progress is not None:
            progress(len(sources), len(found))
    return sources


def describe_listed(path: Path, name: str) -> Source:
    """Return what is known of a file of a directory that was listed otherwise; `name` is its path below the directory."""
    source = describe(path, name)
    folder = _program_folder(name)
    if folder is None:
        return source
    kind, compression = ArtifactKind.UNKNOWN, Compression.NONE
    reason = _of_program(folder)
    return replace(source, kind=kind, compression=compression, reason=reason, is_kept=False, is_fault=False)


def describe(path: Path, name: str, declared: ArtifactKind | None = None, *, keep_unrecognised: bool = False) -> Source:
    """Return what is known of a file that the user named before it is read; a link is followed.

    A file that the user `declared` to be of some kind is read as that kind, unless its content shows another one.
    """
    source = Source(path, storable_name(name), ArtifactKind.UNKNOWN, Compression.NONE, 0, 0, openable=False)
    try:
        target = Path(os.path.realpath(path, strict=True)) if path.is_symlink() else None
        status = os.stat(target or path)
    except OSError as error:
        return unreadable(source, f"cannot be read: {system_error(error)}")
    return _describe(source.name, path, status, target, declared, keep_unrecognised=keep_unrecognised)


def _describe(
    name: str,
    path: Path,
    status: os.stat_result,
    target: Path | None,
    declared: ArtifactKind | None = None,
    *,
    keep_unrecognised: bool,
) -> Source:
    """Return what is known of the file with that status, which `target` leads to if it is a link."""
    if not stat.S_ISREG(status.st_mode):
        return _not_opened(name, path, "not a regular file")
    kind, size, modified = ArtifactKind.UNKNOWN, status.st_size, status.st_mtime_ns
    identity = FileIdentity.of(status)
    source = Source(path, name, kind, Compression.NONE, size, modified, target=target, identity=identity)
    try:
        return recognise(source, declared, keep_unrecognised=keep_unrecognised)
    except OSError as error:
        return unreadable(source, f"cannot be read: {system_error(error)}")


def _not_opened(name: str, path: Path, reason: str, *, is_fault: bool = False) -> Source:
    """Return an entry without bytes of its own."""
    kind, compression = ArtifactKind.UNKNOWN, Compression.NONE
    return Source(path, name, kind, compression, 0, 0, reason, openable=False, is_fault=is_fault)


class _Descriptions:
    """Describes the entries found in a directory, each once, however many links lead to it."""

    def __init__(self, root: Path, found: list[FoundEntry], outputs: list[Path], *, keep_unrecognised: bool) -> None:
        self._root = root
        self._found = found
        self._outputs = outputs
        self._keep = keep_unrecognised

    @cached_property
    def _names(self) -> dict[Path, str]:
        """Return the name of each entry that is no link, by its path without links."""
        return {self._root / entry.name: entry.name for entry in self._found if not _is_link(entry)}

    def sources(self) -> Iterator[Source]:
        """Yield the source of each entry."""
        for entry in self._found:
            yield self._source(entry)

    def _source(self, entry: FoundEntry) -> Source:
        name, path, status, error = entry.name, entry.path, entry.status, entry.error
        shown = storable_name(name)
        if status is None or error is not None:
            text = "could not be read" if error is None else system_error(error)
            what = "a folder that cannot be listed" if entry.is_folder else "cannot be read"
            return _not_opened(shown, path, f"{what}: {text}", is_fault=True)
        if entry.is_folder:
            return _not_opened(shown, path, "a folder, not read: --recursive (recursive=True) reads it")
        if stat.S_ISLNK(status.st_mode):
            return self._link(shown, path)
        folder = _program_folder(name)
        if folder is not None and stat.S_ISREG(status.st_mode):
            return self._of_a_program(shown, path, status, folder)
        return _describe(shown, path, status, None, keep_unrecognised=self._keep)

    def _of_a_program(self, name: str, path: Path, status: os.stat_result, folder: str) -> Source:
        kind, size, modified = ArtifactKind.UNKNOWN, status.st_size, status.st_mtime_ns
        reason = _of_program(folder)
        identity = FileIdentity.of(status)
        return Source(path, name, kind, Compression.NONE, size, modified, reason, identity=identity, is_kept=self._keep)

    def _link(self, name: str, path: Path) -> Source:
        """Return what a link is: read as the file that it leads to if that is in the directory and has no other name."""
        try:
            target = Path(os.path.realpath(path, strict=True))
            status = os.stat(target, follow_symlinks=False)
        except OSError as error:
            return _unfollowed(name, path, error)
        is_inside = target.is_relative_to(self._root)
        if stat.S_ISDIR(status.st_mode):
            place = f"{target.relative_to(self._root)} in the directory" if is_inside else str(target)
            reason = f"a link to the folder {place}: not followed; name that folder to read it"
        elif not is_inside:
            reason = f"a link to {target}, outside the directory: copy that file here"
        elif target in self._names:
            reason = f"a link to {self._names[target]}, which has its own row"
        elif any(target.parent == output.parent and _has_name_of(target.name, output) for output in self._outputs):
            reason = f"a link to {target.relative_to(self._root)}, the output of the build"
        else:
            self._names[target] = name
            return _describe(name, path, status, target, keep_unrecognised=self._keep)
        return _not_opened(name, path, storable_name(reason))


def _program_folder(name: str) -> str | None:
    """Return the folder of programs that a path leads through; None if it leads through none."""
    return next((part for part in name.split("/")[:-1] if part in _PROGRAM_FOLDERS), None)


def _of_program(folder: str) -> str:
    return f"in {folder}, a folder of programs: name that folder to read it"


def _has_name_of(name: str, output: Path) -> bool:
    """Return whether a file of that name, in the folder of `output`, is the output or what a build of it left."""
    return name == output.name or is_unfinished(name, output)


def _is_link(entry: FoundEntry) -> bool:
    return entry.status is not None and stat.S_ISLNK(entry.status.st_mode)


def _unfollowed(name: str, path: Path, error: OSError) -> Source:
    """Return a link that leads nowhere."""
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return _not_opened(name, path, "a link to something that does not exist")
        case errno.ELOOP:
            return _not_opened(name, path, "a link that leads back to itself (ELOOP)")
        case _:
            return _not_opened(name, path, f"a link that cannot be followed: {system_error(error)}", is_fault=True)
