"""Read the members of a zip from a bundle, and find where the bundle holds the bytes of each."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from typing import IO, NamedTuple

from ..artifacts.archives.archive_reader import FOLDER
from ..column_values import LedgerStatus
from ..errors import InvalidBundleError
from ..explore.stored_files import open_blob
from .artifact_rows import Contents, NumberedRows, StoredArtifact, first_id, ledger_ranges
from .stored_directory import Directory, MemberInfo, read_directory

_PARTS = "SELECT offset, length, blob_sha256 FROM zip_parts WHERE artifact_id = ? ORDER BY offset"
_FILES = "SELECT artifact_id, member, path, size_bytes, sha256, content FROM files WHERE id >= ? ORDER BY id"
_RUN_MEMBERS = "SELECT member, path, size_bytes, content, sha256, blob_sha256 FROM run_members WHERE run_id = ? AND sha256 NOT NULL"
_ENTRIES = """
SELECT blob_sha256 FROM problems
WHERE artifact_id = ? AND member IS NOT NULL AND kind IN ('unreadable', 'expansion') ORDER BY id
"""


class Content(NamedTuple):
    """Bytes that are stored in a row as text, or in a blob."""

    path: str
    size: int
    sha256: str
    text: str | None


class StoredMember(NamedTuple):
    """One member of a zip: its record in the directory, its status in the ledger, and where its bytes are stored.

    The bytes are in one of `content`, `lines` and `entry_blob`. All three are None for a folder, for a member without
    bytes, and for a member that the bundle does not hold.
    """

    number: int
    info: MemberInfo
    status: str
    reason: str | None
    offset: int | None
    """Byte offset in the zip; known for the first member of each ledger range."""
    content: Content | None = None
    lines: StoredArtifact | None = None
    """The artifact that holds the member's lines."""
    entry_blob: str | None = None
    """The key of the blob with the raw entry, header included, of a member that could not be read."""
    without_bytes: bool = False
    """Whether a damaged directory lists the member, but no bytes of the file belong to it."""

    @property
    def is_folder(self) -> bool:
        """Return whether the member is a folder, which has a name and no bytes."""
        return self.status == LedgerStatus.SKIPPED and self.reason == FOLDER


class Part(NamedTuple):
    """Bytes of a zip that belong to no member."""

    offset: int
    length: int
    sha256: str


def zip_parts(connection: sqlite3.Connection, artifact: StoredArtifact) -> list[Part]:
    """Return the byte ranges of the zip that belong to no member, in the order of the file; the directory is last."""
    return [Part(*row) for row in connection.execute(_PARTS, (artifact.id,))]


def zip_directory(connection: sqlite3.Connection, artifact: StoredArtifact) -> Directory:
    """Return the directory of a zip.

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
    """Yield the zip's members in the order of its directory, as far as the ledger lists them."""
    files = NumberedRows(_files(connection, artifact.id))
    run_members = {row[0]: row[1:] for row in connection.execute(_RUN_MEMBERS, (artifact.id,))}
    line_artifacts = {inner.member: inner for inner in contents.by_container.get(artifact.id, [])}
    entries = connection.execute(_ENTRIES, (artifact.id,))
    for each in ledger_ranges(connection, artifact.id, 1):
        for number in range(each.first, min(each.last, len(directory.members)) + 1):
            offset = each.offset if number == each.first else None
            member = StoredMember(number, directory.members[number - 1], each.status, each.reason, offset)
            content = files.take(number)
            if content is not None and content.sha256 is not None:
                yield member._replace(content=content)
            elif number in run_members:
                path, size, text, sha256, blob = run_members[number]
                yield member._replace(content=Content(path, size, sha256, text if blob is None else None))
            elif number in line_artifacts:
                yield _with_lines(connection, member, line_artifacts[number])
            elif each.status in (LedgerStatus.UNREADABLE, LedgerStatus.SKIPPED) and not member.is_folder:
                row = entries.fetchone()
                yield member if row is None else member._replace(entry_blob=row[0], without_bytes=row[0] is None)
            else:
                yield member


def open_content(connection: sqlite3.Connection, content: Content) -> IO[bytes]:
    """Return the bytes as a stream.

    Raises:
        BundleError: the bundle does not hold the blob.
    """
    return open_blob(connection, content.sha256) if content.text is None else io.BytesIO(content.text.encode())


def _with_lines(connection: sqlite3.Connection, member: StoredMember, inner: StoredArtifact) -> StoredMember:
    """Return the member with the artifact of its lines, or with its raw entry if the lines could not be read."""
    row = connection.execute(_ENTRIES, (inner.id,)).fetchone()
    if row is not None and row[0] is not None:
        return member._replace(entry_blob=row[0])
    return member._replace(lines=inner)


def _files(connection: sqlite3.Connection, artifact_id: int) -> Iterator[tuple[int, Content]]:
    """Yield the archive's rows in the table `files`, each with its member number."""
    begin = first_id(connection, "files", artifact_id, "member")
    for owner, member, *columns in connection.execute(_FILES, (begin,)):
        if owner != artifact_id:
            return
        yield member, Content(*columns)
