"""Check a dataset: that plans and commits agree, no source is missing or twice, hashes hold, and bundles are sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...fidelity.findings import Finding
from ...packing.frame_header import ByteProgress
from ..asking.table_opening import opened_tables
from ..commits import Commit, commit_name
from ..dataset_opening import changed_meanwhile, read_steadily, shards_now
from ..shard_planning.compacted_shards import with_compacted
from ..shard_planning.frozen_plan import PLANS, read_plan, read_steps, step_name
from ..shard_planning.planned_shard import PlannedShard
from ..shard_planning.source_listing import list_sources
from ..storage import Storage
from .file_checks import FileChecks
from .foreign_files import foreign_files

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
    plans = _read_plans(storage)
    planned = with_compacted(plans.shards, commits)
    findings = [
        *(Finding("has another number of shards than its plan", name) for name in plans.other_steps),
        *_disagreements(planned, commits, plans),
        *_repeated_sources(planned, commits),
        *(Finding("names a shard that is in no plan", name) for name in plans.unknown_shards),
        *(Finding("is a file of no shard of the dataset", name) for name in _foreign(storage, planned, commits)),
    ]
    if against is not None:
        findings += _not_in_dataset(storage, planned, commits, against)
    checked = FileChecks(storage, commits, progress)
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


class _Plans(NamedTuple):
    """What was planned.

    Attributes:
        shards: Every shard, by its id.
        abandoned: The ids of those that were given up.
        without_bundle: The ids of those whose bundles are not kept.
        other_steps: The plans that have another number of shards than their step says.
        unknown_shards: The steps that give up or put together shards which no step before them has.
    """

    shards: dict[str, PlannedShard]
    abandoned: set[str]
    without_bundle: set[str]
    other_steps: list[str]
    unknown_shards: list[str]


def _read_plans(storage: Storage) -> _Plans:
    """Return all that was planned."""
    plans = _Plans({}, set(), set(), [], [])
    joined: set[str] = set()
    for position, step in enumerate(read_steps(storage), 1):
        plan = read_plan(storage, step)
        if not {*step.abandons, *(step.joining.replaces if step.joining else ())} <= plans.shards.keys() | joined:
            plans.unknown_shards.append(step_name(position))
        if step.joining is not None:
            joined.add(step.joining.shard)
        plans.abandoned.update(step.abandons)
        plans.shards.update((shard.id, shard) for shard in plan.shards)
        if not plan.keeps_bundles:
            plans.without_bundle.update(shard.id for shard in plan.shards)
        if len(plan.shards) != step.shard_count:
            plans.other_steps.append(f"{PLANS}/{step.plan}.json")
    return plans


def _foreign(storage: Storage, planned: dict[str, PlannedShard], commits: Sequence[Commit]) -> list[str]:
    """Return the names of files that are of no shard that is planned, was planned meanwhile, or is committed all the same."""
    known = {*planned, *(commit.shard for commit in commits)}
    found = [*foreign_files(storage, known)]
    return [*foreign_files(storage, known | _read_plans(storage).shards.keys())] if found else []


def _disagreements(planned: dict[str, PlannedShard], commits: Sequence[Commit], plans: _Plans) -> Iterator[Finding]:
    """Yield the shards that are planned and not committed, or the other way round, and commits of other sources."""
    replaced = {shard for commit in commits for shard in commit.replaces}
    committed = {commit.shard for commit in commits}
    for shard in planned.values():
        if shard.id not in committed | replaced | plans.abandoned:
            yield Finding("is planned and not committed; run dataset build again", f"shard {shard.id}")
    for commit in commits:
        built = planned.get(commit.shard)
        if built is None:
            yield Finding("is in no plan", commit_name(commit.shard))
            continue
        planned_as = (built.source_count, built.size, built.replaces)
        if (commit.source_count, commit.source_bytes, commit.replaces) != planned_as:
            yield Finding("has other sources than the plan", commit_name(commit.shard))
        elif commit.first_source != min((source.name for source in built.sources), default=""):
            yield Finding("has another first source than the plan", commit_name(commit.shard))
        if (commit.bundle is None) is not (commit.shard in plans.without_bundle):
            yield Finding("has a bundle and should not, or has none and should", commit_name(commit.shard))


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
