"""Compact a dataset: put small shards together, commit each whole in their place, and then remove what it replaces.

A reader that sees the commit of the whole sees in it which shards it replaces, and counts these no more; a reader that
does not see it counts them as before. So nothing is missing or twice at any moment, and a kill leaves only files that do
not count, which the next time removes.

Builds and other compactions may run at the same time: before the commit, the whole is announced as a step of the plans
(`joining_steps.py`), which come one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

from ..._version import __version__
from ...database.schema_files import SCHEMA_VERSION
from ...errors import BundleBuildError, BundleError
from ...packing.bundle_file import BundleFile
from ...packing.frame_header import ByteProgress
from ...packing.private_folders import private_folder
from ..asking.duckdb_tables import COUNTED_ONCE
from ..commits import (
    Commit,
    LedgerSum,
    bundle_file_name,
    commit_name,
    read_commits,
    table_file_name,
    without_replaced,
)
from ..dataset_totals import totals_of
from ..extras import require
from ..parquet_tables import stored_tables
from ..shard_ids import compacted_id_of
from ..shard_outcomes.outcome_reading import read_shard_outcome
from ..shard_planning.announced_joining import Joining
from ..shard_work.shard_files import store_bundle, write_tables
from ..shard_work.task_threads import task_threads
from ..storage import Storage
from ..stored_bundles import fetch_bundle
from .bundle_joining import join_bundles
from .joining_steps import JoiningSteps
from .shard_groups import shard_groups


@dataclass(frozen=True, slots=True)
class CompactionSummary:
    """What a compaction did.

    Attributes:
        dataset: The dataset, as messages call it.
        before: Number of shards before.
        after: Number of shards now.
        removed: Number of replaced shards whose files were removed.
        kept_apart: Number of small shards that were not put to those before, because both hold a file, run or session,
            or they are of different folders.
        given_up: Number of groups of shards that a build or another compaction took meanwhile.
        seconds: How long it took.
    """

    dataset: str
    before: int
    after: int
    removed: int
    kept_apart: int
    given_up: int
    seconds: float


def compact_dataset(storage: Storage, least: int, progress: ByteProgress | None = None) -> CompactionSummary:
    """Put shards with less than `least` bytes of sources together, and remove the files of all that are replaced.

    Raises:
        BundleError: a small shard has no bundle, or something cannot be read.
        DamagedBundleError: a bundle is damaged.
        BundleBuildError: a shard cannot be put together.
        OSError: a file of the dataset cannot be read, written or removed.
    """
    started = time.monotonic()
    require("pyarrow")
    found = read_commits(storage)
    steps = JoiningSteps(storage, found)
    known = {commit.shard: commit for commit in found}
    removed = _remove(storage, known, {old for commit in found if commit.compacts for old in commit.replaces})
    commits = without_replaced(known.values(), steps.abandoned)
    groups = [*steps.unfinished(known), *shard_groups(commits, least, steps.held)]
    total = sum(commit.source_bytes for group in groups for commit in group)
    done = joined = made = apart = 0
    given_up: list[Commit] = []
    for group in groups:
        apart -= 1
        for whole, members in _compacted(storage, group, steps, given_up):
            apart += 1
            done += sum(commit.source_bytes for commit in members)
            if whole is not None:
                made, joined = made + 1, joined + len(members)
                removed += _remove(storage, known, whole.replaces)
            if progress is not None:
                progress(done, total)
    with suppress(OSError):  # leftovers do no harm
        storage.remove_unfinished()
    after = len(commits) - joined + made
    seconds = time.monotonic() - started
    return CompactionSummary(storage.shown, len(commits), after, removed, apart, len(given_up), seconds)


def _compacted(
    storage: Storage, group: Sequence[Commit], steps: JoiningSteps, given_up: list[Commit]
) -> Iterator[tuple[Commit | None, Sequence[Commit]]]:
    """Commit the shards of a group as one, or as several if they depend on each other.

    Yields:
        The new commit, and those that it replaces; None and the commits that stay as they are: one shard, or several that
        another process took. The first one of these is added to `given_up`.
    """
    left = [*group]
    while left:
        with private_folder("wink-compact-") as scratch:
            try:
                whole, count = _first_joined(storage, left, scratch, steps) if len(left) > 1 else (None, 1)
            except BundleError:
                if all(storage.exists(commit.name) for commit in left):
                    raise
                whole, count = None, len(left)  # another process put them together, and removed what it replaced
        if whole is None and count > 1:
            given_up.append(left[0])
        yield whole, left[:count]
        left = left[count:]


def _first_joined(
    storage: Storage, group: Sequence[Commit], scratch: Path, steps: JoiningSteps
) -> tuple[Commit | None, int]:
    """Put the first shards of a group together, and commit them; return the commit, and how many there were."""
    bundle = scratch / "joined.db"
    with ExitStack() as stack:
        files: list[BundleFile] = []
        for number, commit in enumerate(group):
            packed = scratch / f"{number}.db.zst"
            fetch_bundle(storage, commit, packed)
            files.append(stack.enter_context(closing(BundleFile.open(packed))))
        joined = join_bundles(files, bundle, lambda count: _id_of(group[:count])[-32:])
    if joined.digest is None:
        return None, joined.bundle_count
    members = group[: joined.bundle_count]
    whole = _written(storage, members, bundle, joined.digest)
    if not steps.announced(Joining.of(whole, members)):
        return None, joined.bundle_count
    storage.create(commit_name(whole.shard), whole.as_json)
    return whole, joined.bundle_count


def _written(storage: Storage, members: Sequence[Commit], bundle: Path, digest: str) -> Commit:
    """Write the files of the joined shard; return its commit, which is not written yet."""
    shard = _id_of(members)
    with task_threads() as threads:
        packed = threads.packing.submit(store_bundle, bundle, shard, storage)
        tables, ledger, results = write_tables(bundle, shard, storage, bundle.parent, threads.encoding)
    whole = Commit(
        shard=shard,
        schema_version=SCHEMA_VERSION,
        wink_version=__version__,
        first_source=min(commit.first_source for commit in members),
        source_count=sum(commit.source_count for commit in members),
        source_bytes=sum(commit.source_bytes for commit in members),
        digest=digest,
        tables=tables,
        ledger=ledger,
        results=results,
        incomplete_count=sum(commit.incomplete_count for commit in members),
        outcome=read_shard_outcome(bundle),
        bundle=packed.result(),
        replaces=tuple(sorted({old for commit in members for old in (commit.shard, *commit.replaces)})),
        compacts=tuple(old for commit in members for old in commit.compacts or (commit.shard,)),
    )
    _check_same(storage, members, whole)
    return whole


def _id_of(members: Sequence[Commit]) -> str:
    return compacted_id_of(commit.shard for commit in members)


def _check_same(storage: Storage, members: Sequence[Commit], whole: Commit) -> None:
    """Compare the numbers of rows, the ledger and the results with those of the shards that are put together.

    Raises:
        BundleBuildError: they differ, so that questions would have other answers.
    """
    if _counts(members) != _counts([whole]):
        raise BundleBuildError(
            f"{storage.shown}: shards {members[0].shard} to {members[-1].shard} have other rows together than apart, and"
            " stay as they are; see: dataset verify"
        )


def _counts(commits: Sequence[Commit]) -> tuple[dict[str, int], dict[str, LedgerSum], dict[str, int]]:
    totals = totals_of(commits, 0)
    rows = {name: count for name, count in totals.rows.items() if name not in COUNTED_ONCE}
    return rows, dict(totals.ledger), dict(totals.results)


def _remove(storage: Storage, known: dict[str, Commit], shards: Container[str]) -> int:
    """Remove the files of those shards whose commits are known, each commit last, and forget them; return how many."""
    old = [commit for commit in known.values() if commit.shard in shards]
    for commit in old:
        _remove_files(storage, commit)
        storage.remove(commit_name(commit.shard))
        del known[commit.shard]
    return len(old)


def _remove_files(storage: Storage, commit: Commit) -> None:
    """Remove the files of a shard, without its commit."""
    for table in stored_tables():
        if table in commit.tables:
            storage.remove(table_file_name(table, commit.shard))
    if commit.bundle is not None:
        storage.remove(bundle_file_name(commit.shard))
