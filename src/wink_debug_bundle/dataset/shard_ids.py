"""Name a shard after its sources."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from .shard_task import ShardSource

_COMPACTED = "joined-"
"""The first letter comes after all digits of other ids: in a list by names, the whole comes after its parts, so that a
slow list has it if a part was removed before it was listed."""

_ID = re.compile(rf"(?:{_COMPACTED})?[0-9a-f]{{32}}")


def shard_id_of(sources: Iterable[ShardSource], again: int = 0) -> str:
    """Return the hash of the sources, whatever their order: of where each is, its size and its etag.

    Args:
        sources: The sources.
        again: How many earlier shards had the same sources; each of them has another id.
    """
    listed = sorted((source.uri, source.size, source.etag) for source in sources)
    text = json.dumps(listed) + (f" {again}" if again else "")
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def compacted_id_of(shards: Iterable[str]) -> str:
    """Return the id of a shard that others are put together to, in this order; no plan has such an id."""
    return _COMPACTED + hashlib.sha256(json.dumps([*shards]).encode()).hexdigest()[:32]


def is_compacted(shard_id: str) -> bool:
    """Return whether a shard was put together from others, and is in no plan."""
    return shard_id.startswith(_COMPACTED)


def is_shard_id(text: object) -> bool:
    """Return whether a text has the form of a shard's id, so that it can be part of a file's name."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
