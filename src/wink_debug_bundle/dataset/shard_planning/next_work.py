"""Compare a listing with the plans of a dataset: what is new, and which shards have to be built again for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from ..shard_task import ShardSource
from .planned_shard import PlannedShard
from .shard_grouping import grouped
from .source_columns import SourceColumns
from .touched_work import touched


@dataclass(frozen=True, slots=True)
class NextWork:
    """What a listing adds to the plans so far.

    Attributes:
        shards: New shards, some of them in the place of committed ones whose runs have changed.
        abandons: Planned shards that are not built any more, because their sources have changed or gone.
        held_back: Names of new sources that belong to runs of a committed shard which cannot be built again, because
            other sources of it are gone.
        gone: Number of sources of committed shards that are gone; the dataset keeps what they held.
        elsewhere: Number of sources of shards of other folders.
    """

    shards: tuple[PlannedShard, ...]
    abandons: tuple[str, ...]
    held_back: tuple[str, ...]
    gone: int
    elsewhere: int = 0


@dataclass(slots=True)
class _Reopened:
    """Committed shards that share runs with new sources, and those sources."""

    shards: set[str]
    added: list[ShardSource] = field(default_factory=list)


def next_work(
    listed: SourceColumns,
    planned: Sequence[PlannedShard],
    committed: AbstractSet[str],
    labels: Mapping[str, str],
    least: int,
) -> NextWork:
    """Return what is new in a listing; `planned` are the shards that count, `committed` those that are complete."""
    if not planned:
        return NextWork(tuple(map(PlannedShard.of, grouped(listed, labels, least))), (), (), 0)
    elsewhere = sum(shard.source_count for shard in planned if listed.is_apart(shard.folder))
    planned, unit_places, new_places = touched(listed, planned)
    units = [[listed[place] for place in places] for places in unit_places]
    now = {source.uri: source for unit in units for source in unit}
    abandons = _abandoned(listed, planned, committed, units, now)
    kept = {shard.id: shard for shard in planned if shard.id not in abandons}
    owner = {source.uri: shard.id for shard in kept.values() for source in shard.sources}
    known = {source.uri: source for shard in kept.values() for source in shard.sources}
    new: list[ShardSource] = []
    reopened: list[_Reopened] = []
    for unit in units:
        fresh = [source for source in unit if not _is_same(source, known.get(source.uri))]
        owners = {owner[source.uri] for source in unit if source.uri in owner}
        if fresh and owners:
            reopened = _with(reopened, owners, fresh)
        else:
            new.extend(fresh)
    again = [each for each in reopened if all(source.uri in now for source in _sources(each.shards, kept))]
    fresh_columns = listed.chosen(new_places)
    for source in new:
        fresh_columns.add(source.name, source.size, source.etag, source.modified_ns)
    return NextWork(
        (
            *map(PlannedShard.of, grouped(fresh_columns.by_name(), labels, least)),
            *(_again(each, kept, now) for each in again),
        ),
        tuple(sorted(abandons)),
        tuple(source.name for each in reopened if each not in again for source in each.added),
        sum(uri not in now and listed.is_below(uri) for uri in owner),
        elsewhere,
    )


def _abandoned(
    listed: SourceColumns,
    planned: Sequence[PlannedShard],
    committed: AbstractSet[str],
    units: Sequence[Sequence[ShardSource]],
    now: Mapping[str, ShardSource],
) -> set[str]:
    """Return the shards that are not built yet and whose runs are not as they were planned."""
    waiting = [shard for shard in planned if shard.id not in committed]
    owner = {source.uri: shard.id for shard in waiting for source in shard.sources}
    known = {source.uri for shard in planned for source in shard.sources}
    stale = {
        shard.id
        for shard in waiting
        for each in shard.sources
        if listed.is_below(each.uri) and not _is_same(each, now.get(each.uri))
    }
    for unit in units:
        if any(source.uri not in known for source in unit):
            stale.update(owner[source.uri] for source in unit if source.uri in owner)
    return stale


def _is_same(source: ShardSource, other: ShardSource | None) -> bool:
    return other is not None and (source.size, source.etag) == (other.size, other.etag)


def _with(reopened: Sequence[_Reopened], owners: set[str], added: Sequence[ShardSource]) -> list[_Reopened]:
    """Return what is reopened, with more sources; shards that share runs are built again as one."""
    joined = _Reopened({*owners}, [*added])
    others: list[_Reopened] = []
    for each in reopened:
        if each.shards & owners:
            joined.shards |= each.shards
            joined.added += each.added
        else:
            others.append(each)
    return [*others, joined]


def _again(each: _Reopened, kept: Mapping[str, PlannedShard], now: Mapping[str, ShardSource]) -> PlannedShard:
    """Return the shard that is built in the place of reopened ones, of their sources as they are now."""
    sources = {source.uri: now[source.uri] for source in _sources(each.shards, kept)}
    sources.update((source.uri, source) for source in each.added)
    older = {old for shard in each.shards for old in kept[shard].replaces}  # their commits may be gone since
    return PlannedShard.of(sorted(sources.values(), key=_name), each.shards | older)


def _sources(shards: Iterable[str], kept: Mapping[str, PlannedShard]) -> Iterator[ShardSource]:
    for shard in shards:
        yield from kept[shard].sources


def _name(source: ShardSource) -> str:
    return source.name
