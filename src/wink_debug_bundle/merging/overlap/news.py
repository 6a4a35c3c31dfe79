"""Find what is new in a directory, compared with a bundle that was built from it before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ...artifacts.sets.shards import with_parts
from ...artifacts.source import Source
from ...artifacts.source_opener import open_source
from ...column_values import ArtifactKind
from ...pipeline.digests import Digests
from ...pipeline.planning.plan import Artifact
from ...pipeline.progress import Count
from ..inputs import MergedArtifact

_READ_BYTES = 1 << 20


@dataclass(slots=True)
class News:
    """What became of each source: their names, and the sources to read.

    Of files that are known, snapshots are read again if something is new in their folder: they say which session it
    belongs to.
    """

    new: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    grown: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)


def find_news(
    sources: Sequence[Source], held: Iterable[MergedArtifact], *, is_same_directory: bool, progress: Count
) -> News:
    """Compare the sources with the artifacts that a bundle holds; every file is read for its hash.

    `progress` is told how many sources are compared, and how many there are.

    If the bundle is not of the same directory, files of the same name have nothing to do with each other.
    """
    whole = list(with_parts(sources))
    by_path: dict[str, list[MergedArtifact]] = {}
    for row in held:
        if row.container_id is None and row.archive_id is None:
            by_path.setdefault(row.path, []).append(row)
    news = News()
    read: list[tuple[Source, list[Source]]] = []
    snapshots: list[tuple[Source, list[Source]]] = []
    with Digests([Artifact(number, source) for number, (source, _) in enumerate(whole, 1)]) as digests:
        for number, (source, parts) in enumerate(whole, 1):
            sha256 = digests.of(Artifact(number, source)).sha256
            progress(number, len(whole))
            rows = by_path.get(source.name, [])
            if any(_is_same(source, sha256, row) for row in rows):
                news.known.append(source.name)
                if source.kind is ArtifactKind.SNAPSHOTS:
                    snapshots.append((source, parts))
                continue
            read.append((source, parts))
            is_other = bool(rows) and is_same_directory
            is_grown = is_other and all(_is_beginning(row, source) for row in rows)
            (news.grown if is_grown else news.changed if is_other else news.new).append(source.name)
    folders = {_folder(source) for source, _ in read}
    again = [parts for source, parts in snapshots if _folder(source) in folders]
    wanted = {id(part) for parts in (*(parts for _, parts in read), *again) for part in parts}
    news.sources = [source for source in sources if id(source) in wanted]
    return news


def _is_same(source: Source, sha256: str | None, row: MergedArtifact) -> bool:
    """Return whether the bundle has a source as it is now; of what has no bytes, the reason why it is not read decides."""
    if sha256 is None:
        return row.sha256 is None and source.kind is ArtifactKind.UNKNOWN and row.reason == source.reason
    return row.sha256 == sha256


def _is_beginning(row: MergedArtifact, source: Source) -> bool:
    """Return whether the bytes that a bundle has of a file are the first ones of it, or were only listed."""
    if row.kind == ArtifactKind.UNKNOWN and not row.problem_count:
        return True
    if row.sha256 is None or source.folder is not None or row.size_bytes >= source.size_bytes:
        return False
    digest, left = hashlib.sha256(), row.size_bytes
    try:
        with open_source(source) as stream:
            while left and (data := stream.read(min(left, _READ_BYTES))):
                digest.update(data)
                left -= len(data)
    except OSError:
        return False
    return digest.hexdigest() == row.sha256


def _folder(source: Source) -> str:
    return source.name.rpartition("/")[0]
