"""Say which sources a shard has that was put together from others, and is in no plan itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..commits import Commit
from .announced_joining import Joining
from .planned_shard import PlannedShard


def with_compacted(planned: Mapping[str, PlannedShard], commits: Iterable[Commit | Joining]) -> dict[str, PlannedShard]:
    """Return the planned shards, and those that commits or steps say are put together from them, by their ids."""
    found = dict(planned)
    for commit in commits:
        if commit.compacts and (whole := compacted_shard(planned, commit)) is not None:
            found[commit.shard] = whole
    return found


def compacted_shard(planned: Mapping[str, PlannedShard], whole: Commit | Joining) -> PlannedShard | None:
    """Return a shard that is put together from planned ones; None if one of these is in no plan."""
    if not all(shard in planned for shard in whole.compacts):
        return None
    sources = [source for shard in whole.compacts for source in planned[shard].sources]
    return replace(PlannedShard.of(sources, whole.replaces), id=whole.shard)
