"""Recognise the zip of one run, and read its manifest.

Since release 0.21 the library writes one such zip for each run, with all members below `debug_bundle/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...column_values import ArtifactKind
from ..lossless_json import JsonObject, as_object, clean, object_of, text_at
from ..read_errors import UNREADABLE_ZIP, MalformedError
from ..source import LEAST_LIMIT, Source
from ..source_opener import open_source
from ..zip.archive import Zip
from ..zip.headers import Entry
from ..zip.members import Members

ROOT = "debug_bundle/"
MANIFEST = "manifest.json"
APP_LOG = "logs/app.jsonl"
FILESYSTEM = "filesystem/"

LINE_MEMBERS = {
    "session/before.jsonl": ArtifactKind.SNAPSHOTS,
    "session/after.jsonl": ArtifactKind.SNAPSHOTS,
    APP_LOG: ArtifactKind.LOGS,
    "transcript.jsonl": ArtifactKind.TRANSCRIPT,
}
"""Members that hold lines of JSON and are read as artifacts of their own, and the kind of each."""

_MANIFEST_NAME = ROOT + MANIFEST
_TYPICAL_NAMES = {ROOT + name for name in (*LINE_MEMBERS, "request/input.json", "error.json")}
"""Members by which the zip of a run is recognised even if its manifest is missing."""

LARGEST_JSON = 16 << 20
"""Metadata members larger than this, in bytes, are not parsed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a run; empty if it is missing or cannot be read.

    `checksums` maps names of members to SHA-256 in hexadecimal, `listed` has all names that the manifest mentions.
    """

    value: JsonObject
    checksums: dict[str, str] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()

    def part(self, key: str) -> JsonObject:
        """Return the object at `key`; an empty one if it is missing."""
        return as_object(self.value.get(key))

    @property
    def bundle_id(self) -> str | None:
        """Return the id of the run."""
        return text_at(self.value, "bundle_id")

    @property
    def is_ours(self) -> bool:
        """Return whether the library wrote it; other programs write files of that name, too."""
        is_described = isinstance(self.value.get("files"), list) or bool(self.part("integrity") or self.part("request"))
        return self.bundle_id is not None and text_at(self.value, "format_version") is not None and is_described

    @property
    def session(self) -> str | None:
        """Return the id of the run's session."""
        return text_at(self.part("request"), "session_id")


def is_run(source: Source) -> bool:
    """Return whether the zip is the zip of a run."""
    try:
        with Zip(open_source(source), LEAST_LIMIT) as archive:
            return archive.entries.may_name([ROOT]) and _are_of_run(archive.entries.names())
    except UNREADABLE_ZIP:
        return False


def _are_of_run(names: Iterable[str]) -> bool:
    """Return whether members of these names are those of a run."""
    is_typical, are_all_below = False, True
    for name in names:
        if name == _MANIFEST_NAME:
            return True
        is_typical |= name in _TYPICAL_NAMES
        are_all_below &= name.startswith(ROOT)
    return is_typical and are_all_below


def read_manifest(archive: Members) -> Manifest:
    """Return the run's manifest, as far as it can be read."""
    return manifest_of(read_json(archive, MANIFEST))


def parse_manifest(data: bytes) -> Manifest:
    """Return the manifest that the bytes hold; an empty one if they are no JSON object."""
    try:
        return manifest_of(object_of(data))
    except MalformedError:
        return Manifest({})


def manifest_of(value: JsonObject) -> Manifest:
    """Return the manifest with the content `value`."""
    checksums = {}
    integrity = as_object(value.get("integrity"))
    if integrity.get("algorithm") == "sha256":
        digests = as_object(integrity.get("checksums"))
        checksums = {name: digest.lower() for name, digest in digests.items() if isinstance(digest, str)}
    files = value.get("files")
    names = (name for name in files if isinstance(name, str)) if isinstance(files, list) else ()
    return Manifest(value, checksums, frozenset(names) | checksums.keys())


def read_json(archive: Members, name: str) -> JsonObject:
    """Return the JSON object in the member `name`; an empty one if it is missing or cannot be read."""
    entry = archive.find(ROOT + name)
    if entry is None or entry.size > LARGEST_JSON:
        return {}
    try:
        return object_of(archive.peek(entry))
    except (MalformedError, *UNREADABLE_ZIP):
        return {}


def inner_name(entry: Entry) -> str:
    """Return the member's name in the run."""
    return name_in_run(entry.name)


def name_in_run(name: str) -> str:
    """Return a member's path below `debug_bundle/`, which manifests use as its name; elsewhere its whole name."""
    return clean(name.removeprefix(ROOT))


def lines_kind(entry: Entry) -> ArtifactKind | None:
    """Return the kind of a member that is an artifact of its own; None for every other member."""
    return LINE_MEMBERS.get(entry.name.removeprefix(ROOT)) if entry.name.startswith(ROOT) else None


def has_lines(name: str) -> bool:
    """Return whether a member of that name is an artifact of its own."""
    return name.startswith(ROOT) and name.removeprefix(ROOT) in LINE_MEMBERS
