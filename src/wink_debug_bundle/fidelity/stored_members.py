"""Read the members of a zip from a bundle, and find where the bundle holds the bytes of each."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from typing import IO, NamedTuple

from ..artifacts.archives.archive_reader import FOLDER
from ..artifacts.lossless_json import clean
from ..artifacts.runs.manifest import FILESYSTEM, ROOT
from ..artifacts.source import MEMBER_MARK
from ..column_values import LedgerStatus, ProblemKind
from ..errors import InvalidBundleError
from ..explore.expansion import spend
from ..explore.stored_files import open_blob
from .artifact_rows import (
    Contents,
    NumberedRows,
    StoredArtifact,
    first_id,
    is_whole_copy,
    ledger_ranges,
    whole_blob,
)
from .stored_directory import Directory, MemberInfo, read_directory, read_folder

_PARTS = "SELECT offset, length, blob_sha256 FROM zip_parts WHERE artifact_id = ? ORDER BY offset"
_FILES = "SELECT artifact_id, member, path, size_bytes, sha256, content FROM files WHERE id >= ? ORDER BY id"
_RUN_MEMBERS = """
SELECT member, path, size_bytes, content, sha256, blob_sha256 FROM run_members
WHERE run_id = ? AND sha256 IS NOT NULL
"""
_ENTRIES = """
SELECT blob_sha256, problems.kind, problems.member, size_bytes
FROM problems LEFT JOIN blobs ON sha256 = blob_sha256
WHERE artifact_id = ? AND member IS NOT NULL AND kind IN ('unreadable', 'expansion', 'conflict') ORDER BY id
"""
_OWN_ENTRY = """
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
    inner: StoredArtifact | None = None
    """The artifact that the member is, or that it is a file of, in a zip of artifacts."""
    inner_name: bytes | None = None
    """Path of the file below the folder, if `inner` is a folder."""
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
    read = read_folder if artifact.is_folder else read_directory
    parts = zip_parts(connection, artifact)
    if not parts:
        raise InvalidBundleError("the bundle does not hold the zip's directory")
    with open_blob(connection, parts[-1].sha256) as blob:
        return read(blob)


def stored_members(
    connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, directory: Directory
) -> Iterator[StoredMember]:
    """Yield the zip's members in the order of its directory, as far as the ledger lists them."""
    files = NumberedRows(_files(connection, artifact.id))
    run_members = {row[0]: row[1:] for row in connection.execute(_RUN_MEMBERS, (artifact.id,))}
    line_artifacts = {inner.member: inner for inner in contents.by_container.get(artifact.id, [])}
    entries = connection.execute(_ENTRIES, (artifact.id,))
    inner = InnerArtifacts(contents, artifact)
    originals = None if artifact.original_id is None else _originals(connection, contents, artifact)
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
            elif each.status == LedgerStatus.OWN_ARTIFACT:
                yield inner.add_to(member)
            elif each.status == LedgerStatus.DUPLICATE and originals is not None:
                yield _duplicate(member, originals)
            elif each.status in (LedgerStatus.UNREADABLE, LedgerStatus.SKIPPED) and not member.is_folder:
                yield _with_entry(member, entries.fetchone())
            else:
                yield member


def open_content(connection: sqlite3.Connection, content: Content) -> IO[bytes]:
    """Return the bytes as a stream.

    Raises:
        BundleError: the bundle does not hold the blob, or more comes out than is allowed.
    """
    if content.text is None:
        return open_blob(connection, content.sha256)
    data = content.text.encode()
    spend(len(data))  # many files of a crafted bundle may share one text
    return io.BytesIO(data)


def _with_lines(connection: sqlite3.Connection, member: StoredMember, inner: StoredArtifact) -> StoredMember:
    """Return the member with the artifact of its lines, or with its raw entry if the lines could not be read."""
    row = connection.execute(_OWN_ENTRY, (inner.id,)).fetchone()
    if row is not None and row[0] is not None:
        return member._replace(entry_blob=row[0])
    return member._replace(lines=inner)


