"""One shard of a plan, whose sources are kept compressed: a plan may have a million."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..shard_ids import shard_id_of
from ..shard_task import ShardSource

_LEVEL = 1
"""Level of zlib: names and times repeat themselves, so that the quickest one leaves a third."""


@dataclass(frozen=True, slots=True)
class PlannedShard:
    """The sources of a shard, and the committed shards in whose place it is built.

    Attributes:
        id: The hash of its sources.
        source_count: Their number.
        size: Their bytes.
        replaces: The committed shards in whose place it is built.
        again: How many earlier shards of the dataset had the same sources, and do not count any more.
        folder: The folder of its sources.
    """

    id: str
    source_count: int
    size: int
    replaces: tuple[str, ...]
    again: int
    folder: str
    _packed: bytes

    @classmethod
    def from_line(cls, line: str, folder: str) -> Self:
        """Return the shard of a line of a plan, whose sources are below a folder.

        Raises:
            ValueError: the line is damaged.
            TypeError: as before.
            KeyError: as before.
        """
        values: Mapping[str, Any] = json.loads(line)
        shard = cls._of(_sources(values["sources"], folder), tuple(values.get("replaces", ())), values.get("again", 0))
        if shard.id != values["id"]:
            raise ValueError(f"the sources of shard {values['id']} are others")
        return shard

    @classmethod
    def of(cls, sources: Iterable[ShardSource], replaces: Iterable[str] = (), *, again: int = 0) -> Self:
        """Return the shard of some sources."""
        return cls._of(tuple(sources), tuple(sorted(replaces)), again)

    @classmethod
    def _of(cls, sources: Sequence[ShardSource], replaces: tuple[str, ...], again: int) -> Self:
        listed = json.dumps([[each.name, each.size, each.etag, each.modified_ns] for each in sources])
        return cls(
            shard_id_of(sources, again),
            len(sources),
            sum(each.size for each in sources),
            replaces,
            again,
            sources[0].folder if sources else "",
            zlib.compress(listed.encode(), _LEVEL),
        )

    @property
    def sources(self) -> tuple[ShardSource, ...]:
        """Return the sources, made anew each time."""
        return _sources(json.loads(self._listed), self.folder)

    @property
    def line(self) -> str:
        """Return the line of the shard in a plan; the folder of the sources is that of the plan."""
        replaces = f', "replaces": {json.dumps(self.replaces)}' if self.replaces else ""
        again = f', "again": {self.again}' if self.again else ""
        return f'{{"id": "{self.id}", "sources": {self._listed}{replaces}{again}}}'

    @property
    def _listed(self) -> str:
        return zlib.decompress(self._packed).decode()


def _sources(values: Iterable[tuple[str, int, str, int]], folder: str) -> tuple[ShardSource, ...]:
    return tuple(ShardSource(folder, name, size, etag, modified) for name, size, etag, modified in values)
