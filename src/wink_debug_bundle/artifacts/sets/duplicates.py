"""Find zips that have the same bytes, and runs that have the same id and start; each is imported once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from ...column_values import ArtifactKind
from ..read_errors import UNREADABLE_ZIP
from ..runs.manifest import MANIFEST, inner_name, read_manifest
from ..runs.run_folder import member_hashes, open_members
from ..source import UUID, Copy, Source
from ..source_opener import open_source
from ..zip.members import Members
from .found import Found

_ZIPS = (ArtifactKind.ARCHIVE, ArtifactKind.RUN)


def mark_equal_zips(found: Sequence[Found]) -> None:
    """Mark zips that are copies of another one; only zips of equal sizes are read for it.

    A zip of an agent's files belongs to a session, and agents may leave the same files. So such zips are copies only if
    they have the same bytes and also the same id in their names, or the same folder where the names have no id.
    """
    zips = [each for each in found if _is_zip_file(each)]
    for same_size in _groups(zips, lambda each: each.source.size_bytes):
        for equal in _groups(same_size, _identity):
            original, *copies = sorted(equal, key=lambda each: each.preference)
            for copy in copies:
                copy.set_copy(original, Copy(f"the same bytes as {original.source.name}"))


def mark_equal_runs(found: Sequence[Found]) -> None:
    """Mark runs that have the same id and start as another one; an intact one is imported, if there is one."""
    runs = [each for each in found if each.source.kind is ArtifactKind.RUN and each.original is None]
    for equal in _groups(runs, lambda each: each.source.run_key):
        states = {each: _state(each.source) for each in equal}
        bundle_id = next((each.source.run_key.bundle_id for each in equal if each.source.run_key), "")
        original, *copies = sorted(equal, key=lambda each: (states[each].faults, each.preference))
        for copy in copies:
            reason = f"the same run as {original.source.name}: its bundle id is {bundle_id}"
            copy.set_copy(original, Copy(reason, members=_same_members(states[copy], states[original])))


def file_hash(found: Found) -> str | None:
    """Return the SHA-256 of a file; None if it cannot be read."""
    found.sha256 = found.sha256 or found.source.sha256
    if found.sha256 is None:
        with suppress(OSError), open_source(found.source) as file:
            found.sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    return found.sha256


def _identity(found: Found) -> tuple[str, str] | None:
    """Return what copies of a zip have in common; None if it cannot be read."""
    sha256 = file_hash(found)
    if sha256 is None:
        return None
    if found.source.kind is ArtifactKind.RUN or found.inner:
        return sha256, ""
    place = found.source.location
    match = UUID.search(place.name)
    return sha256, match[0].lower() if match else str(place.parent)


def _is_zip_file(found: Found) -> bool:
    source = found.source
    return source.kind in _ZIPS and source.folder is None and source.openable and found.original is None


def _groups(items: Iterable[Found], key: Callable[[Found], Hashable | None]) -> list[list[Found]]:
    """Return the items with equal keys, where there are several; those whose key is None are equal to no other."""
    groups: dict[Hashable, list[Found]] = defaultdict(list)
    for item in items:
        if (value := key(item)) is not None:
            groups[value].append(item)
    return [group for group in groups.values() if len(group) > 1]


class _State(NamedTuple):
    """How many things are wrong with a run, and the number and SHA-256 of each member, by name."""

    faults: int
    members: dict[str, tuple[int, str | None]]


def _state(source: Source) -> _State:
    """Return the state of a run, whose members are all read for it."""
    try:
        with open_members(source) as archive:
            return _state_of(archive)
    except UNREADABLE_ZIP:
        return _State(1 << 30, {})


def _state_of(archive: Members) -> _State:
    manifest = read_manifest(archive)
    members = {inner_name(entry): (entry.number, sha256) for entry, sha256 in member_hashes(archive)}
    expected = manifest.checksums
    faults = sum(sha256 is None or expected.get(name, sha256) != sha256 for name, (_, sha256) in members.items())
    faults += len(manifest.listed - members.keys()) + (MANIFEST not in members)
    return _State(faults + (archive.directory_error is not None), members)


def _same_members(copy: _State, original: _State) -> frozenset[int]:
    """Return the numbers of the members that are the same in the original."""
    return frozenset(
        number
        for name, (number, sha256) in copy.members.items()
        if sha256 is not None and original.members.get(name, (0, None))[1] == sha256
    )
