"""Check a dataset: that plans and commits agree, no source is missing or twice, hashes hold, and bundles are sound."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..artifacts.source import DEFAULT_EXPANSION, limit_of
from ..database.connection import open_bundle
from ..database.table_digests import normal_digest
from ..errors import BundleError
from ..fidelity.findings import Finding
from ..fidelity.verification import verify
from ..packing.bundle_file import BundleFile
from ..packing.frame_header import ByteProgress
from .asking.table_opening import opened_tables
from .commits import Commit, StoredFile, TableFile, bundle_file_name, commit_name, table_file_name
from .dataset_opening import changed_meanwhile, read_steadily, shards_now
from .shard_outcomes.outcome_reading import shard_outcome_of
from .shard_planning.compacted_shards import with_compacted
from .shard_planning.frozen_plan import read_plan, read_steps
from .shard_planning.planned_shard import PlannedShard
from .shard_planning.source_listing import list_sources
from .storage import Storage

_COPIED = """
SELECT bundle_id FROM runs WHERE bundle_id IS NOT NULL GROUP BY bundle_id HAVING count(DISTINCT shard) > 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class DatasetVerification:
    """The result of checking a dataset; `findings` says what was wrong.

    Attributes:
        shard_count: Number of its complete shards.
        source_count: Number of their sources.
        file_count: Number of files that were checked.
        bundle_count: Number of bundles among them.
        findings: What was wrong.
        copied_runs: Ids of runs that several shards hold, as there are copies of them among the sources; each copy counts.
    """

    shard_count: int
    source_count: int
    file_count: int
    bundle_count: int
    findings: tuple[Finding, ...]
    copied_runs: tuple[str, ...] = ()


def verify_dataset(
    storage: Storage,
    commits: Sequence[Commit],
    *,
    against: str | None = None,
    progress: ByteProgress | None = None,
) -> DatasetVerification:
    """Check the dataset and each file of it; with `against`, also that it has all that is in a folder of sources now.

    If something is wrong, and shards were put together and removed meanwhile, what is in their place is checked.

    Raises:
        BundleError: a plan cannot be read, or the folder cannot be listed.
        OSError: the dataset cannot be read.
    """

    def checked(commits: Sequence[Commit]) -> DatasetVerification:
        result = _verified(storage, commits, against, progress)
        if result.findings and shards_now(storage, commits) is not None:
            raise changed_meanwhile(storage)
        return result

    return read_steadily(storage, commits, checked)


def _verified(
    storage: Storage, commits: Sequence[Commit], against: str | None, progress: ByteProgress | None
) -> DatasetVerification:
    planned, abandoned = _planned(storage)
    planned = with_compacted(planned, commits)
    findings = [*_disagreements(planned, commits, abandoned), *_repeated_sources(planned, commits)]
    if against is not None:
        findings += _not_in_dataset(storage, planned, commits, against)
    checked = _Files(storage, commits, progress)
    damage = [*checked.findings()]
    findings += damage
    return DatasetVerification(
        len(commits),
        sum(commit.source_count for commit in commits),
        checked.file_count,
        sum(commit.bundle is not None for commit in commits),
        tuple(findings),
        () if damage or not commits else _copied_runs(storage, commits),
    )


def _copied_runs(storage: Storage, commits: Sequence[Commit]) -> tuple[str, ...]:
    """Return the ids of runs that several shards hold; copies within one shard are duplicates and count once."""
    with opened_tables(storage, commits) as connection:
        return tuple(run for (run,) in connection.execute(_COPIED).fetchall())


def _planned(storage: Storage) -> tuple[dict[str, PlannedShard], set[str]]:
    """Return every shard that was planned, by its id, and the ids of those that were given up."""
    planned: dict[str, PlannedShard] = {}
    abandoned: set[str] = set()
    for step in read_steps(storage):
        abandoned.update(step.abandons)
        planned.update((shard.id, shard) for shard in read_plan(storage, step).shards)
    return planned, abandoned


def _disagreements(
    planned: dict[str, PlannedShard], commits: Sequence[Commit], abandoned: set[str]
) -> Iterator[Finding]:
    """Yield the shards that are planned and not committed, or the other way round, and commits of other sources."""
    replaced = {shard for commit in commits for shard in commit.replaces}
    committed = {commit.shard for commit in commits}
    for shard in planned.values():
        if shard.id not in committed | replaced | abandoned:
            yield Finding("is planned and not committed; run dataset build again", f"shard {shard.id}")
    for commit in commits:
        built = planned.get(commit.shard)
        if built is None:
            yield Finding("is in no plan", commit_name(commit.shard))
            continue
        planned_as = (built.source_count, built.size, built.replaces)
        if (commit.source_count, commit.source_bytes, commit.replaces) != planned_as:
            yield Finding("has other sources than the plan", commit_name(commit.shard))


