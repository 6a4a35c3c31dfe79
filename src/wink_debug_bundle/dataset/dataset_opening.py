"""Open a dataset: find out which of its shards are complete."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import InvalidBundleError
from .commits import Commit, read_commits, without_replaced
from .shard_ids import is_compacted
from .shard_planning.frozen_plan import PLANS, read_steps
from .storage import Storage


class OpenShards(NamedTuple):
    """Where a dataset is, its complete shards in the order of their sources, and the number of the others."""

    storage: Storage
    commits: tuple[Commit, ...]
    missing_count: int


def open_shards(place: str) -> OpenShards:
    """Return the shards of the dataset at a local path or a URL.

    Raises:
        InvalidBundleError: there is no dataset.
        DamagedBundleError: a commit is damaged.
        BundleVersionError: another release built it.
    """
    storage = Storage.open(place)
    try:
        steps = read_steps(storage)
        commits = read_commits(storage)
    except OSError as error:
        raise InvalidBundleError(f"{place}: cannot be read: {error}") from error
    if not steps:
        raise InvalidBundleError(f"{place}: is not a dataset: there is no plan in {PLANS}")
    abandoned = {shard for step in steps for shard in step.abandons}
    settled = abandoned | {shard for commit in commits for shard in (commit.shard, *commit.replaces)}
    planned = sum(step.shard_count for step in steps)
    missing = planned - sum(not is_compacted(shard) for shard in settled)
    return OpenShards(storage, tuple(without_replaced(commits, abandoned)), missing)
