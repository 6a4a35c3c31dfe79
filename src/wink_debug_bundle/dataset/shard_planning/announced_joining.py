"""What `dataset compact` announces as a step of the plans, before it commits a shard in the place of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import Any, Self

from ..commits import Commit
from ..shard_ids import compacted_id_of, is_compacted, is_shard_id


@dataclass(frozen=True, slots=True)
class Joining:
    """Committed shards that are going to be one, as soon as that one is committed.

    A process that plans later counts the one as if it were committed: a shard in the place of some of them takes the place of
    all of them, and of the one. So it does not matter when the one is committed, or whether it ever is.

    Attributes:
        shard: The id of the one.
        members: The shards that are put together, in their order.
        replaces: The shards in whose place it is, those that the members replace among them.
        compacts: The planned shards that it is put together from.
    """

    shard: str
    members: tuple[str, ...]
    replaces: tuple[str, ...]
    compacts: tuple[str, ...]

    @classmethod
    def of(cls, whole: Commit, members: Collection[Commit]) -> Self:
        """Return the announcement of a commit."""
        return cls(whole.shard, tuple(each.shard for each in members), whole.replaces, whole.compacts)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Return what a step has.

        Raises:
            ValueError: it is damaged.
            KeyError: as before.
            TypeError: as before.
        """
        joining = cls(values["shard"], *(tuple(values[name]) for name in ("members", "replaces", "compacts")))
        named = (joining.shard, *joining.members, *joining.replaces, *joining.compacts)
        if not all(map(is_shard_id, named)) or not is_compacted(joining.shard):
            raise ValueError("it names no shards")
        if not {*joining.members, *joining.compacts} <= {*joining.replaces}:
            raise ValueError("it does not replace what it is put together from")
        if joining.shard != compacted_id_of(joining.members):
            raise ValueError("its shard is not the one that is put together from these")
        return joining

    @property
    def values(self) -> dict[str, Any]:
        """Return what a step has of it."""
        return asdict(self)

    def concerns(self, shards: AbstractSet[str]) -> bool:
        """Return whether it takes the place of one of these shards."""
        return not shards.isdisjoint(self.replaces)
