"""Decide the order in which artifacts are read, and the session that each belongs to.

The names of the files decide the order, so that every build of the same files gives the same bundle. Snapshots come
first, because the sessions in them decide the session of the logs and archives in the same folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...artifacts.runs.member_sources import expand
from ...artifacts.sets.archived_sets import Scratch, expand_archive
from ...artifacts.sets.duplicates import mark_equal_runs, mark_equal_zips
from ...artifacts.sets.found import Found, is_session_file
from ...artifacts.sets.line_copies import mark_line_copies
from ...artifacts.sets.run_folders import group_runs
from ...artifacts.source import DEFAULT_EXPANSION, UUID, Source, limit_of
from ...column_values import ArtifactKind, Compression
from ..progress import Count

_ORDER = (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS, ArtifactKind.ARCHIVE, ArtifactKind.RUN, ArtifactKind.UNKNOWN)
EXPANSION_ESTIMATE = 10
"""About how many times its compressed size a log decompresses to."""

STANDALONE_LOG_BYTES = 64 << 20
"""Up to this many bytes of standalone logs, all together, are searched for tool calls and transcripts.

Release 0.20 writes such logs. Its snapshots hold the same tool calls, except those that raised an exception.
"""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A source with its position in the reading order.

    Attributes:
        id: The artifact's id in the bundle, and its position, from 1.
        source: The file, or the member of a run's zip.
        container_id: The id of the run that holds the member; None for a file.
        archive_id: The id of the zip of artifacts that holds the file; None for one on disk.
        original_id: The id of the artifact that is imported in its place; None if it is imported itself.
        is_first: Whether it is loaded before the artifacts whose session its own sessions decide: a file of snapshots
            outside a run. A run names its session in its manifest.
    """

    id: int
    source: Source
    container_id: int | None = None
    archive_id: int | None = None
    original_id: int | None = None
    is_first: bool = False

    @property
    def folder(self) -> str:
        """Return the artifact's folder; artifacts in one folder are taken to be of one session."""
        return str(self.source.location.parent)

    @property
    def session_in_name(self) -> str | None:
        """Return the session id in the file's name, if there is one."""
        return _uuid_in(self.source.location.name)

    @property
    def run_id(self) -> int | None:
        """Return the artifact id of the run's zip that the artifact is or is a member of; None outside runs."""
        return self.id if self.source.kind is ArtifactKind.RUN else self.container_id


def in_order(
    sources: Iterable[Source],
    expansion: int = DEFAULT_EXPANSION,
    scratch: Path | None = None,
    progress: Count | None = None,
) -> list[Artifact]:
    """Return the artifacts in the order of reading, each file once, and the members of a run after the run.

    Duplicates come after what they repeat, so that they can be imported after all if that cannot be read. A file that is named by a link as well has its own name. It may decompress to `expansion` times its size. Artifacts
    inside zips are decompressed into the directory `scratch`; without one, zips are not searched for artifacts.
    `progress` is called with the number of artifacts opened so far, and of all artifacts.
    """
    links_first = sorted(sources, key=lambda source: source.target is None)
    unique = {source.place: source for source in links_first}
    limited = (
        replace(source, limit=limit_of(source.size_bytes, expansion)) for source in group_runs([*unique.values()])
    )
    return plan_files(limited, scratch, progress)


def plan_files(sources: Iterable[Source], scratch: Path | None, progress: Count | None = None) -> list[Artifact]:
    """Return the artifacts that the sources are and hold, in the order of reading; runs in folders are sources already."""
    files = [Found(source) for source in sources]
    mark_equal_zips(files)
    if scratch is not None:
        _search_archives(files, Scratch(scratch))
        mark_equal_zips(files)  # zips of artifacts are known now
    outer = dict(pair for file in files for pair in file.with_inner())
    ordered = sorted(outer, key=lambda found: (_ORDER.index(found.source.kind), found.source.name))
    for number, found in enumerate(ordered, 1):
        if progress is not None:
            progress(number, len(ordered))
        if found.source.kind is ArtifactKind.RUN and found.original is None:
            found.source, members = expand(found.source)
            found.members = [Found(member) for member in members]
    mark_equal_zips(ordered)
    mark_equal_runs(ordered)
    mark_line_copies(ordered)
    return _numbered(ordered, outer)


