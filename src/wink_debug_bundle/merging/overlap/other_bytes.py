"""Compare a run with the same run in other bytes, and account for it as a build of both accounts for it.

Members that are the same in the run that is imported are duplicates. Of others, the bytes are kept.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import apsw

from ...artifacts.accounting.blobs import BlobWriter
from ...artifacts.accounting.problems import member_problem
from ...artifacts.runs.manifest import ROOT
from ...artifacts.source import DEFAULT_EXPANSION, limit_of
from ...batch import Batch
from ...column_values import ArtifactStatus, LedgerStatus, ProblemKind
from ...database.connection import open_bundle
from ...database.inserts.known_events import KnownEvents
from ...database.inserts.row_writer import RowWriter
from ...errors import DamagedBundleError
from ...explore.expansion import limited_to
from ...fidelity.artifact_rows import (
    DAMAGED,
    Contents,
    StoredArtifact,
    StoredRange,
    ledger_ranges,
    read_contents,
    whole_blob,
)
from ...fidelity.stored_members import StoredMember, stored_members, zip_directory
from ...fidelity.zip_rebuild import ArtifactBytes
from ...rows import LedgerRow, ProblemRow
from ..inputs import Input, Place
from .held_twice import Duplicate, Share

_DIFFERS = "differs from the imported member of that name"
_READ = (LedgerStatus.IMPORTED, LedgerStatus.OWN_ARTIFACT)

_PROBLEMS = """
SELECT artifact_id, line, member, offset, kind, error, raw, blob_sha256, last_line FROM problems
WHERE artifact_id = ? AND kind IN ('unreadable', 'expansion', 'unrecognised')
ORDER BY id
"""

_UPDATE = """
UPDATE main.artifacts
SET status = ?, reason = ?, original_id = ?, record_count = 0, problem_count = ?
WHERE id = ?
"""
_PARTS = """
INSERT INTO main.zip_parts (artifact_id, offset, length, blob_sha256)
SELECT ?, offset, length, blob_sha256 FROM source.zip_parts WHERE artifact_id = ?
"""


@dataclass(slots=True)
class OtherBytes:
    """The rows of a run that is imported from elsewhere, and the bytes of its members that are not the same there."""

    ledger: list[LedgerRow] = field(default_factory=list)
    problems: list[ProblemRow] = field(default_factory=list)
    blobs: list[BlobWriter] = field(default_factory=list)


class _Part(NamedTuple):
    """A member, or a range of them, with what becomes of it."""

    first: int
    last: int
    offset: int
    length: int
    status: str
    reason: str | None


def read_other_bytes(inputs: Sequence[Input], shares: Sequence[Share], scratch: Path) -> dict[Place, OtherBytes]:
    """Return the rows of each run that becomes a duplicate of one with other bytes.

    Raises:
        DamagedBundleError: a bundle is damaged.
    """
    found = {}
    for bundle, share in enumerate(shares):
        for duplicate in share.duplicates.values():
            if duplicate.is_other_bytes:
                original = inputs[duplicate.original.bundle]
                try:
                    found[Place(bundle, duplicate.id)] = _compare(inputs[bundle], original, duplicate, scratch)
                except DAMAGED as error:
                    raise DamagedBundleError(f"{inputs[bundle].path}: the bundle is damaged: {error}") from error
    return found


def write_other_bytes(
    connection: apsw.Connection, rows: OtherBytes, duplicate: Duplicate, artifact_id: int, original_id: int
) -> None:
    """Make the artifact `artifact_id` of the merged bundle, a run without content so far, a duplicate.

    The bundle that it is from is attached as `source`.

    Raises:
        apsw.Error: a row could not be read or written.
    """
    values = (ArtifactStatus.DUPLICATE, duplicate.reason, original_id, len(rows.problems), artifact_id)
    connection.execute(_UPDATE, values)
    connection.execute(_PARTS, (artifact_id, duplicate.id))
    writer = RowWriter(connection, KnownEvents())
    for blob in rows.blobs:
        for batch in blob.batches(artifact_id):
            writer.add(batch, 0)
    batch = Batch(artifact_id)
    for row in rows.ledger:
        batch.add(row._replace(artifact_id=artifact_id))
    for problem in rows.problems:
        batch.add(problem._replace(artifact_id=artifact_id))
    writer.add(batch, 0)
    writer.flush()


def _compare(copy: Input, original: Input, duplicate: Duplicate, scratch: Path) -> OtherBytes:
    with (
        closing(open_bundle(copy.database, copy.path)) as connection,
        closing(open_bundle(original.database, original.path)) as other,
    ):
        run = _Run(connection, duplicate.id)
        known = _Run(other, duplicate.original.id)
        with limited_to(limit_of(max(copy.size_bytes, original.size_bytes), DEFAULT_EXPANSION)):
            return _Comparison(run, dict(known.hashes()), duplicate.reason, scratch).rows()


class _Run:
    """A run in a bundle, with its members."""

    def __init__(self, connection: sqlite3.Connection, artifact_id: int) -> None:
        self.connection = connection
        self.contents: Contents = read_contents(connection)
        self.artifact: StoredArtifact = self.contents.by_id[artifact_id]
        self.bytes = ArtifactBytes(connection, self.contents)

    @property
    def ranges(self) -> list[StoredRange]:
        """Return the ranges of its ledger."""
        return list(ledger_ranges(self.connection, self.artifact.id))

    @property
    def problems(self) -> list[ProblemRow]:
        """Return its problems that stay when its members are imported from elsewhere."""
        return [ProblemRow(*row) for row in self.connection.execute(_PROBLEMS, (self.artifact.id,))]

    @property
    def is_kept_whole(self) -> bool:
        """Return whether the bundle has its bytes in one blob, because not all members could be read."""
        return whole_blob(self.connection, self.artifact) is not None

    def members(self) -> Iterator[StoredMember]:
        """Yield its members in the order of the directory; none if the bundle holds no directory."""
        if not self.is_kept_whole:
            directory = zip_directory(self.connection, self.artifact)
            yield from stored_members(self.connection, self.contents, self.artifact, directory)

    def hashes(self) -> Iterator[tuple[str, str | None]]:
        """Yield the name of each member in the run, and its SHA-256."""
        for member in self.members():
            yield _name_in_run(member), self.hash_of(member)

    def hash_of(self, member: StoredMember) -> str | None:
        """Return the SHA-256 of a member's bytes; None if the bundle does not hold them."""
        if member.content is not None:
            return member.content.sha256
        if member.lines is None:
            return None
        digest = hashlib.sha256()
        for chunk in self.bytes.of_member(member, lambda _: None):
            digest.update(chunk)
        return digest.hexdigest()


