"""Group the files of a directory: those of a run's folder become one source."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ...column_values import ArtifactKind, Compression
from ..entries.tree_walk import walk
from ..runs.manifest import LARGEST_JSON, MANIFEST, ROOT, Manifest, parse_manifest
from ..source import FileIdentity, Folder, FolderMember, Source, storable_name
from ..source_opener import open_source
from .run_roots import run_roots

_HERE = "."
"""The name of a run's folder that is the directory which a bundle is built from."""


def group_runs(sources: Sequence[Source]) -> list[Source]:
    """Return the sources, with one source in place of the files of each run's folder.

    If the folder itself was listed without the folders below it, their files belong to the run, too.
    """
    by_path = {str(source.path): source for source in sources}
    if not any(_may_be_of_run(path) for path in by_path):
        return list(sources)
    grouped: set[str] = set()
    runs: list[Source] = []
    for root, belongs in run_roots(by_path.keys(), lambda path: _read_manifest(by_path[path])):
        paths = [path for path in by_path if path.startswith(root) and belongs(path)]
        grouped.update(paths)
        runs.append(_run_source(root, [by_path[path] for path in paths]))
    below = {name for run in runs if run.folder is not None for name in _folders_of(run)}
    return [source for source in sources if str(source.path) not in grouped | below] + runs


def _folders_of(run: Source) -> Iterator[str]:
    """Yield the paths of the folders in which the files of the run lie, below its own."""
    for member in run.folder.members if run.folder is not None else ():
        parts = os.fsdecode(member.raw_name).split("/")[:-1]
        yield from (str(run.path / "/".join(parts[:depth])) for depth in range(1, len(parts) + 1))


def _may_be_of_run(path: str) -> bool:
    return f"/{path}".endswith(f"/{MANIFEST}") or f"/{ROOT}" in f"/{path}"


def _read_manifest(source: Source) -> Manifest:
    """Return the manifest in a file; an empty one if it cannot be read."""
    if not source.openable or source.size_bytes > LARGEST_JSON:
        return Manifest({})
    try:
        with open_source(source) as file:
            return parse_manifest(file.read())
    except OSError:
        return Manifest({})


def _run_source(root: str, files: Sequence[Source]) -> Source:
    """Return the source of the run whose folder `root` holds the files."""
    members = [_member(root, source) for source in files]
    name = _name_of(root, files[0])
    if name == _HERE and not any("/" in member.name for member in members):
        members += _members_below(Path(root))
    return folder_source(Path(root), name, Folder(tuple(sorted(members, key=lambda member: member.raw_name))))


def folder_source(path: Path, name: str, folder: Folder) -> Source:
    """Return the source of a run whose files are those of `folder`; it has the time of the last one."""
    return Source(
        path=path,
        name=name,
        kind=ArtifactKind.RUN,
        compression=Compression.NONE,
        size_bytes=sum(member.size_bytes for member in folder.members),
        modified_ns=max((member.modified_ns for member in folder.members), default=0),
        folder=folder,
    )


def _name_of(root: str, source: Source) -> str:
    """Return the name of the folder `root` that a source is in, made from the source's own name."""
    depth = str(source.path).removeprefix(root).count("/") + 1
    return "/".join(source.name.split("/")[:-depth]) or _HERE


def _member(root: str, source: Source) -> FolderMember:
    path = str(source.path)
    mode = 0
    with suppress(OSError):
        mode = source.path.stat().st_mode
    fault = source.reason if not source.openable else "a link, not followed" if source.target is not None else None
    raw_name = os.fsencode(path.removeprefix(root))
    name = storable_name(os.fsdecode(raw_name))
    return FolderMember(
        name, raw_name, source.size_bytes, source.modified_ns, mode, fault=fault, identity=source.identity
    )


def _members_below(root: Path) -> Iterator[FolderMember]:
    """Yield the files in the folders below `root`; links are not followed, and cannot be read."""
    for entry in walk(root, recursive=True, is_skipped=lambda _: False):
        status = entry.status
        if "/" not in entry.name or status is None:
            continue
        is_file = stat.S_ISREG(status.st_mode)
        yield FolderMember(
            storable_name(entry.name),
            os.fsencode(entry.name),
            status.st_size if is_file else 0,
            status.st_mtime_ns,
            status.st_mode,
            fault=None if is_file else "not a regular file",
            identity=FileIdentity.of(status),
        )
