"""Write chosen runs back as files from the bundle of their shard, as sources of a build."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ...artifacts.discovery import describe_listed
from ...artifacts.source import DEFAULT_EXPANSION, Source, limit_of
from ...column_values import ArtifactKind
from ...database.connection import open_bundle
from ...errors import BundleBuildError
from ...fidelity.artifact_rows import Contents, StoredArtifact, read_contents
from ...fidelity.extraction import extract
from ...packing.bundle_file import BundleFile
from ..commits import Commit
from ..storage import Storage
from ..stored_bundles import fetch_bundle

_MOST_NAMED = 10

_LABELS = "SELECT id, evaluation FROM artifacts WHERE evaluation IS NOT NULL"
_DIRECTORY = "SELECT source_directory FROM bundle_meta"


@dataclass(frozen=True, slots=True)
class ExtractedRuns:
    """The files of chosen runs of a shard.

    Attributes:
        sources: The files, with the names that they had when the shard was built.
        source_directory: The folder that the shard was built from.
        labels: The evaluation of each file or folder that has one, by its name.
        along: Number of other runs that are in the same zips.
        left: Number of artifacts of the shard that are in no run.
        recompressed: Number of zips that are compressed otherwise than they were; their members are the same.
    """

    sources: tuple[Source, ...]
    source_directory: str | None
    labels: Mapping[str, str]
    along: int
    left: int
    recompressed: int


def extract_runs(storage: Storage, commit: Commit, paths: Collection[str], scratch: Path) -> ExtractedRuns:
    """Write the runs with these paths below the folder `scratch`, which must not exist.

    Raises:
        BundleError: the shard has no bundle, or the bundle cannot be read.
        DamagedBundleError: the bundle is damaged.
        BundleBuildError: a run cannot be written back.
    """
    packed = scratch.with_name(f"{scratch.name}.db.zst")
    try:
        fetch_bundle(storage, commit, packed)
        with closing(BundleFile.open(packed)) as file, closing(open_bundle(file.database, file.path)) as connection:
            return _extracted(connection, paths, scratch, limit_of(file.database.stat().st_size, DEFAULT_EXPANSION))
    finally:
        packed.unlink(missing_ok=True)


def _extracted(connection: sqlite3.Connection, paths: Collection[str], scratch: Path, limit: int) -> ExtractedRuns:
    """Write the runs of an open bundle."""
    contents = read_contents(connection)
    runs = [each for each in contents.artifacts if each.kind == ArtifactKind.RUN]
    entry_of = {each.id: _entry_of(each, contents) for each in runs}
    wanted = {*paths}
    chosen = {entry_of[each.id].id for each in runs if each.path in wanted}
    done = extract(connection, scratch, force=False, progress=None, limit=limit, chosen=chosen)
    if done.findings:
        lost = [f"{each.place}: {each.text}" for each in done.findings[:_MOST_NAMED]]
        raise BundleBuildError("some of the chosen runs cannot be written back from the bundle of their shard:", *lost)
    with_runs = {each.id for each in entry_of.values()}
    evaluations = dict(connection.execute(_LABELS).fetchall())
    return ExtractedRuns(
        tuple(_sources_in(scratch)),
        connection.execute(_DIRECTORY).fetchone()[0],
        {contents.by_id[entry].path: evaluations[entry] for entry in chosen if entry in evaluations},
        sum(entry_of[each.id].id in chosen and each.path not in wanted and _is_read(each) for each in runs),
        sum(not each.is_listed and each.id not in with_runs for each in contents.files),
        done.file_count - done.exact_count,
    )


def _entry_of(artifact: StoredArtifact, contents: Contents) -> StoredArtifact:
    """Return the file or folder that an artifact is, or the zip that it is in."""
    seen: set[int] = set()
    while artifact.archive_id is not None and artifact.archive_id in contents.by_id and artifact.id not in seen:
        seen.add(artifact.id)
        artifact = contents.by_id[artifact.archive_id]
    return artifact


def _is_read(run: StoredArtifact) -> bool:
    return run.original_id is None


def _sources_in(folder: Path) -> Iterator[Source]:
    """Yield the files below a folder as a build reads them, in the order of their names."""
    names: Sequence[str] = sorted(
        os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder) for name in names
    )
    for name in names:
        yield describe_listed(folder / name, name)
