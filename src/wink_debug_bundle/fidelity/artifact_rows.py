"""The artifacts of a bundle, and where their rows begin."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..column_values import ArtifactKind
from ..errors import BundleError

DAMAGED = (BundleError, sqlite3.DatabaseError, ValueError, TypeError, AttributeError, RecursionError)
"""What making an artifact again raises where rows hold what no build writes: other types, text that is no text."""

LINE_KINDS = (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS, ArtifactKind.TRANSCRIPT)
ZIP_KINDS = (ArtifactKind.ARCHIVE, ArtifactKind.RUN)

_ARTIFACTS = """
SELECT id, path, raw_path, kind, compression, size_bytes, sha256, modified_at, record_count, problem_count, container_id,
    member
FROM artifacts ORDER BY id
"""

_WHOLE = """
SELECT blob_sha256 FROM problems
WHERE artifact_id = ? AND line IS NULL AND member IS NULL AND blob_sha256 IS NOT NULL
    AND kind IN ('unrecognised', 'unreadable', 'expansion')
"""


class StoredArtifact(NamedTuple):
    """One row of artifacts."""

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

    @property
    def has_lines(self) -> bool:
        """Whether its content is in rows, one for each line."""
        return self.kind in LINE_KINDS

    @property
    def is_zip(self) -> bool:
        """Whether its content is members."""
        return self.kind in ZIP_KINDS


class Run(NamedTuple):
    """One row of the ledger."""

    first: int
    last: int
    offset: int
    length: int
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Contents:
    """All artifacts of a bundle, in their order; `within` has those that lie in a run's zip, by the zip's id."""

    artifacts: tuple[StoredArtifact, ...]
    within: Mapping[int, list[StoredArtifact]]

    @property
    def files(self) -> list[StoredArtifact]:
        """The artifacts that are files."""
        return [artifact for artifact in self.artifacts if artifact.container_id is None]

    def log_of(self, transcript: StoredArtifact) -> StoredArtifact | None:
        """The log that a run's transcript repeats."""
        logs = (other for other in self.within.get(transcript.container_id or 0, []) if other.kind == ArtifactKind.LOGS)
        return max(logs, key=lambda log: log.member or 0, default=None)


def read_contents(connection: sqlite3.Connection) -> Contents:
    """The bundle's artifacts."""
    artifacts = tuple(StoredArtifact(*row) for row in connection.execute(_ARTIFACTS))
    within: dict[int, list[StoredArtifact]] = {}
    for artifact in artifacts:
        if artifact.container_id is not None:
            within.setdefault(artifact.container_id, []).append(artifact)
    return Contents(artifacts, within)


def whole_blob(connection: sqlite3.Connection, artifact: StoredArtifact) -> str | None:
    """The key of the artifact's bytes, if they are kept whole."""
    row = connection.execute(_WHOLE, (artifact.id,)).fetchone()
    return None if row is None else row[0]


def ledger_runs(connection: sqlite3.Connection, artifact_id: int, first: int = 0) -> Iterator[Run]:
    """The artifact's runs in the ledger, from the one that holds the line or member `first`."""
    sql = "SELECT first, last, offset, length, status, reason FROM ledger WHERE artifact_id = ? AND last >= ? ORDER BY first, id"
    return (Run(*row) for row in connection.execute(sql, (artifact_id, first)))


def first_id(connection: sqlite3.Connection, table: str, artifact_id: int, second: str, least: int = 0) -> int:
    """The id from which the artifact's rows of `table` stand, the column `second` of which is at least `least`.

    Rows are written in the order of artifacts and within them of lines or members, so that a bundle needs no index
    for it.
    """
    low: int = 1
    high: int = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]
    sql = f"SELECT id, artifact_id, {second} FROM {table} WHERE id >= ? ORDER BY id LIMIT 1"
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(sql, (middle,)).fetchone()
        if row is not None and (row[1], row[2]) < (artifact_id, least):
            low = row[0] + 1
        else:
            high = middle
    return low


class Rows:
    """Rows in the order of their lines or members, of which one is asked for after the other."""

    def __init__(self, rows: Iterable[tuple[int, Any]]) -> None:
        self._rows = iter(rows)
        self._next: tuple[int, Any] | None = next(self._rows, None)

    def take(self, number: int) -> Any:
        """What the row of that line or member holds; None if there is none."""
        while self._next is not None and self._next[0] < number:
            self._next = next(self._rows, None)
        if self._next is None or self._next[0] != number:
            return None
        value = self._next[1]
        self._next = next(self._rows, None)
        return value