class _Comparison:
    """Compares a run with the members of the one that is imported: `known` has the SHA-256 of each by its name."""

    def __init__(self, run: _Run, known: Mapping[str, str | None], reason: str, scratch: Path) -> None:
        self._run = run
        self._known = known
        self._reason = reason
        self._scratch = scratch
        self._members = {member.number: member for member in run.members()}
        self._problems = iter(run.problems)
        self._rows = OtherBytes()

    def rows(self) -> OtherBytes:
        """Return the rows of the run."""
        if self._run.is_kept_whole:
            self._rows.problems += self._problems
        parts = [part for each in self._run.ranges for part in self._parts(each)]
        for (status, reason, _), group in groupby(parts, key=_kind_of):
            same = list(group)
            length = sum(part.length for part in same)
            row = LedgerRow(0, same[0].first, same[-1].last, same[0].offset, length, LedgerStatus(status), reason)
            self._rows.ledger.append(row)
        return self._rows

    def _parts(self, each: StoredRange) -> Iterator[_Part]:
        """Yield the members of a ledger range, each with its part of the range and what becomes of it."""
        if each.first == 0 or not self._members:
            is_read = each.status in _READ
            status, reason = (LedgerStatus.DUPLICATE, self._reason) if is_read else (each.status, each.reason)
            yield _Part(*each[:4], status, reason)
            return
        members = [self._members[number] for number in range(each.first, each.last + 1)]
        begins = list(self._begins(each, members))
        for member, begin, end in zip(members, begins, [*begins[1:], each.offset + each.length], strict=True):
            yield _Part(member.number, member.number, begin, end - begin, *self._new_status(each, member, begin))

    def _begins(self, each: StoredRange, members: Sequence[StoredMember]) -> Iterator[int]:
        """Yield where each member of a range begins in the zip, or as if the files of a folder stood in a row."""
        place = each.offset
        for member in members:
            if self._run.artifact.is_folder:
                yield place
                place += _size_in_folder(member)
            else:
                yield each.offset + member.info.header_offset - members[0].info.header_offset

    def _new_status(self, each: StoredRange, member: StoredMember, offset: int) -> tuple[str, str | None]:
        """Return what becomes of a member, and why; add the problem that is about it."""
        if each.status not in _READ:
            if not member.is_folder and (problem := next(self._problems, None)) is not None:
                self._rows.problems.append(problem)
            return each.status, each.reason
        sha256 = self._run.hash_of(member)
        if sha256 is not None and self._known.get(_name_in_run(member)) == sha256:
            return LedgerStatus.DUPLICATE, self._reason
        self._keep(member, offset)
        return LedgerStatus.SKIPPED, _DIFFERS

    def _keep(self, member: StoredMember, offset: int) -> None:
        """Keep the bytes of a member that is not the same in the imported run."""
        blob = BlobWriter(self._scratch)
        for chunk in self._run.bytes.of_member(member, lambda _: None):
            blob.write(chunk)
        text = f"{self._reason}, but this member is not the same there: its bytes are kept, and not imported"
        problem = member_problem(0, _name_in_run(member), offset, ProblemKind.CONFLICT, text)
        self._rows.problems.append(problem._replace(blob_sha256=blob.finish()))
        self._rows.blobs.append(blob)


def _kind_of(part: _Part) -> tuple[str, str | None, int]:
    """Return what neighbours have in common that are one ledger range; members that are kept have one each."""
    return part.status, part.reason, part.first if part.reason == _DIFFERS else 0


def _name_in_run(member: StoredMember) -> str:
    """Return the name of a member in its run."""
    return member.info.filename.removeprefix(ROOT)


def _size_in_folder(member: StoredMember) -> int:
    """Return the bytes of a file of a run's folder."""
    if member.content is not None:
        return member.content.size
    return 0 if member.lines is None else member.lines.size_bytes
