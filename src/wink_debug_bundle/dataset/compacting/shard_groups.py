"""Group neighbouring small shards until they are large enough together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from ..commits import Commit

_MOST = 4
"""How many times the least size a shard has at most, as in a build."""


def shard_groups(commits: Iterable[Commit], least: int, held: AbstractSet[str]) -> Iterator[list[Commit]]:
    """Yield groups of two or more shards that follow each other, so that ids of rows stay what they are.

    A group ends when it has `least` bytes of sources. Shards that have as many by themselves, and those in `held`, stay
    as they are.
    """
    group: list[Commit] = []
    size = 0
    for commit in commits:
        is_apart = commit.shard in held or commit.source_bytes >= least
        if is_apart or size >= least or size + commit.source_bytes > least * _MOST:
            yield from _worth(group)
            group, size = [], 0
        if not is_apart:
            group.append(commit)
            size += commit.source_bytes
    yield from _worth(group)


def _worth(group: list[Commit]) -> Iterator[list[Commit]]:
    if len(group) > 1:
        yield group
