"""The members of a zip, and where the bundle holds the bytes of each."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from typing import IO, NamedTuple

from ..artifacts.archives.archive_reader import FOLDER
from ..column_values import LedgerStatus
from ..errors import InvalidBundleError
from ..explore.stored_files import open_blob
from .artifact_rows import Contents, Rows, StoredArtifact, first_id, ledger_runs
from .stored_directory import Directory, MemberInfo, read_directory

_PARTS = "SELECT offset, length, blob_sha256 FROM zip_parts WHERE artifact_id = ? ORDER BY offset"
_FILES = "SELECT artifact_id, member, path, size_bytes, sha256, content FROM files WHERE id >= ? ORDER BY id"
_RUN_MEMBERS = "SELECT member, path, size_bytes, content, sha256, blob_sha256 FROM run_members WHERE run_id = ?"
_ENTRIES = """
SELECT blob_sha256 FROM problems
WHERE artifact_id = ? AND member IS NOT NULL AND kind IN ('unreadable', 'expansion') ORDER BY id
"""


class Content(NamedTuple):
    """Bytes that a row holds as text, or that a blob holds."""

    path: str
    size: int
    sha256: str
    text: str | None


class StoredMember(NamedTuple):
    """One member of a zip: what its directory says, what became of it, and where its bytes are.

    `offset` is where it lies in the file, told of the first of neighbours. The bytes are in one of `content`, `lines` (an
    artifact of its own) and `entry` (the blob of a member that could not be read, as it lies in the archive). A folder
    has none, nor has one that `is_bare`: a damaged directory tells of it, and no bytes of the file are its own. Neither
    has a member that the bundle does not hold.
    """

    number: int
    info: MemberInfo
    status: str
    reason: str | None
    offset: int | None
    content: Content | None = None
    lines: StoredArtifact | None = None
    entry: str | None = None
    is_bare: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether there is nothing to hold but the name."""
        return self.status == LedgerStatus.SKIPPED and self.reason == FOLDER


class Part(NamedTuple):
    """Bytes of a zip that are no member."""

    offset: int
    length: int
    sha256: str


def zip_parts(connection: sqlite3.Connection, artifact: StoredArtifact) -> list[Part]:
    """What of the zip is no member, in the order of the file; the directory is the last."""
    return [Part(*row) for row in connection.execute(_PARTS, (artifact.id,))]


def zip_directory(connection: sqlite3.Connection, artifact: StoredArtifact) -> Directory:
    """The directory of a zip.

    Raises:
        InvalidBundleError: the bundle does not hold it, or it is damaged.
    """
    parts = zip_parts(connection, artifact)
    if not parts:
        raise InvalidBundleError("the bundle does not hold the zip's directory")
    with open_blob(connection, parts[-1].sha256) as blob:
        return read_directory(blob.read())


def stored_members(
    connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, directory: Directory
) -> Iterator[StoredMember]:
    """The zip's members, in the order of its directory, as far as the ledger names them."""
    files = Rows(_files(connection, artifact.id))
    others = {row[0]: row[1:] for row in connection.execute(_RUN_MEMBERS, (artifact.id,))}
    apart = {inner.member: inner for inner in contents.within.get(artifact.id, [])}
    entries = connection.execute(_ENTRIES, (artifact.id,))
    for run in ledger_runs(connection, artifact.id, 1):
        for number in range(run.first, min(run.last, len(directory.members)) + 1):
            offset = run.offset if number == run.first else None
            member = StoredMember(number, directory.members[number - 1], run.status, run.reason, offset)
            if (content := files.take(number)) is not None:
                yield member._replace(content=content)
            elif number in others:
                path, size, text, sha256, blob = others[number]
                yield member._replace(content=Content(path, size, sha256, text if blob is None else None))
            elif number in apart:
                yield _apart(connection, member, apart[number])
            elif run.status in (LedgerStatus.UNREADABLE, LedgerStatus.SKIPPED) and not member.is_folder:
                row = entries.fetchone()
                yield member if row is None else member._replace(entry=row[0], is_bare=row[0] is None)
            else:
                yield member


def open_content(connection: sqlite3.Connection, content: Content) -> IO[bytes]:
    """The bytes as a stream.

    Raises:
        BundleError: the bundle does not hold the blob.
    """
    return open_blob(connection, content.sha256) if content.text is None else io.BytesIO(content.text.encode())


def _apart(connection: sqlite3.Connection, member: StoredMember, inner: StoredArtifact) -> StoredMember:
    """A member that is an artifact of its own: its lines, or if they could not be read, the entry as it lies there."""
    row = connection.execute(_ENTRIES, (inner.id,)).fetchone()
    if row is not None and row[0] is not None:
        return member._replace(entry=row[0])
    return member._replace(lines=inner)


def _files(connection: sqlite3.Connection, artifact_id: int) -> Iterator[tuple[int, Content]]:
    """The archive's rows in files, each with the number of its member."""
    begin = first_id(connection, "files", artifact_id, "member")
    for owner, member, *columns in connection.execute(_FILES, (begin,)):
        if owner != artifact_id:
            return
        yield member, Content(*columns)
