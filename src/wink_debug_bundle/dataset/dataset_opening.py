"""Open a dataset: find out which of its shards are complete, also again when some were put together meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeVar

from ..errors import BundleError, InvalidBundleError
from ..processes.paused_collector import paused_collector
from .commits import Commit, committed_shards, read_commits, without_replaced
from .shard_ids import is_compacted
from .shard_planning.frozen_plan import PLANS, read_steps
from .storage import Storage

Result = TypeVar("Result")

_MOST_READINGS = 100
"""How often something is read while the shards that it is read from are put together and removed."""


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
    return _opened(Storage.open(place), place)


@paused_collector()
def _opened(storage: Storage, place: str) -> OpenShards:
    """Return the shards of a dataset, which messages call by its place."""
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


def shards_now(storage: Storage, commits: Iterable[Commit]) -> tuple[Commit, ...] | None:
    """Return the complete shards of a dataset if others have the place of some that were read, whose files may be removed.

    None if all of them count still, so that a missing file is damage.
    """
    read = {commit.shard for commit in commits}
    with suppress(OSError, BundleError):
        there = committed_shards(storage)
        if read <= there and not any(map(is_compacted, there - read)):
            return None
        now = _opened(storage, storage.shown).commits
        return None if not now or read <= {commit.shard for commit in now} else now
    return None


def have_same_ids(commits: Iterable[Commit], others: Iterable[Commit]) -> bool:
    """Return whether the rows of all shards have the same ids: they are the same shards, put together otherwise."""
    return _parts(commits) == _parts(others)


def read_steadily(
    storage: Storage, commits: Sequence[Commit], read: Callable[[Sequence[Commit]], Result], *, keeps_ids: bool = False
) -> Result:
    """Return what a function reads of shards; if some are put together and removed meanwhile, it reads those in their place.

    Args:
        storage: Where the dataset is.
        commits: Its complete shards.
        read: Reads from shards; it may be called again.
        keeps_ids: Whether rows must keep their ids, as some were read before.

    Raises:
        BundleError: the function failed for another reason.
    """
    for _ in range(_MOST_READINGS):
        try:
            return read(commits)
        except BundleError:
            now = shards_now(storage, commits)
            if now is None:
                raise
            if keeps_ids and not have_same_ids(commits, now):
                raise changed_meanwhile(storage) from None
            commits = now
    raise changed_meanwhile(storage)


def check_any(storage: Storage, commits: Sequence[Commit]) -> None:
    """Check that a dataset has a complete shard.

    Raises:
        InvalidBundleError: it has none.
    """
    if not commits:
        raise InvalidBundleError(f"{storage.shown}: the dataset has no complete shard; run dataset build again")


def changed_meanwhile(storage: Storage) -> BundleError:
    """Return the error for rows that were read from shards that are no more."""
    return BundleError(f"{storage.shown}: its shards were replaced while they were read; run the command again")


def _parts(commits: Iterable[Commit]) -> list[str]:
    """Return the planned shards that all are made of, in the order of their rows."""
    return [shard for commit in commits for shard in commit.compacts or (commit.shard,)]
