"""Checks of the artifacts of a bundle in itself: the ledger adds up, and what it names is there."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator

from ..artifacts.accounting.blobs import read_chunks
from ..artifacts.lossless_json import clean
from ..column_values import ArtifactKind, Compression, LedgerStatus
from .artifact_rows import DAMAGED, Contents, Run, StoredArtifact, ledger_runs, whole_blob
from .findings import Finding
from .line_files import Report, line_bytes
from .stored_members import StoredMember, open_content, stored_members, zip_directory, zip_parts

_PROBLEMS = """
SELECT count(*), count(*) FILTER (WHERE kind = 'unreadable'), count(*) FILTER (WHERE kind = 'malformed' AND line > 0)
FROM problems WHERE artifact_id = ?
"""


class ArtifactChecker:
    """Checks one artifact after the other; `report` is told what is wrong."""

    def __init__(self, connection: sqlite3.Connection, contents: Contents, report: Report) -> None:
        self._connection = connection
        self._contents = contents
        self._report = report

    def check(self, artifact: StoredArtifact) -> bool:
        """Check the artifact's ledger, and what the bundle holds of it; tell whether that is proven to the byte."""
        try:
            self._check_ledger(artifact)
            return self._check_contents(artifact)
        except DAMAGED as error:
            self._report(Finding(str(error), artifact.path))
            return False

    def _check_ledger(self, artifact: StoredArtifact) -> None:
        runs = list(ledger_runs(self._connection, artifact.id))
        problems, unreadable, malformed = self._connection.execute(_PROBLEMS, (artifact.id,)).fetchone()
        Compression(artifact.compression), ArtifactKind(artifact.kind)  # each is one that a build knows
        faults = [*_range_faults(artifact, runs, may_be_split=bool(unreadable))]
        faults += _count_faults("imported", _count(runs, LedgerStatus.IMPORTED), artifact.record_count)
        faults += _count_faults("malformed", _count(runs, LedgerStatus.MALFORMED), malformed)
        faults += _count_faults("problems", problems, artifact.problem_count)
        for text in faults:
            self._report(Finding(text, artifact.path))

    def _check_contents(self, artifact: StoredArtifact) -> bool:
        blob = whole_blob(self._connection, artifact)
        if blob is not None:
            if artifact.sha256 is not None and artifact.sha256 != blob:
                self._report(Finding("the bytes that are kept of it are not those of its hash", artifact.path))
            return artifact.sha256 == blob
        if artifact.has_lines:
            found = hashlib.sha256()
            for piece in line_bytes(self._connection, self._contents, artifact, self._report):
                found.update(piece)
            return found.hexdigest() == artifact.sha256
        return artifact.is_zip and self._check_members(artifact)

    def _check_members(self, artifact: StoredArtifact) -> bool:
        """Check the zip's members; those that the directory's own checksum proves are so to the byte."""
        directory = zip_directory(self._connection, artifact)
        for part in zip_parts(self._connection, artifact):
            size = self._connection.execute("SELECT size_bytes FROM blobs WHERE sha256 = ?", (part.sha256,)).fetchone()
            if size != (part.length,):
                self._report(Finding(f"the part at {part.offset} is not of {part.length} bytes", artifact.path))
        is_exact, count = True, 0
        for member in stored_members(self._connection, self._contents, artifact, directory):
            count += 1
            try:
                is_exact &= self._check_member(artifact, member)
            except DAMAGED as error:
                self._report(Finding(str(error), artifact.path, member=member.info.filename))
        if count != len(directory.members):
            text = f"the ledger names {count} members, but its directory has {len(directory.members)}"
            self._report(Finding(text, artifact.path))
        return is_exact

    def _check_member(self, artifact: StoredArtifact, member: StoredMember) -> bool:
        if member.lines is not None:  # what is wrong with its lines is said where it is checked as an artifact
            pieces: Iterable[bytes] = line_bytes(self._connection, self._contents, member.lines, lambda _: None)
            return _crc(pieces) == member.info.CRC
        if member.content is None:
            if member.status == LedgerStatus.IMPORTED:
                self._report(Finding("the bundle does not hold it", artifact.path, member=member.info.filename))
            return member.entry is not None or member.is_folder or member.is_bare
        if not clean(member.info.filename).endswith(member.content.path):
            text = f"the zip's directory does not call it {member.content.path!r}"
            self._report(Finding(text, artifact.path, member=member.info.filename))
        size, checksum, found = 0, 0, hashlib.sha256()
        with open_content(self._connection, member.content) as data:
            for piece in read_chunks(data):
                found.update(piece)
                checksum, size = zlib.crc32(piece, checksum), size + len(piece)
        if (found.hexdigest(), size) != (member.content.sha256, member.content.size):
            self._report(Finding("its bytes are not those of its hash", artifact.path, member=member.info.filename))
        elif checksum != member.info.CRC:
            text = "its bytes do not have the checksum that the zip's directory gives"
            self._report(Finding(text, artifact.path, member=member.info.filename))
        return checksum == member.info.CRC


def _crc(pieces: Iterable[bytes]) -> int:
    checksum = 0
    for piece in pieces:
        checksum = zlib.crc32(piece, checksum)
    return checksum


def _count(runs: list[Run], status: str) -> int:
    """How many lines or members fared so."""
    return sum(run.last - run.first + 1 for run in runs if run.status == status)


def _count_faults(what: str, found: int, expected: int) -> Iterator[str]:
    if found != expected:
        yield f"{found} are counted as {what}, and there should be {expected}"


def _range_faults(artifact: StoredArtifact, runs: list[Run], *, may_be_split: bool) -> Iterator[str]:
    """What of the ledger does not add up; of an artifact that `is_cut`, bytes at its end could not be read.

    Of one that is unpacked they may be anywhere: nobody knows how many bytes a stretch has that was not reached.
    """
    position, number = 0, 1
    is_decompressed = artifact.compression != Compression.NONE or artifact.container_id is not None
    has_gaps = may_be_split and artifact.has_lines and is_decompressed
    for run in sorted(runs, key=lambda run: (run.offset, run.length)):
        if not run.length:
            continue  # a member that the directory tells of, and that has no bytes in the file
        if run.offset != position and not (has_gaps and run.offset > position):
            yield f"the ledger's ranges do not follow each other: byte {position} is followed by byte {run.offset}"
        position = run.offset + run.length
    for run in runs:
        if run.first > 0 and run.first != number:
            yield f"the ledger goes on with number {run.first} where {number} is next"
        number = run.last + 1
    is_whole = artifact.compression == Compression.NONE or not artifact.has_lines
    if is_whole and position != artifact.size_bytes and not (may_be_split and position < artifact.size_bytes):
        yield f"the ledger's ranges sum up to {position} bytes, not to {artifact.size_bytes}"
