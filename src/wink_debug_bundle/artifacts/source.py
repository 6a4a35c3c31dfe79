"""One artifact on disk, as far as it is known before it is read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..column_values import ArtifactKind, Compression

MEMBER_MARK = "!"
"""Stands between the name of a zip and that of its member."""

DEFAULT_EXPANSION = 200
"""How many times its size on disk an artifact may unpack to."""

LEAST_LIMIT = 256 << 20
"""Bytes that every artifact may unpack to, however small it is."""

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
"""How sessions and requests are called, and files and folders that are named for them."""


@dataclass(frozen=True, slots=True)
class Member:
    """Where a source lies that is a member of a run's zip: its position in the directory, from 1, and its packed size.

    `sha256` is what the run's manifest says of its bytes.
    """

    number: int
    compressed_bytes: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was found, or a member of a run's zip that is read as if it were one.

    `name` is how the bundle and its messages call it: the path below the source directory, or the path as the
    user gave it; a member's follows after an exclamation mark. `size_bytes` of a member is that of its unpacked
    bytes. `reason` says why the source will not be read, where that is known already; `session` is the one that
    the run's manifest names. `limit` is what may come of the file when it is unpacked, in bytes. Of one that is not
    `openable`, as a pipe or a link out of the directory, not even the bytes are taken.
    """

    path: Path
    name: str
    kind: ArtifactKind
    compression: Compression
    size_bytes: int
    modified_ns: int
    reason: str | None = None
    member: Member | None = None
    session: str | None = None
    limit: int = LEAST_LIMIT
    openable: bool = True

    @property
    def raw_name(self) -> bytes | None:
        """The bytes of `name` where they are not UTF-8, and `name` has escapes for them; None of every other."""
        count = self.name.count("/") + 1
        raw = b"/".join(os.fsencode(self.path).split(b"/")[-count:])
        return raw if self.member is None and raw.decode("utf-8", "replace").encode() != raw else None

    @property
    def label(self) -> str:
        """The source's whole path, for messages."""
        inner = self.name.partition(MEMBER_MARK)[2] if self.member is not None else ""
        return f"{self.path}{MEMBER_MARK}{inner}" if inner else str(self.path)


def storable_name(path: str) -> str:
    """`path` as text that can be stored and shown: a byte of it that is not UTF-8 becomes an escape."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def limit_of(size: int, expansion: int) -> int:
    """Bytes that a file of `size` bytes may unpack to: `expansion` times as many, or LEAST_LIMIT."""
    return max(size * expansion, LEAST_LIMIT)


def over_limit(limit: int, what: str) -> str:
    """What to say of something that is left out, because more than `limit` bytes would come of its artifact."""
    return f"{what}; with --max-expansion as given, {limit} bytes may come of the whole artifact, and no more"
