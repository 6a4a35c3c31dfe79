"""Read the artifacts of a bundle, their ledgers, and find where their rows in other tables begin."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from ..column_values import LINE_KINDS, ArtifactKind
from ..errors import BundleError, InvalidBundleError

DAMAGED = (
    *(BundleError, sqlite3.DatabaseError, msgspec.MsgspecError),
    *(ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError),
)
"""What rebuilding an artifact raises where rows hold what no build writes: wrong types, text that is not UTF-8."""

ZIP_KINDS = (ArtifactKind.ARCHIVE, ArtifactKind.RUN)
"""Kinds of artifacts that are stored as zip members."""

_LARGEST = 1 << 60
"""More than any line, member or byte of a file has as its number."""

_ADDED_COLUMNS = {
    "is_exact": "0",
    "is_folder": "0",
    "archive_id": "NULL",
    "archive_member": "NULL",
    "original_id": "NULL",
}
"""Columns that bundles of earlier releases do not have, and what stands for each."""

_ARTIFACTS = """
SELECT
    id, path, raw_path, kind, compression, size_bytes, sha256, modified_at, record_count, problem_count, container_id,
    member, {added}
FROM artifacts ORDER BY id
"""

_RANGES = """
SELECT first, last, offset, length, status, reason FROM ledger WHERE artifact_id = ? AND last >= ? ORDER BY first, id
"""

_WHOLE_BLOB = """
SELECT blob_sha256 FROM problems
WHERE artifact_id = ? AND line IS NULL AND member IS NULL AND blob_sha256 IS NOT NULL
    AND kind IN ('unrecognised', 'unreadable', 'expansion')
"""


_UNREADABLE = """
SELECT error FROM problems WHERE artifact_id = ? AND kind = 'unreadable' AND line IS NULL AND member IS NULL
ORDER BY id DESC LIMIT 1
"""


class StoredArtifact(NamedTuple):
    """One row of the table `artifacts`."""

    id: int
    path: str
    raw_path: bytes | None
    kind: str
    compression: str
    size_bytes: int
    sha256: str | None
    modified_at: str | None
    record_count: int
    problem_count: int
    container_id: int | None
    member: int | None
    is_exact: int
    is_folder: int
    archive_id: int | None
    archive_member: int | None
    original_id: int | None

    @property
    def is_listed(self) -> bool:
        """Return whether the artifact is no artifact at all, but an entry that is listed without its bytes."""
        return self.kind == ArtifactKind.UNKNOWN and not self.problem_count

    @property
    def has_lines(self) -> bool:
        """Return whether the artifact is stored as one row for each line."""
        return self.kind in LINE_KINDS

    @property
    def is_zip(self) -> bool:
        """Return whether the artifact is a zip, stored as members."""
        return self.kind in ZIP_KINDS


class StoredRange(NamedTuple):
    """One row of the table `ledger`: neighbouring lines or members of one status."""

    first: int
    last: int
    offset: int
    length: int
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Contents:
    """All artifacts of a bundle, in the order of their ids."""

    artifacts: tuple[StoredArtifact, ...]
    by_container: Mapping[int, list[StoredArtifact]]
    """The artifacts that are members of a run, by the id of the run."""
    by_archive: Mapping[int, list[StoredArtifact]]
    """The artifacts inside zips of artifacts, by the id of the zip."""
    by_id: Mapping[int, StoredArtifact]
    has_forms: bool
    """Whether the bundle knows the form of each line; earlier releases did not store it."""

    @property
    def files(self) -> list[StoredArtifact]:
        """Return the artifacts that are files or folders of their own, not members of a run or in a zip."""
        return [
            artifact for artifact in self.artifacts if artifact.container_id is None and artifact.archive_id is None
        ]

    def original_of(self, artifact: StoredArtifact) -> StoredArtifact | None:
        """Return the artifact that is imported in this one's place, if it is a duplicate.

        Raises:
            InvalidBundleError: it is its own original, or there is no such artifact.
        """
        if artifact.original_id is None:
            return None
        original, seen = self.by_id.get(artifact.original_id), {artifact.id}
        following = original
        while following is not None and following.id not in seen:
            seen.add(following.id)
            if following.original_id is None:
                return original
            following = self.by_id.get(following.original_id)
        raise InvalidBundleError("the artifact that it is a duplicate of is not in the bundle")

    def log_of(self, transcript: StoredArtifact) -> StoredArtifact | None:
        """Return what an artifact repeats lines of: its original, or the log of the run that it is the transcript of."""
        if transcript.original_id is not None:
            return self.original_of(transcript)
        logs = (
            other
            for other in self.by_container.get(transcript.container_id or 0, [])
            if other.kind == ArtifactKind.LOGS
        )
        return max(logs, key=lambda log: log.member or 0, default=None)


def read_contents(connection: sqlite3.Connection) -> Contents:
    """Return the bundle's artifacts."""
    has_forms = has_table(connection, "line_forms")
    columns = {row[1] for row in connection.execute("PRAGMA table_info(artifacts)")}
    added = ", ".join(name if name in columns else default for name, default in _ADDED_COLUMNS.items())
    artifacts = tuple(StoredArtifact(*row) for row in connection.execute(_ARTIFACTS.format(added=added)))
    by_container: dict[int, list[StoredArtifact]] = {}
    by_archive: dict[int, list[StoredArtifact]] = {}
    for artifact in artifacts:
        if artifact.container_id is not None:
            by_container.setdefault(artifact.container_id, []).append(artifact)
        if artifact.archive_id is not None:
            by_archive.setdefault(artifact.archive_id, []).append(artifact)
    by_id = {artifact.id: artifact for artifact in artifacts}
    return Contents(artifacts, by_container, by_archive, by_id, has_forms)


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Return whether the bundle has a table of that name; earlier releases had fewer tables."""
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(sql, (name,)).fetchone() is not None


def whole_blob(connection: sqlite3.Connection, artifact: StoredArtifact) -> str | None:
    """Return the key of the blob that holds the artifact's bytes; None if it is not stored whole."""
    row = connection.execute(_WHOLE_BLOB, (artifact.id,)).fetchone()
    return None if row is None else row[0]


