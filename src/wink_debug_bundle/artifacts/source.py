"""Describe one artifact on disk before it is read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from ..column_values import ArtifactKind, Compression

MEMBER_MARK = "!"
"""Separates the name of a zip from the name of its member."""

DEFAULT_EXPANSION = 200
"""How many times its size on disk an artifact may decompress to."""

LEAST_LIMIT = 256 << 20
"""Bytes that every artifact may decompress to, however small it is."""

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
"""The form of session and request ids; files and folders are named after them."""


class FileIdentity(NamedTuple):
    """What tells a file from another one that takes its name, and when its content or attributes were last changed."""

    device: int
    inode: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the identity of the file that has the status."""
        return cls(status.st_dev, status.st_ino, status.st_ctime_ns)

    def is_of(self, status: os.stat_result) -> bool:
        """Return whether the status is of the same file, whatever was written to it since."""
        return (self.device, self.inode) == (status.st_dev, status.st_ino)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a run's zip that is a source of its own.

    `number` is its position in the zip's directory, from 1. `sha256` is its checksum in the run's manifest.
    """

    number: int
    compressed_bytes: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class FolderMember:
    """A file of a run's folder: on disk, or in a zip, where `number` is its position in the zip's directory.

    `name` is its path below the folder. `raw_name` is the same in bytes. `fault` says why it cannot be read. `identity`
    is that of the file as it was found; None in a zip.
    """

    name: str
    raw_name: bytes
    size_bytes: int
    modified_ns: int
    mode: int
    number: int | None = None
    fault: str | None = None
    identity: FileIdentity | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a run that are in a folder, sorted by the bytes of their names.

    `root` is the path of a folder in a zip, with a slash at its end unless it is ""; None for a folder on disk.
    """

    members: tuple[FolderMember, ...]
    root: str | None = None


class RunKey(NamedTuple):
    """What all copies of a run have in common: its bundle id, and when it started, to the second."""

    bundle_id: str
    started: str


@dataclass(frozen=True, slots=True)
class Copy:
    """What is known of a source that repeats another one, which is imported in its place.

    `reason` names the other one. Of lines, the first `line_count`, with `line_bytes` bytes, are also in the other one,
    and `cut_bytes` of the next; of the members of a run, those with the numbers in `members`. Both are None if all bytes
    of the file are the same.
    """

    reason: str
    line_count: int | None = None
    line_bytes: int = 0
    cut_bytes: int = 0
    members: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was found, or a member of a run's zip that is read like a file.

    `name` is what the bundle and its messages call it: the path below the source directory, or the path that the
    user gave; for a member, the zip's name, an exclamation mark and the member's name. `size_bytes` is the size on
    disk; for a member, the decompressed size. `reason` says why the source will not be read, where that is known
    already. `session` is the one that the run's manifest names. `limit` is how many bytes the file may decompress to.

    `target` is the file to open where `path` is a link that may be followed. `identity` is that of the file as it was
    found; None if it was not looked at. A source that is not `openable`, such as a pipe or a link out of the directory,
    is never opened. `is_kept` says whether the bytes of a source of unknown kind are stored, and `is_fault` whether its
    reason is a fault: a damaged artifact, or an entry that could not be read or listed.

    `folder` has the files of a run that is in a folder; `path` is then the folder, or the zip that it is in.
    A source found inside a zip of artifacts is a file in the scratch directory; `archive_member` is its position in
    that zip, 0 for a folder. Members of a zip whose numbers are in `inner_members` are sources of their own. `sha256`
    is the hash of the file, where that is known already. `run_key` is of runs. A source with a `copy` is
    not imported.
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
    target: Path | None = None
    identity: FileIdentity | None = None
    is_kept: bool = False
    is_fault: bool = False
    folder: Folder | None = None
    archive_member: int | None = None
    inner_members: frozenset[int] = frozenset()
    sha256: str | None = None
    run_key: RunKey | None = None
    copy: Copy | None = None

    @property
    def file(self) -> Path:
        """Return the path of the file to open."""
        return self.path if self.target is None else self.target

    @property
    def place(self) -> str:
        """Return the path without links and detours, by which a file that is named twice is known to be one."""
        return os.path.realpath(self.file) if self.openable else os.path.abspath(self.path)

    @property
    def is_listed(self) -> bool:
        """Return whether the source is no artifact, but an entry whose bytes are not stored."""
        return self.kind is ArtifactKind.UNKNOWN and not self.is_kept

    @property
    def location(self) -> Path:
        """Return where the source lies, as if a zip that holds it were a folder; its names mean something."""
        return self.path if self.archive_member is None else Path(self.name.replace(MEMBER_MARK, "/"))

    @property
    def raw_name(self) -> bytes | None:
        """Return the bytes of `name` if they are not UTF-8, so that `name` has escapes in their place; else None."""
        count = self.name.count("/") + 1
        raw = b"/".join(os.fsencode(self.path).split(b"/")[-count:])
        is_file = self.member is None and self.archive_member is None
        return raw if is_file and raw.decode("utf-8", "replace").encode() != raw else None

    @property
    def label(self) -> str:
        """Return the source's whole path, for messages."""
        if self.archive_member is not None:
            return self.name
        inner = self.name.rpartition(MEMBER_MARK)[2] if self.member is not None else ""
        return f"{self.path}{MEMBER_MARK}{inner}" if inner else str(self.path)


def storable_name(path: str) -> str:
    """Return `path` as text that can be stored and shown: bytes that are not UTF-8 become escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def limit_of(size: int, expansion: int) -> int:
    """Return how many bytes a file of `size` bytes may decompress to: `expansion` times as many, or LEAST_LIMIT."""
    return max(size * expansion, LEAST_LIMIT)


def over_limit(limit: int, fault: str) -> str:
    """Return the message for data that is left out because its artifact would decompress to more than `limit` bytes."""
    return f"{fault}; --max-expansion allows {limit} decompressed bytes for the whole artifact: raise it to read all"
