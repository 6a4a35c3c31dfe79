"""Announce what is put together as steps of the plans, so that builds and compactions at the same time agree.

Steps have numbers, and each is created only if absent. The process that writes one knows all before it: a build that replaces a
shard either comes first, and the shard is not put together; or it knows what the shard becomes a part of, and replaces
that, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..commits import Commit
from ..shard_planning.announced_joining import Joining
from ..shard_planning.frozen_plan import Step, announce, read_plan, read_steps
from ..storage import Storage


class JoiningSteps:
    """The steps of a dataset, as a compaction sees them.

    Attributes:
        abandoned: The shards that were given up.
        held: The shards that are not put together anew: others are planned in their place that are not committed yet.
    """

    def __init__(self, storage: Storage, commits: Sequence[Commit]) -> None:
        self._storage = storage
        steps = read_steps(storage)
        self._count = len(steps)
        self.abandoned = {shard for step in steps for shard in step.abandons}
        settled = {shard for commit in commits for shard in (commit.shard, *commit.replaces)} | self.abandoned
        planned = (shard for step in steps for shard in read_plan(storage, step).shards)
        self._to_be_replaced = {old for shard in planned if shard.id not in settled for old in shard.replaces}
        joinings = [step.joining for step in steps if step.joining is not None]
        self._unfinished = [joining for joining in joinings if joining.shard not in settled]
        self.held = self._to_be_replaced | {old for each in self._unfinished for old in each.replaces}

    def unfinished(self, commits: Mapping[str, Commit]) -> Iterator[list[Commit]]:
        """Yield the commits of shards that a process announced, which was killed before it put them together."""
        for joining in self._unfinished:
            members = [commits[shard] for shard in joining.members if shard in commits]
            if len(members) == len(joining.members) and not joining.concerns(self._to_be_replaced):
                yield members

    def announced(self, joining: Joining) -> bool:
        """Announce what is about to be committed; return False if another process has begun to replace a part of it.

        Raises:
            OSError: the step cannot be written.
        """
        if joining in self._unfinished:
            return True
        if any(joining.concerns({*each.replaces}) for each in self._unfinished):
            return False
        while not announce(self._storage, joining, self._count + 1):
            for step in read_steps(self._storage)[self._count :]:
                if step.joining == joining:
                    return True
                if self._concerns(step, joining):
                    return False
                self._count += 1
        self._count += 1
        return True

    def _concerns(self, step: Step, joining: Joining) -> bool:
        planned = {old for shard in read_plan(self._storage, step).shards for old in shard.replaces}
        others = () if step.joining is None else step.joining.replaces
        return joining.concerns({*step.abandons, *planned, *others})
