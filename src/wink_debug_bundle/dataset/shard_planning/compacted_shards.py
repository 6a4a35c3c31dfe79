"""Say which sources a shard has that was put together from others, and is in no plan itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..commits import Commit
from .planned_shard import PlannedShard


def with_compacted(planned: Mapping[str, PlannedShard], commits: Iterable[Commit]) -> dict[str, PlannedShard]:
    """Return the planned shards, and those that commits say were put together from them, by their ids."""
    found = dict(planned)
    for commit in commits:
        if commit.compacts and all(shard in planned for shard in commit.compacts):
            sources = [source for shard in commit.compacts for source in planned[shard].sources]
            found[commit.shard] = replace(PlannedShard.of(sources, commit.replaces), id=commit.shard)
    return found
