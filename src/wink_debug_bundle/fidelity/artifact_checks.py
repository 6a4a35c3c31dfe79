"""Check the artifacts of a bundle without their sources: the ledger adds up, and what it names is in the bundle."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..artifacts.accounting.blobs import read_chunks
from ..artifacts.lossless_json import clean
from ..column_values import ArtifactKind, Compression, LedgerStatus
from ..explore.expansion import Budget, current_budget
from .artifact_rows import (
    DAMAGED,
    Contents,
    StoredArtifact,
    StoredRange,
    is_whole_copy,
    ledger_ranges,
    lost_bytes,
    whole_blob,
)
from .findings import Finding
from .line_files import Report, line_bytes
from .proofs.raw_line_checks import check_raw_lines
from .redaction_mark import is_redacted
from .stored_members import StoredMember, open_content, stored_members, zip_directory, zip_parts
from .zip_rebuild import ArtifactBytes

_PROBLEMS = """
SELECT
    count(*),
    count(*) FILTER (WHERE kind = 'unreadable'),
    coalesce(sum(coalesce(last_line, line) - line + 1) FILTER (WHERE kind = 'malformed' AND line > 0), 0)
FROM problems WHERE artifact_id = ?
"""


class ArtifactChecker:
    """Checks artifacts one at a time; what is wrong goes to `report`."""

    def __init__(self, connection: sqlite3.Connection, contents: Contents, report: Report) -> None:
        self._connection = connection
        self._contents = contents
        self._report = report
        self._is_redacted = is_redacted(connection)
        self._proven: dict[int, bool] = {}
        """Whether each artifact that was checked is proven."""
        running = current_budget()
        self._proof_budget = None if running is None else Budget(running.limit)
        """The bytes that may come out to make rows again, beside those that come out to compare bytes."""

    def check(self, artifact: StoredArtifact) -> bool:
        """Check the artifact's ledger and stored content; return whether the content is proven byte for byte.

        An artifact that others are made of is checked once.
        """
        if artifact.id not in self._proven:
            self._proven[artifact.id] = False
            try:
                self._check_ledger(artifact)
                self._proven[artifact.id] = self._check_contents(artifact)
            except DAMAGED as error:
                self._report(Finding(str(error), artifact.path))
        return self._proven[artifact.id]

    def _check_ledger(self, artifact: StoredArtifact) -> None:
        """Check that the ledger adds up, and agrees with the artifact's row and its problems."""
        ranges = list(ledger_ranges(self._connection, artifact.id))
        problems, unreadable, malformed = self._connection.execute(_PROBLEMS, (artifact.id,)).fetchone()
        Compression(artifact.compression), ArtifactKind(artifact.kind)  # raises ValueError for an unknown one
        faults = [*_range_faults(artifact, ranges, has_unreadable=bool(unreadable))]
        faults += _count_faults(
            "imported lines or members", _count(ranges, LedgerStatus.IMPORTED), artifact.record_count
        )
        faults += _count_faults("malformed lines", _count(ranges, LedgerStatus.MALFORMED), malformed)
        faults += _count_faults("problems", problems, artifact.problem_count)
        for text in faults:
            self._report(Finding(text, artifact.path))

    def _check_contents(self, artifact: StoredArtifact) -> bool:
        """Check the stored content; return whether its hash proves it byte for byte."""
        blob = whole_blob(self._connection, artifact)
        lost = lost_bytes(self._connection, artifact, blob, is_redacted=self._is_redacted)
        if lost is not None:
            self._report(Finding(lost, artifact.path))
        if blob is not None:
            if artifact.sha256 is not None and artifact.sha256 != blob:
                self._report(Finding("its stored bytes do not match its SHA-256", artifact.path))
            return artifact.sha256 == blob
        if is_whole_copy(self._connection, artifact):
            return self._is_copy_proven(artifact)
        if artifact.has_lines:
            for finding in check_raw_lines(self._connection, artifact, self._proof_budget):
                self._report(finding)
            digest = hashlib.sha256()
            for chunk in line_bytes(self._connection, self._contents, artifact, self._report):
                digest.update(chunk)
            is_proven = digest.hexdigest() == artifact.sha256
            if artifact.is_exact and not is_proven:
                self._report(Finding("its lines do not have the SHA-256 that they had when it was read", artifact.path))
            return is_proven
        return artifact.is_zip and self._check_members(artifact)

    def _is_copy_proven(self, artifact: StoredArtifact) -> bool:
        """Check that the original has the same bytes; return whether these are proven."""
        original = self._contents.original_of(artifact)
        if original is None or original.sha256 != artifact.sha256:
            self._report(Finding("its SHA-256 is not that of the artifact that it is a duplicate of", artifact.path))
            return False
        return self.check(original)

    def _check_members(self, artifact: StoredArtifact) -> bool:
        """Check the members of a zip or folder; return whether its checksums prove all of them byte for byte."""
        directory = zip_directory(self._connection, artifact)
        for part in zip_parts(self._connection, artifact):
            if artifact.is_folder and artifact.sha256 not in (None, part.sha256):
                self._report(Finding("the list of its files does not have its SHA-256", artifact.path))
            size = self._connection.execute("SELECT size_bytes FROM blobs WHERE sha256 = ?", (part.sha256,)).fetchone()
            if size != (part.length,):
                text = f"its stored bytes at offset {part.offset} are not {part.length} bytes"
                self._report(Finding(text, artifact.path))
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
        """Check one member; return whether it is proven byte for byte."""
        if member.inner is not None:
            return self._is_inner_proven(member)
        if member.lines is not None:  # faults of its lines are reported where it is checked as an artifact
            checksums = _checksums(line_bytes(self._connection, self._contents, member.lines, lambda _: None))
            return checksums.match(member)
        if member.content is None:
            is_held = member.entry_blob is not None or member.is_folder or member.without_bytes
            if not is_held and member.status in (
                LedgerStatus.IMPORTED,
                LedgerStatus.DUPLICATE,
                LedgerStatus.OWN_ARTIFACT,
            ):
                self._report(Finding("the bundle does not hold it", artifact.path, member=member.info.filename))
            return is_held
        if not clean(member.info.filename).endswith(member.content.path):
            text = f"its name in the zip's directory does not end in {member.content.path!r}"
            self._report(Finding(text, artifact.path, member=member.info.filename))
        with open_content(self._connection, member.content) as data:
            checksums = _checksums(read_chunks(data))
        if (checksums.sha256, checksums.size) != (member.content.sha256, member.content.size):
            text = "its stored bytes do not match its SHA-256 and size"
            self._report(Finding(text, artifact.path, member=member.info.filename))
        elif not checksums.match(member):
            where = "list of the folder's files" if artifact.is_folder else "zip's directory"
            text = f"its stored bytes do not match the checksum in the {where}"
            self._report(Finding(text, artifact.path, member=member.info.filename))
        return checksums.match(member)

    def _is_inner_proven(self, member: StoredMember) -> bool:
        """Return whether a member that is an artifact of its own is proven: by its checksum, or as a zip or folder."""
        inner = member.inner
        assert inner is not None  # noqa: S101 callers pass only such members
        if inner.is_zip:
            return self.check(inner)
        chunks = ArtifactBytes(self._connection, self._contents).of_member(member, lambda _: None)
        return _checksums(chunks).match(member)