def _with_entry(member: StoredMember, row: tuple[str | None, str, str, int] | None) -> StoredMember:
    """Return the member with the bytes that its problem has: those of the entry, or decompressed ones."""
    if row is None:
        return member
    key, kind, name, size = row
    if kind == ProblemKind.CONFLICT and key is not None:
        return member._replace(content=Content(name, size, key, None))
    return member._replace(entry_blob=key, without_bytes=key is None)


class _Held(NamedTuple):
    """Where the bytes of a run's member are stored."""

    content: Content | None = None
    lines: StoredArtifact | None = None
    inner: StoredArtifact | None = None


def _originals(connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact) -> dict[str, _Held]:
    """Return where the members of the run are stored that is imported in this one's place, by their names in the run."""
    original = contents.original_of(artifact)
    if original is None:
        return {}
    while is_whole_copy(connection, original) and (following := contents.original_of(original)) is not None:
        original = following
    if whole_blob(connection, original) is not None or not zip_parts(connection, original):  # its directory is lost
        return dict(_recovered(connection, contents, original))
    directory = zip_directory(connection, original)
    members = stored_members(connection, contents, original, directory)
    return {_name_in_run(member): _Held(member.content, member.lines, member.inner) for member in members}


def _recovered(connection: sqlite3.Connection, contents: Contents, run: StoredArtifact) -> Iterator[tuple[str, _Held]]:
    """Yield the members that were read of a run whose directory is lost, with their names in the run."""
    for _, name, size, text, sha256, blob in connection.execute(_RUN_MEMBERS, (run.id,)):
        yield name, _Held(Content(name, size, sha256, text if blob is None else None))
    for _, content in _files(connection, run.id):
        if content.sha256 is not None:
            yield FILESYSTEM + content.path, _Held(content)
    for lines in contents.by_container.get(run.id, []):
        yield lines.path.removeprefix(run.path + MEMBER_MARK).removeprefix(ROOT), _Held(lines=lines)


def _name_in_run(member: StoredMember) -> str:
    return member.info.filename.removeprefix(ROOT)


def _duplicate(member: StoredMember, originals: dict[str, _Held]) -> StoredMember:
    """Return the member with the bytes of the member of the original that has the same name."""
    original = originals.get(_name_in_run(member))
    if original is None:
        return member
    return member._replace(content=original.content, lines=original.lines, inner=original.inner)


class InnerArtifacts:
    """Finds the artifacts inside a zip of artifacts by their members."""

    def __init__(self, contents: Contents, archive: StoredArtifact) -> None:
        inside = contents.by_archive.get(archive.id, [])
        self._files = {inner.archive_member: inner for inner in inside if not inner.is_folder}
        start = len(archive.path) + 1
        self._folders = {inner.path[start:].removesuffix("."): inner for inner in inside if inner.is_folder}

    def add_to(self, member: StoredMember) -> StoredMember:
        """Return the member with the artifact that it is, or that it is a file of."""
        if (inner := self._files.get(member.number)) is not None:
            return member._replace(inner=inner)
        name = clean(member.info.filename)
        for place in (*(place for place, letter in enumerate(name) if letter == "/"), -1):
            folder, rest = (name[:place], name[place + 1 :]) if place >= 0 else ("", name)
            if (inner := self._folders.get(folder)) is not None:
                return member._replace(inner=inner, inner_name=rest.encode())
        return member


def _files(connection: sqlite3.Connection, artifact_id: int) -> Iterator[tuple[int, Content]]:
    """Yield the archive's rows in the table `files`, each with its member number."""
    begin = first_id(connection, "files", artifact_id, "member")
    for owner, member, *columns in connection.execute(_FILES, (begin,)):
        if owner != artifact_id:
            return
        yield member, Content(*columns)
