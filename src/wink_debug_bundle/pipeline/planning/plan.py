"""Decide what is read, in which order, and which session an artifact belongs to.

The order is fixed by the names of the files, so that a bundle does not depend on how it was built. Snapshots come
first: they tell which sessions the logs and archives beside them belong to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...artifacts.runs.manifest import expand
from ...artifacts.source import DEFAULT_EXPANSION, UUID, Source, limit_of
from ...column_values import ArtifactKind, Compression

_ORDER = (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS, ArtifactKind.ARCHIVE, ArtifactKind.RUN, ArtifactKind.UNKNOWN)
COMPRESSED = 10
"""How many times its size a packed log unpacks to, or so."""

STANDALONE_LOG_BYTES = 64 << 20
"""Bytes of logs outside of runs, all together, up to which tool calls and transcripts are put together of them.

Those logs are release 0.20's; what they tell of calls stands in its sessions, too, but for those that raised.
"""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A source with its place in the order; `id` is its row in the bundle, `container_id` that of the zip it lies in."""

    id: int
    source: Source
    container_id: int | None = None

    @property
    def folder(self) -> str:
        """Folder the artifact lies in; artifacts in one folder belong together."""
        return str(self.source.path.parent)

    @property
    def session_in_name(self) -> str | None:
        """The session that the file is named for."""
        return _uuid_in(self.source.path.name)

    @property
    def run_id(self) -> int | None:
        """The run's zip that it is, or lies in."""
        return self.id if self.source.kind is ArtifactKind.RUN else self.container_id


def in_order(sources: Iterable[Source], expansion: int = DEFAULT_EXPANSION) -> list[Artifact]:
    """The artifacts numbered in the order of reading, each file once; behind a run's zip those that lie in it.

    A file that links lead to has its own name, not theirs. It may unpack to `expansion` times its size.
    """
    links_first = sorted(sources, key=lambda source: not source.path.is_symlink())
    unique = {source.path.resolve(): source for source in links_first}
    ordered = sorted(unique.values(), key=lambda source: (_ORDER.index(source.kind), source.name))
    artifacts: list[Artifact] = []
    for found in ordered:
        source = replace(found, limit=limit_of(found.size_bytes, expansion))
        container = len(artifacts) + 1
        if source.kind is ArtifactKind.RUN:
            run, members = expand(source)
            artifacts.append(Artifact(container, run))
            artifacts += [Artifact(container + place, member, container) for place, member in enumerate(members, 1)]
        else:
            artifacts.append(Artifact(container, source))
    return artifacts


class SessionGuess:
    """Which session an artifact belongs to, where its records do not say.

    The file's name decides, then the only root session dumped in the same folder, then the folder's name. What
    belongs to a run belongs to the session that the run's manifest names.
    """

    def __init__(
        self,
        artifacts: Sequence[Artifact],
        parents: Mapping[str, str | None],
        dumped: Iterable[tuple[int, str]],
    ) -> None:
        folders = {artifact.id: artifact.folder for artifact in artifacts if artifact.run_id is None}
        self._known = set(parents)
        self._roots: dict[str, set[str]] = defaultdict(set)
        for artifact_id, session in dumped:
            if artifact_id in folders:
                self._roots[folders[artifact_id]].add(_root(session, parents))

    def of(self, artifact: Artifact) -> str | None:
        """The artifact's session; None where nothing tells."""
        if artifact.run_id is not None:
            return artifact.source.session
        named = artifact.session_in_name
        if named is not None and (named in self._known or artifact.source.kind is not ArtifactKind.ARCHIVE):
            return named
        roots = self._roots.get(artifact.folder, set())
        if roots:
            return next(iter(roots)) if len(roots) == 1 else None
        return _uuid_in(artifact.source.path.parent.name)


def _uuid_in(name: str) -> str | None:
    match = UUID.search(name)
    return match[0].lower() if match else None


def _root(session: str, parents: Mapping[str, str | None]) -> str:
    """The session's topmost ancestor, or where a cycle closes."""
    seen: set[str] = set()
    while (parent := parents.get(session)) and session not in seen:
        seen.add(session)
        session = parent
    return session


def total_bytes(artifacts: Iterable[Artifact]) -> int:
    """Bytes of all artifacts on disk."""
    return sum(artifact.source.size_bytes for artifact in artifacts if artifact.container_id is None)


def searches_standalone_logs(artifacts: Iterable[Artifact]) -> bool:
    """Whether tool calls and transcripts are put together also of the logs that lie outside of runs."""
    return _standalone_log_bytes(artifacts) <= STANDALONE_LOG_BYTES


def _standalone_log_bytes(artifacts: Iterable[Artifact]) -> int:
    """About how many bytes of log records lie outside of runs."""
    logs = (
        artifact.source
        for artifact in artifacts
        if artifact.source.kind is ArtifactKind.LOGS and artifact.run_id is None
    )
    return sum(map(_decompressed, logs))


def decompressed_bytes(artifacts: Iterable[Artifact]) -> int:
    """About how many bytes are read and written: those on disk, and those of packed files and members, unpacked."""
    return sum(_decompressed(artifact.source) for artifact in artifacts)


def _decompressed(source: Source) -> int:
    is_compressed = source.compression is not Compression.NONE and source.kind is not ArtifactKind.UNKNOWN
    return source.size_bytes * COMPRESSED if is_compressed else source.size_bytes