class _Checksums(NamedTuple):
    """The size and the checksums of some bytes."""

    size: int
    crc: int
    sha256: str

    def match(self, member: StoredMember) -> bool:
        """Return whether the checksum of the member is one of these: its CRC-32, or its SHA-256 in a folder."""
        if isinstance(member.info.sha256, str):
            return member.info.sha256 == self.sha256
        return self.crc == member.info.CRC


def _checksums(chunks: Iterable[bytes]) -> _Checksums:
    """Return the checksums of the chunks together."""
    size, crc, digest = 0, 0, hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    return _Checksums(size, crc, digest.hexdigest())


def _count(ranges: list[StoredRange], status: str) -> int:
    """Return how many lines or members have the status."""
    return sum(each.last - each.first + 1 for each in ranges if each.status == status)


def _count_faults(what: str, found: int, expected: int) -> Iterator[str]:
    """Yield a fault if a count is not the expected one."""
    if found != expected:
        yield f"the bundle has {found} {what}, and should have {expected}"


def _range_faults(artifact: StoredArtifact, ranges: list[StoredRange], *, has_unreadable: bool) -> Iterator[str]:
    """Yield what does not add up in the ledger of an artifact.

    If the artifact `has_unreadable` bytes, these may be missing at its end. Where lines were decompressed, they may be
    missing anywhere, as the length of a byte range that was not decompressed is unknown.
    """
    position, number = 0, 1
    is_decompressed = artifact.compression != Compression.NONE or artifact.container_id is not None
    may_have_gaps = has_unreadable and artifact.has_lines and is_decompressed
    for each in sorted(ranges, key=lambda each: (each.offset, each.length)):
        if not each.length:
            continue  # a member that a damaged directory lists without bytes of its own in the file
        if each.offset != position and not (may_have_gaps and each.offset > position):
            yield f"the ledger's byte ranges are not contiguous: byte {position} is followed by byte {each.offset}"
        position = each.offset + each.length
    for each in ranges:
        if each.first > 0 and each.first != number:
            yield f"the ledger continues with number {each.first}, and should continue with {number}"
        number = each.last + 1
    is_whole = artifact.compression == Compression.NONE or not artifact.has_lines
    if is_whole and position != artifact.size_bytes and not (has_unreadable and position < artifact.size_bytes):
        yield f"the ledger's byte ranges end at byte {position}, and should end at {artifact.size_bytes}"