def lost_bytes(
    connection: sqlite3.Connection, artifact: StoredArtifact, blob: str | None, *, is_redacted: bool
) -> str | None:
    """Return what the bundle does not hold of an artifact stored whole, or not at all, because it could not be read.

    In a redacted bundle its bytes may be a token, while its ledger has the members that were recovered from it.
    """
    if blob is not None:
        (size,) = connection.execute("SELECT size_bytes FROM blobs WHERE sha256 = ?", (blob,)).fetchone() or (None,)
        held = size if isinstance(size, int) else 0
        if held >= artifact.size_bytes or (is_redacted and artifact.sha256 is None):
            return None
        what = f"the bundle holds {held} of its {artifact.size_bytes} bytes"
    elif artifact.kind == ArtifactKind.UNKNOWN and not artifact.is_listed:
        what = "the bundle does not hold its bytes"
    else:
        return None
    found = connection.execute(_UNREADABLE, (artifact.id,)).fetchone()
    return what if found is None else f"{what}, which could not be read: {found[0]}"


def ledger_ranges(connection: sqlite3.Connection, artifact_id: int, first: int = 0) -> Iterator[StoredRange]:
    """Yield the artifact's ledger ranges, from the one with the line or member `first`.

    Raises:
        InvalidBundleError: a range has a number that no file has.
    """
    for row in connection.execute(_RANGES, (artifact_id, first)):
        each = StoredRange(*row)
        numbers = each[:4]
        if not all(isinstance(number, int) and 0 <= number < _LARGEST for number in numbers):
            raise InvalidBundleError(f"the ledger has a range that no file can have: {numbers}")
        yield each


def first_id(connection: sqlite3.Connection, table: str, artifact_id: int, number_column: str, first: int = 0) -> int:
    """Return the id of the artifact's first row in `table` whose line or member number is at least `first`.

    Ids follow the order of artifacts, and within an artifact that of lines or members. So a binary search finds the
    row, and a bundle needs no index for it. Ids may have gaps, where a merge has left rows out.
    """
    low: int = 1
    found: int = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]
    high = found
    sql = f"SELECT id, artifact_id, {number_column} FROM {table} WHERE id >= ? ORDER BY id LIMIT 1"
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(sql, (middle,)).fetchone()
        if row is not None and (row[1], row[2]) < (artifact_id, first):
            low = row[0] + 1
        else:
            high = middle
            found = found if row is None else row[0]
    return found


def is_whole_copy(connection: sqlite3.Connection, artifact: StoredArtifact) -> bool:
    """Return whether all bytes of the artifact, a zip, are those of its original."""
    if artifact.original_id is None or not artifact.is_zip or artifact.is_folder:
        return False
    held = connection.execute("SELECT 1 FROM zip_parts WHERE artifact_id = ?", (artifact.id,)).fetchone()
    return held is None and whole_blob(connection, artifact) is None


class NumberedRows:
    """Rows in the order of their line or member numbers, taken by number in ascending order."""

    def __init__(self, rows: Iterable[tuple[int, Any]]) -> None:
        self._rows = iter(rows)
        self._next: tuple[int, Any] | None = next(self._rows, None)

    def take(self, number: int) -> Any:
        """Return the value of the row with that line or member number; None if there is no such row."""
        while self._next is not None and self._next[0] < number:
            self._next = next(self._rows, None)
        if self._next is None or self._next[0] != number:
            return None
        value = self._next[1]
        self._next = next(self._rows, None)
        return value
