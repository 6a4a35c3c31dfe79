"""What a worker reports of one shard."""

from __future__ import annotations

from dataclasses import dataclass

from ..commits import Commit


@dataclass(frozen=True, slots=True)
class ShardReport:
    """What became of a task.

    Attributes:
        shard_id: The shard.
        commit: What was committed.
        seconds: How long it took.
        is_new: Whether it was built now; False if it was committed before.
    """

    shard_id: str
    commit: Commit
    seconds: float
    is_new: bool