def _repeated_sources(planned: dict[str, PlannedShard], commits: Sequence[Commit]) -> Iterator[Finding]:
    """Yield the sources that several committed shards were built from."""
    owner: dict[str, str] = {}
    for commit in commits:
        for source in planned[commit.shard].sources if commit.shard in planned else ():
            first = owner.setdefault(source.uri, commit.shard)
            if first != commit.shard:
                yield Finding(f"is in two shards, {first} and {commit.shard}", source.name)


def _not_in_dataset(
    storage: Storage, planned: dict[str, PlannedShard], commits: Sequence[Commit], against: str
) -> Iterator[Finding]:
    """Yield the files of a folder that no committed shard was built from, as they are now."""
    shards = [planned[commit.shard] for commit in commits if commit.shard in planned]
    listed = list_sources(against, storage).sources
    is_known = bytearray(len(listed))
    for source in (source for shard in shards for source in shard.sources):
        place = listed.find(source.uri)
        if place is not None and listed.is_same(place, source):
            is_known[place] = 1
    for name, known in zip(listed.names, is_known, strict=True):
        if not known:
            yield Finding("is not in the dataset as it is now; run dataset build again", name)


class _Files:
    """Checks the files that commits name; `file_count` counts them."""

    def __init__(self, storage: Storage, commits: Sequence[Commit], progress: ByteProgress | None) -> None:
        self._storage = storage
        self._commits = commits
        self._progress = progress
        self._done = 0
        self._total = sum(stored.bytes for commit in commits for _, stored in _files_of(commit))
        self.file_count = 0

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with each file: its hash, and for a bundle anything within it."""
        for commit in self._commits:
            for name, stored in _files_of(commit):
                self.file_count += 1
                fault = self._fault(name, stored)
                if fault is not None:
                    yield Finding(fault, name)
                elif stored is commit.bundle:
                    yield from self._bundle_findings(name, commit)
                self._done += stored.bytes
                if self._progress is not None:
                    self._progress(self._done, self._total)

    def _fault(self, name: str, stored: StoredFile | TableFile) -> str | None:
        """Return what is wrong with the bytes of a file; None if they are those of the commit."""
        digest = hashlib.sha256()
        try:
            for block in self._storage.blocks(name):
                digest.update(block)
        except FileNotFoundError:
            return "is missing"
        except OSError as error:
            return f"cannot be read: {error}"
        return None if digest.hexdigest() == stored.sha256 else "is not what was committed: its hash is another one"

    def _bundle_findings(self, name: str, commit: Commit) -> Iterator[Finding]:
        """Yield what `verify` finds in a bundle, which must have the digest of the commit."""
        with tempfile.TemporaryDirectory(prefix="wink-verify-") as folder:
            packed = Path(folder) / "bundle.db.zst"
            try:
                self._storage.fetch(name, packed)
                with closing(BundleFile.open(packed)) as file, closing(open_bundle(file.database, file.path)) as opened:
                    limit = limit_of(file.database.stat().st_size, DEFAULT_EXPANSION)
                    digest = normal_digest(commit.digest)
                    found = verify(opened, against=None, progress=None, digest=digest, limit=limit)
                    has_same_outcome = bool(found.findings) or shard_outcome_of(opened) == commit.outcome
            except (BundleError, ValueError, sqlite3.Error) as error:  # ValueError: the commit has no digest
                yield Finding(str(error).replace(str(packed), name), name)
                return
        for each in found.findings:
            yield Finding(f"{each.place}: {each.text}" if each.place else each.text, name)
        if not has_same_outcome:
            yield Finding("has another outcome than the bundle of the shard", commit.name)


def _files_of(commit: Commit) -> Iterator[tuple[str, StoredFile | TableFile]]:
    """Yield the name of each file of a shard with its size and hash."""
    for table, stored in commit.tables.items():
        yield table_file_name(table, commit.shard), stored
    if commit.bundle is not None:
        yield bundle_file_name(commit.shard), commit.bundle
