"""Find the members of a run that are artifacts of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...column_values import Compression
from ..archives.members import Members
from ..lossless_json import clean
from ..read_errors import UNREADABLE_ZIP
from ..source import MEMBER_MARK, UUID, Member, Source
from .manifest import ROOT, Manifest, inner_name, lines_kind, read_manifest
from .run_folder import open_members


def expand(source: Source) -> tuple[Source, list[Source]]:
    """Return the source of a run with the run's session and id, and the sources of members that are artifacts themselves.

    If the run's zip cannot be opened, there are none; RunReader reports the reason.
    """
    try:
        with open_members(source) as archive:
            manifest = read_manifest(archive)
            source = replace(source, session=manifest.session, bundle_id=manifest.bundle_id or _id_in_name(source))
            return source, list(_line_members(source, archive, manifest))
    except UNREADABLE_ZIP:
        return replace(source, bundle_id=_id_in_name(source)), []


def _id_in_name(source: Source) -> str | None:
    """Return the id with which the library begins the name of a run's zip."""
    match = UUID.match(source.location.name)
    return match[0].lower() if match and source.folder is None else None


def _line_members(source: Source, archive: Members, manifest: Manifest) -> Iterator[Source]:
    """Yield the sources of the members that hold lines and can be read."""
    for entry in archive.entries:
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
                folder=source.folder,
            )


def in_folder(folder: Source, name: str) -> str:
    """Return the path of a member of a run's folder, which is that of the file."""
    return f"{folder.name}/{name.removeprefix(ROOT)}"
