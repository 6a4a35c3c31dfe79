"""Find the members of a run that are artifacts of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ...column_values import ArtifactKind, Compression
from ..lossless_json import clean, text_at
from ..read_errors import UNREADABLE_ZIP
from ..source import MEMBER_MARK, UUID, Member, RunKey, Source
from ..zip.headers import Entry
from ..zip.members import Members
from .manifest import ROOT, Manifest, has_lines, inner_name, lines_kind, read_manifest
from .run_folder import open_members

_NAME = re.compile(rf"({UUID.pattern})_(\d{{8}}_\d{{6}})", re.IGNORECASE)
"""The beginning of the name of a run's zip: the run's id, and when it started, in UTC."""

_ORDER = (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS, ArtifactKind.TRANSCRIPT)
"""The order in which a run's members are read: what the transcript repeats of the log is known once the log has been read."""


def expand(source: Source) -> tuple[Source, list[Source]]:
    """Return the source of a run with the run's session and id, and the sources of members that are artifacts themselves.

    If the run's zip cannot be opened, there are none; RunReader reports the reason.
    """
    try:
        with open_members(source) as archive:
            manifest = read_manifest(archive)
            source = replace(source, session=manifest.session, run_key=_run_key(manifest) or _key_in_name(source))
            return source, list(_line_members(source, archive, manifest))
    except UNREADABLE_ZIP:
        return replace(source, run_key=_key_in_name(source)), []


def _run_key(manifest: Manifest) -> RunKey | None:
    """Return the run's id and start. The id alone is not enough: programs may set it, and use it for many runs."""
    if manifest.bundle_id is None:
        return None
    try:
        started = datetime.fromisoformat(text_at(manifest.value, "created_at") or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return RunKey(manifest.bundle_id, "")
    return RunKey(manifest.bundle_id, started.strftime("%Y%m%d_%H%M%S"))


def _key_in_name(source: Source) -> RunKey | None:
    """Return the id and the start with which the library names a run's zip."""
    match = _NAME.match(source.location.name)
    return RunKey(match[1].lower(), match[2]) if match and source.folder is None else None


def _line_members(source: Source, archive: Members, manifest: Manifest) -> Iterator[Source]:
    """Yield the sources of the members that hold lines and can be read, the transcript just after the log."""
    for entry in sorted(archive.where(has_lines), key=_place):
        kind = lines_kind(entry)
        if kind is not None and entry.fault is None and entry.number not in archive.left_out:
            checksum = manifest.checksums.get(inner_name(entry))
            name = clean(entry.name)
            yield Source(
                path=source.path,
                name=f"{source.name}{MEMBER_MARK}{name}" if source.folder is None else in_folder(source, name),
                kind=kind,
                compression=Compression.NONE,
                size_bytes=entry.size,
                modified_ns=source.modified_ns,
                member=Member(entry.number, entry.compressed_size, checksum),
                session=source.session,
                limit=source.limit,
                target=source.target,
                identity=source.identity,
                folder=source.folder,
            )


def _place(entry: Entry) -> int:
    kind = lines_kind(entry)
    return 0 if kind is None else _ORDER.index(kind)


def in_folder(folder: Source, name: str) -> str:
    """Return the path of a member of a run's folder, which is that of the file."""
    return f"{folder.name}/{name.removeprefix(ROOT)}"
