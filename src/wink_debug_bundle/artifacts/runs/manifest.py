"""How the zip of one run is laid out, and what its manifest says.

Since release 0.21 the library writes one such zip for each run, every member below `debug_bundle/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...column_values import ArtifactKind, Compression
from ..lossless_json import JsonObject, as_object, clean, read_object, text_at
from ..read_errors import UNREADABLE_ZIP, MalformedError
from ..source import LEAST_LIMIT, MEMBER_MARK, Member, Source
from ..zip.archive import Zip
from ..zip.headers import Entry

ROOT = "debug_bundle/"
MANIFEST = "manifest.json"
APP_LOG = "logs/app.jsonl"
FILESYSTEM = "filesystem/"

LINES = {
    "session/before.jsonl": ArtifactKind.SNAPSHOTS,
    "session/after.jsonl": ArtifactKind.SNAPSHOTS,
    APP_LOG: ArtifactKind.LOGS,
    "transcript.jsonl": ArtifactKind.TRANSCRIPT,
}
"""Members that hold lines, and are read as artifacts of their own."""

_TYPICAL = {*LINES, MANIFEST, "request/input.json", "error.json"}

_LARGEST_JSON = 16 << 20
"""Members that are read whole for what they say of the run are smaller."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run's manifest says; empty where there is none, or none that can be read."""

    value: JsonObject
    checksums: dict[str, str] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()

    def part(self, key: str) -> JsonObject:
        """The object at `key`, empty where there is none."""
        return as_object(self.value.get(key))

    @property
    def session(self) -> str | None:
        """The run's session."""
        return text_at(self.part("request"), "session_id")


def is_run(path: Path) -> bool:
    """Whether the zip at `path` is one run's."""
    try:
        with Zip(path, LEAST_LIMIT) as archive:
            names = archive.names
    except UNREADABLE_ZIP:
        return False
    typical = {ROOT + name for name in _TYPICAL}
    return ROOT + MANIFEST in names or (bool(names & typical) and all(name.startswith(ROOT) for name in names))


def expand(source: Source) -> tuple[Source, list[Source]]:
    """A run's source with its session, and the sources of its members that are artifacts of their own.

    Of a zip that cannot be opened there are none; its reader says why.
    """
    try:
        with Zip(source.path, source.limit) as archive:
            manifest = read_manifest(archive)
            source = replace(source, session=manifest.session)
            return source, list(_line_members(source, archive, manifest))
    except UNREADABLE_ZIP:
        return source, []


def read_manifest(archive: Zip) -> Manifest:
    """The run's manifest, as far as it can be read."""
    value = read_json(archive, MANIFEST)
    checksums = {}
    integrity = as_object(value.get("integrity"))
    if integrity.get("algorithm") == "sha256":
        found = as_object(integrity.get("checksums"))
        checksums = {name: digest.lower() for name, digest in found.items() if isinstance(digest, str)}
    files = value.get("files")
    names = (name for name in files if isinstance(name, str)) if isinstance(files, list) else ()
    return Manifest(value, checksums, frozenset(names) | checksums.keys())


def read_json(archive: Zip, name: str) -> JsonObject:
    """The JSON object that the member `name` holds; empty where there is none that can be read."""
    entry = archive.find(ROOT + name)
    if entry is None or entry.size > _LARGEST_JSON:
        return {}
    try:
        return read_object(archive.read(entry)).value
    except (MalformedError, *UNREADABLE_ZIP):
        return {}


def inner_name(entry: Entry) -> str:
    """The member's path below `debug_bundle/`, by which manifests call it; its whole name where it lies elsewhere."""
    return clean(entry.name.removeprefix(ROOT))


def lines_kind(entry: Entry) -> ArtifactKind | None:
    """What the member holds, if it is an artifact of its own."""
    return LINES.get(entry.name.removeprefix(ROOT)) if entry.name.startswith(ROOT) else None


def _line_members(source: Source, archive: Zip, manifest: Manifest) -> Iterator[Source]:
    for entry in archive.entries:
        kind = lines_kind(entry)
        if kind is not None and entry.fault is None and entry.number not in archive.left_out:
            checksum = manifest.checksums.get(inner_name(entry))
            yield Source(
                path=source.path,
                name=f"{source.name}{MEMBER_MARK}{clean(entry.name)}",
                kind=kind,
                compression=Compression.NONE,
                size_bytes=entry.size,
                modified_ns=source.modified_ns,
                member=Member(entry.number, entry.compressed_size, checksum),
                session=source.session,
                limit=source.limit,
            )
