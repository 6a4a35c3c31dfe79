"""Plan duplicates again whose original could not be read, or changed, after the build was planned.

A duplicate is loaded after its original. If that was not read as it was when the two were compared, the duplicate is
imported in its place. If a part of the original was read, the duplicate is kept as bytes: importing it would count
that part twice.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..artifacts.source import Copy, FileIdentity, Source
from ..column_values import LINE_KINDS, ArtifactKind
from .planning.plan import Artifact, plan_files
from .totals import BuildTotals

_Key = tuple[int, int]
"""Names an artifact while ids change: its place among the groups of artifacts that are joined, and its id there."""


class _Placed(NamedTuple):
    """An artifact with the keys of those that it refers to."""

    artifact: Artifact
    key: _Key
    container: _Key | None
    archive: _Key | None
    original: _Key | None


class _Contents:
    """What is inside of each artifact."""

    def __init__(self, artifacts: Sequence[Artifact]) -> None:
        self._inside: dict[int, list[Artifact]] = defaultdict(list)
        for each in artifacts:
            owner = each.container_id or each.archive_id
            if owner is not None:
                self._inside[owner].append(each)

    def of(self, artifact: Artifact) -> Iterator[Artifact]:
        """Yield the artifact, and all that are inside of it."""
        yield artifact
        for each in self._inside.get(artifact.id, ()):
            yield from self.of(each)


def plan_lost_again(copies: Sequence[Artifact], totals: BuildTotals, scratch: Path) -> bool:
    """Plan those of the duplicates again whose original was lost; return whether there are any.

    None of the duplicates has been loaded, but all of their originals have.

    Raises:
        ScratchError: the scratch directory cannot be written.
    """
    by_original: dict[int, list[Artifact]] = defaultdict(list)
    for copy in copies:
        by_original[copy.original_id or 0].append(copy)
    moved: set[int] = set()
    placed: list[_Placed] = []
    contents = _Contents(totals.artifacts)
    for group, (original_id, equal) in enumerate(by_original.items(), 1):
        original = totals.artifacts[original_id - 1]
        parts = list(contents.of(original))
        if lost := _lost_copies(parts, equal, totals, scratch):
            moved.update(each.id for each in lost)
            placed += _planned(parts, lost, totals, scratch, group)
    if moved:
        rest = [_placed(each, 0) for each in totals.artifacts if each.id not in moved]
        totals.plan(_numbered([*rest, *sorted(placed, key=lambda each: each.original is not None)]))
    return bool(moved)


def _lost_copies(
    parts: Sequence[Artifact], copies: Sequence[Artifact], totals: BuildTotals, scratch: Path
) -> Sequence[Artifact]:
    """Return those of the duplicates whose content the bundle does not have, because of what happened to the original.

    `parts` are the original and what is inside of it.
    """
    original = parts[0]
    if original.original_id is not None:  # its own original has the rows, and was looked at before
        return ()
    is_unread = any(map(totals.is_unreadable, parts))
    if is_unread and original.source.kind in LINE_KINDS:  # it could be read to its end when the build was planned
        return copies
    outermost = original if original.container_id is None else totals.artifacts[original.container_id - 1]
    if not is_unread and not _is_changed(outermost.source):
        return ()
    again = plan_files([outermost.source, *(replace(copy.source, copy=None) for copy in copies)], scratch)
    repeated = {
        (each.source.name, each.source.copy.members)
        for each in again
        if each.source.copy is not None and again[(each.original_id or 0) - 1].source.name == original.source.name
    }
    return [
        each
        for each in copies
        if each.source.copy is not None and (each.source.name, each.source.copy.members) not in repeated
    ]


def _is_changed(source: Source) -> bool:
    """Return whether a file, or one of a folder, is not as it was found."""
    if source.folder is None or source.folder.root is not None:
        return _is_other(source.file, source.identity)
    members = source.folder.members
    return any(_is_other(source.path / os.fsdecode(each.raw_name), each.identity) for each in members)


def _is_other(path: Path, identity: FileIdentity | None) -> bool:
    """Return whether a file is not the one with the identity, or has changed; one of the build's own has none."""
    if identity is None:
        return False
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError:
        return True
    return identity != FileIdentity.of(status)


def _planned(
    parts: Sequence[Artifact], lost: Sequence[Artifact], totals: BuildTotals, scratch: Path, group: int
) -> Iterator[_Placed]:
    """Yield what is loaded in the place of the lost duplicates of an original; `parts` are it and what is inside of it."""
    name = parts[0].source.name
    if any(map(totals.is_unreadable, parts)) and any(map(totals.records_of, parts)):
        reason = f"repeats {name}, which could be read in part only: its bytes are kept, and not imported"
        yield from (_kept(each, reason, group) for each in lost)
        return
    reason = f"imported in the place of {name}, which could not be read, or changed, after it was found to be the same"
    archives = {each.source.name: each.archive_id for each in lost}
    for each in plan_files([replace(copy.source, copy=None, reason=reason) for copy in lost], scratch):
        placed = _placed(each, group)
        archive_id = archives.get(each.source.name)
        yield placed if archive_id is None else placed._replace(archive=(0, archive_id))


def _kept(copy: Artifact, reason: str, group: int) -> _Placed:
    """Return the duplicate as an artifact whose bytes are kept: a file whole, a folder member by member."""
    source = replace(copy.source, is_fault=True)
    if source.folder is not None:
        source = replace(source, copy=Copy(reason, members=frozenset()))
    else:
        source = replace(source, kind=ArtifactKind.UNKNOWN, copy=None, reason=reason, is_kept=True)
    placed = _placed(replace(copy, source=source, is_first=False), 0)
    return placed._replace(key=(group, copy.id), original=placed.original if source.copy else None)


def _placed(artifact: Artifact, group: int) -> _Placed:
    def key(artifact_id: int | None) -> _Key | None:
        return None if artifact_id is None else (group, artifact_id)

    of = artifact
    return _Placed(of, (group, of.id), key(of.container_id), key(of.archive_id), key(of.original_id))


def _numbered(placed: Sequence[_Placed]) -> list[Artifact]:
    """Return the artifacts with ids in their order; those that are loaded first come first."""
    in_turn = sorted(placed, key=lambda each: not each.artifact.is_first)
    ids: dict[_Key | None, int | None] = {each.key: number for number, each in enumerate(in_turn, 1)}
    return [
        replace(
            each.artifact,
            id=number,
            container_id=ids.get(each.container),
            archive_id=ids.get(each.archive),
            original_id=ids.get(each.original),
        )
        for number, each in enumerate(in_turn, 1)
    ]
