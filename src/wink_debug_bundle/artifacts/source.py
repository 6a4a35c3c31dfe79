"""One artifact on disk, as far as it is known before it is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What an artifact's content is."""

    SNAPSHOTS = "snapshots"
    LOGS = "logs"
    ARCHIVE = "archive"
    UNKNOWN = "unknown"


class Compression(StrEnum):
    """How an artifact is packed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was found.

    `name` is how the bundle and its messages call it: the path below the source directory, or the path as the
    user gave it. `reason` says why it will not be read, where that is known already.
    """

    path: Path
    name: str
    kind: Kind
    compression: Compression
    size_bytes: int
    modified_ns: int
    reason: str | None = None


def storable_name(path: str) -> str:
    """`path` as text that can be stored and shown: a byte of it that is not UTF-8 becomes an escape."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