def _search_archives(files: Sequence[Found], scratch: Scratch) -> None:
    """Find the artifacts inside zips of artifacts."""
    for found in files:
        if found.source.kind is ArtifactKind.ARCHIVE and found.original is None:
            expanded = expand_archive(found.source, scratch)
            found.source, found.inner = expanded.source, expanded.inner


def _numbered(ordered: Sequence[Found], outer: Mapping[Found, Found | None]) -> list[Artifact]:
    """Return an artifact for each source and each member of a run that is one."""
    in_turn = sorted(ordered, key=lambda found: (not _is_first(found), found.original is not None))
    every = [each for found in in_turn for each in (found, *found.members)]
    ids = {found: number for number, found in enumerate(every, 1)}
    containers = {member: found for found in ordered for member in found.members}

    def id_of(found: Found | None) -> int | None:
        return None if found is None else ids[found]

    return [
        Artifact(
            ids[found],
            found.source,
            id_of(containers.get(found)),
            id_of(outer.get(found)),
            id_of(found.original),
            _is_first(found),
        )
        for found in every
    ]


def _is_first(found: Found) -> bool:
    """Return whether the source is a file of snapshots outside a run, and repeats none of a run."""
    return is_session_file(found.source) and (found.original is None or is_session_file(found.original.source))


class SessionGuess:
    """Guesses the session of an artifact whose records do not name one.

    The first of these decides: the file's name, the only root session in snapshots of the same folder, the folder's
    name. An artifact of a run belongs to the session that the run's manifest names.
    """

    def __init__(
        self,
        artifacts: Sequence[Artifact],
        parents: Mapping[str, str | None],
        snapshot_sessions: Iterable[tuple[int, str]],
    ) -> None:
        folders: dict[int, set[str]] = defaultdict(set)
        for artifact in artifacts:
            if artifact.run_id is None:
                folders[artifact.original_id or artifact.id].add(artifact.folder)  # a copy stands for its original
        self._known = set(parents)
        self._roots: dict[str, set[str]] = defaultdict(set)
        for artifact_id, session in snapshot_sessions:
            for folder in folders.get(artifact_id, ()):
                self._roots[folder].add(_root(session, parents))

    def of(self, artifact: Artifact) -> str | None:
        """Return the artifact's session; None if nothing names one, or the folder has several root sessions."""
        if artifact.run_id is not None:
            return artifact.source.session
        named = artifact.session_in_name
        if named is not None and (named in self._known or artifact.source.kind is not ArtifactKind.ARCHIVE):
            return named
        roots = self._roots.get(artifact.folder, set())
        if roots:
            return next(iter(roots)) if len(roots) == 1 else None
        return _uuid_in(artifact.source.location.parent.name)


def _uuid_in(name: str) -> str | None:
    match = UUID.search(name)
    return match[0].lower() if match else None


def _root(session: str, parents: Mapping[str, str | None]) -> str:
    """Return the session's topmost ancestor; in a cycle, the session at which the cycle closes."""
    seen: set[str] = set()
    while (parent := parents.get(session)) and session not in seen:
        seen.add(session)
        session = parent
    return session


def total_bytes(artifacts: Iterable[Artifact]) -> int:
    """Return the bytes of all artifact files on disk."""
    return sum(artifact.source.size_bytes for artifact in artifacts if artifact.source.member is None)


def are_logs_small(artifacts: Iterable[Artifact]) -> bool:
    """Return whether standalone logs are small enough to be searched for tool calls and transcripts unasked."""
    return _standalone_log_bytes(artifacts) <= STANDALONE_LOG_BYTES


def _standalone_log_bytes(artifacts: Iterable[Artifact]) -> int:
    """Return about how many bytes of log records the standalone logs hold."""
    logs = (
        artifact.source
        for artifact in artifacts
        if artifact.source.kind is ArtifactKind.LOGS and artifact.run_id is None and artifact.original_id is None
    )
    return sum(map(_decompressed, logs))


def artifact_bytes(artifacts: Iterable[Artifact]) -> int:
    """Return about how many bytes the artifacts hold."""
    return decompressed_bytes(artifact.source for artifact in artifacts)


def decompressed_bytes(sources: Iterable[Source]) -> int:
    """Return about how many bytes the sources hold: files as they are, compressed files and members decompressed."""
    return sum(map(_decompressed, sources))


def _decompressed(source: Source) -> int:
    is_compressed = source.compression is not Compression.NONE and source.kind is not ArtifactKind.UNKNOWN
    return source.size_bytes * EXPANSION_ESTIMATE if is_compressed else source.size_bytes
