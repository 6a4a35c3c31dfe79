"""Name a shard after its sources."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from .shard_task import ShardSource

_ID = re.compile(r"[0-9a-f]{32}")


def shard_id_of(sources: Iterable[ShardSource], again: int = 0) -> str:
    """Return the hash of the sources, whatever their order: of where each is, its size and its etag.

    Args:
        sources: The sources.
        again: How many earlier shards had the same sources; each of them has another id.
    """
    listed = sorted((source.uri, source.size, source.etag) for source in sources)
    text = json.dumps(listed) + (f" {again}" if again else "")
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_shard_id(text: object) -> bool:
    """Return whether a text has the form of a shard's id, so that it can be part of a file's name."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
