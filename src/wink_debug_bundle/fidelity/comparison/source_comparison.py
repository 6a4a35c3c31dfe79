"""Compare a bundle with the files that it was built from."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from ...artifacts.accounting.blobs import read_chunks
from ...artifacts.read_errors import UNREADABLE, UNREADABLE_ZIP, system_error
from ...artifacts.source import storable_name
from ...artifacts.split_reader import BLOCK_BYTES
from ...artifacts.streams.decompression import decompress
from ...artifacts.streams.line_blocks import LongLine, line_blocks, split_lines
from ...artifacts.zip.archive import Zip
from ...artifacts.zip.headers import Entry
from ...artifacts.zip.member_stream import MemberStream
from ...column_values import Compression, LedgerStatus
from ...explore.stored_files import open_blob
from ..artifact_rows import DAMAGED, Contents, StoredArtifact, is_whole_copy, whole_blob
from ..findings import Finding
from ..line_files import Report, missing_line_text
from ..line_rebuild import Line, stored_lines
from ..stored_members import StoredMember, open_content, stored_members, zip_directory, zip_parts
from ..zip_rebuild import ArtifactBytes
from .json_equality import same_record
from .source_entries import SourceFolder, is_bundle, open_compared, source_name

_ENTRY_OFFSETS = "SELECT offset FROM problems WHERE artifact_id = ? AND member IS NOT NULL AND blob_sha256 = ?"

_SOURCE_DIRECTORY = "SELECT source_directory FROM bundle_meta"

_NO_LIMIT = 1 << 62
"""Limit for decompressed bytes of a source; none is needed, as the bundle records what its build left out."""

_UNEQUAL = "is not equal to what the bundle holds"


class _LongLine(NamedTuple):
    """A line of the source that is too long for memory, as its hash."""

    sha256: str


class Comparison:
    """Compares artifacts with their sources below `folder`; differences go to `report`."""

    def __init__(
        self, connection: sqlite3.Connection, contents: Contents, folder: SourceFolder, report: Report
    ) -> None:
        self._connection = connection
        self._contents = contents
        self._folder = folder
        self._report = report
        self._bytes = ArtifactBytes(connection, contents)
        self.absent: list[str] = []

    def compare(self, artifact: StoredArtifact) -> None:
        """Compare the artifact with its source, and report what differs."""
        if artifact.is_listed and artifact.sha256 is None:
            return  # it has no bytes of its own; whether it is there is a matter of names
        try:
            if artifact.is_folder:
                self._compare_folder(artifact)
                return
            path = self._folder.path(source_name(artifact))
            with open_compared(path) as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
                is_same = artifact.sha256 is None or digest == artifact.sha256
                if not is_same and (artifact.is_listed or not _is_compressed(artifact)):
                    self._report_fault(artifact, "is not the file that the bundle was built from: its SHA-256 differs")
                if not artifact.is_listed:
                    stream.seek(0)
                    self._compare_contents(artifact, stream, path, is_same=is_same)
        except (FileNotFoundError, NotADirectoryError):
            if artifact.is_listed:
                self.absent.append(artifact.path)  # as where extract wrote what the bundle holds
            elif artifact.size_bytes:
                self._report_fault(artifact, self._absent(source_name(artifact)))
        except (OSError, *DAMAGED) as error:
            self._report_fault(artifact, str(error))

    def has_no_source(self) -> bool:
        """Report it, and return True, if the folder has none of the artifacts: most likely it is another folder."""
        expected = [artifact for artifact in self._contents.files if artifact.size_bytes and not artifact.is_listed]
        names = (name for artifact in expected for name in self._names(artifact))
        if not expected or any(map(self._folder.holds, names)):
            return False
        (source,) = self._connection.execute(_SOURCE_DIRECTORY).fetchone()
        hint = f" The bundle was built from {source}" if source else ""
        count = "the artifact is not" if len(expected) == 1 else f"none of the {len(expected):,} artifacts is"
        self._report(Finding(f"{count} in {self._folder.shown}: another directory?{hint}"))
        return True

    def compare_names(self) -> None:
        """Report entries of the folder that are not in the bundle; note listed ones that are not in the folder.

        A folder is an entry if the bundle lists it itself, as it does with one that was not read. Other bundles in the
        folder may have been built since; they are known by their content.

        A bundle of files that were named one by one says nothing about the other files of a folder.

        Raises:
            OSError: the folder cannot be listed.
        """
        if self._connection.execute(_SOURCE_DIRECTORY).fetchone() == (None,):
            return
        listed = {name: artifact for artifact in self._contents.files for name in self._names(artifact)}
        found = set()
        for name, error in self._folder.entries(listed):
            found.add(name)
            shown = storable_name(os.fsdecode(name))
            if error is not None:
                self._report(Finding(f"cannot be listed: {system_error(error)}", shown))
            elif name not in listed and not self._is_bundle(name):
                self._report(Finding("is not in the bundle", shown))
        self.absent += [
            artifact.path
            for name, artifact in listed.items()
            if artifact.is_listed and artifact.sha256 is None and name not in found
        ]

    def _is_bundle(self, name: bytes) -> bool:
        try:
            return is_bundle(self._folder.path(name))
        except OSError:
            return False

    def _absent(self, name: bytes) -> str:
        return f"{self._folder.shown}/{os.fsdecode(name)}: there is no such file"

    def _names(self, artifact: StoredArtifact) -> Iterator[bytes]:
        """Yield the name of the artifact's source below the folder, or those of the files in its own folder."""
        if not artifact.is_folder:
            yield source_name(artifact)
            return
        with suppress(*DAMAGED):
            for info in zip_directory(self._connection, artifact).members:
                yield source_name(artifact, info.raw_name)

    def _compare_folder(self, artifact: StoredArtifact) -> None:
        """Compare the files of a run's folder with the stored ones."""
        directory = zip_directory(self._connection, artifact)
        for member in stored_members(self._connection, self._contents, artifact, directory):
            name = source_name(artifact, member.info.raw_name)
            try:
                with open_compared(self._folder.path(name)) as stream:
                    self._compare_file(artifact, member, stream)
            except FileNotFoundError:
                self._report_fault(artifact, self._absent(name), member=member.info.filename)
            except (OSError, *DAMAGED) as error:
                self._report_fault(artifact, str(error), member=member.info.filename)

    def _compare_file(self, artifact: StoredArtifact, member: StoredMember, stream: BinaryIO) -> None:
        """Compare one file of a run's folder with the stored one."""
        name = member.info.filename
        digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
        if member.info.sha256 not in (None, digest):
            text = "is not the file that the bundle was built from: its SHA-256 differs"
            self._report_fault(artifact, text, member=name)
        stream.seek(0)
        if member.entry_blob is not None:
            self._compare_range(artifact, stream, 0, member.entry_blob, f"the bytes of {name}")
        elif member.content is None and member.lines is None:
            self._report_fault(artifact, "the bundle does not hold it", member=name)
        else:
            self._compare_bytes(artifact, member, stream)

    def _report_fault(
        self, artifact: StoredArtifact, text: str, line: int | None = None, member: str | None = None
    ) -> None:
        """Report a difference in the artifact, or in one of its lines or members."""
        self._report(Finding(text, artifact.path, line, member))

    def _compare_contents(self, artifact: StoredArtifact, stream: IO[bytes], path: Path, *, is_same: bool) -> None:
        """Compare the source with the artifact's blob, members or lines.

        A source that `is_same` has the bytes that were read. Another one may be what `extract` compressed again.
        """
        blob = whole_blob(self._connection, artifact)
        if blob is not None:
            with open_blob(self._connection, blob) as stored:
                if not _same_bytes(stream, stored):
                    self._report_fault(artifact, "its bytes are not those that the bundle holds")
        elif is_whole_copy(self._connection, artifact):
            original = self._contents.original_of(artifact)
            if original is None or original.sha256 != artifact.sha256:
                self._report_fault(artifact, "the bundle does not hold its bytes")
            elif not is_same:
                self._compare_contents(original, stream, path, is_same=False)
        elif artifact.is_zip:
            self._compare_zip(artifact, stream, path, is_same=is_same)
        elif artifact.has_lines:
            with decompress(stream, Compression(artifact.compression), _NO_LIMIT) as decompressed:  # type: ignore[arg-type]
                self._compare_lines(artifact, decompressed)
        else:
            self._report_fault(artifact, "the bundle does not hold its bytes")

    def _compare_lines(self, artifact: StoredArtifact, stream: IO[bytes]) -> None:
        """Compare the source's lines with the stored ones."""
        stored = stored_lines(self._connection, self._contents, artifact)
        for number, (raw, line) in enumerate(zip_longest(self._source_lines(artifact, stream), stored), 1):
            if line is None:
                self._report_fault(artifact, "the bundle does not have this line", number)
            elif raw is None:
                self._report_fault(artifact, "the source does not have this line", number)
            elif (fault := _difference(raw, line)) is not None:
                self._report_fault(artifact, fault, number)

    def _source_lines(self, artifact: StoredArtifact, stream: IO[bytes]) -> Iterator[bytes | _LongLine]:
        """Yield the source's lines without their line ends, as far as they can be read."""
        try:
            for block in line_blocks(stream, offset=0, length=None, size=BLOCK_BYTES):  # type: ignore[arg-type]
                if isinstance(block, LongLine):
                    yield _long_line(block)
                    continue
                yield from (line.removesuffix(b"\n") for line in split_lines(block.data))
        except (*UNREADABLE, *UNREADABLE_ZIP) as error:
            self._report_fault(artifact, f"its source cannot be read: {error}")

    def _compare_zip(self, artifact: StoredArtifact, stream: IO[bytes], path: Path, *, is_same: bool) -> None:
        """Compare the source's members, and its bytes that belong to no member, with the stored ones.

        Where members were compressed again, these bytes are elsewhere, and the directory has other offsets.
        """
        for part in zip_parts(self._connection, artifact) if is_same else ():
            self._compare_range(artifact, stream, part.offset, part.sha256, f"the bytes at offset {part.offset}")
        directory = zip_directory(self._connection, artifact)
        try:
            archive = Zip(open_compared(path), _NO_LIMIT)
        except UNREADABLE_ZIP as error:
            self._report_fault(artifact, f"its source cannot be opened: {error}")
            return
        with archive:
            entries = archive.entries
            if len(entries) != len(directory.members):
                self._report_fault(
                    artifact, f"its source has {len(entries)} members, and the bundle {len(directory.members)}"
                )
            members = stored_members(self._connection, self._contents, artifact, directory)
            for entry, member in zip(entries, members, strict=False):
                if entry.raw_name != member.info.raw_name:
                    self._report_fault(artifact, f"its source has {entry.name!r} here", member=member.info.filename)
                self._compare_member(artifact, archive, stream, entry, member, is_same=is_same)

    def _compare_member(
        self,
        artifact: StoredArtifact,
        archive: Zip,
        stream: IO[bytes],
        entry: Entry,
        member: StoredMember,
        *,
        is_same: bool,
    ) -> None:
        """Compare one member with its source."""
        name = member.info.filename
        inner_entry = self._bytes.inner_entry(member)
        entry_blob = inner_entry if is_same else inner_entry or member.entry_blob
        if entry_blob is not None:
            self._compare_range(artifact, stream, entry.offset, entry_blob, f"the bytes of the entry {name}")
        elif member.entry_blob is not None:
            owners = [artifact, *self._contents.by_container.get(artifact.id, [])]
            for owner in owners:
                for (offset,) in self._connection.execute(_ENTRY_OFFSETS, (owner.id, member.entry_blob)):
                    self._compare_range(artifact, stream, offset, member.entry_blob, f"the bytes of the entry {name}")
        elif member.content is not None or member.lines is not None or member.inner is not None:
            try:
                self._compare_bytes(artifact, member, archive.open(entry))
            except UNREADABLE_ZIP as error:
                self._report_fault(artifact, f"its source cannot be read: {error}", member=name)
        elif member.without_bytes:
            if entry.has_bytes:
                self._report_fault(artifact, "its source has bytes, and the bundle does not hold them", member=name)
        elif not member.is_folder:
            self._report_fault(artifact, "the bundle does not hold it", member=name)

    def _compare_bytes(self, artifact: StoredArtifact, member: StoredMember, source: IO[bytes] | MemberStream) -> None:
        """Compare a member's decompressed bytes with the stored lines or content."""
        if member.inner is not None:
            self._compare_inner(artifact, member, source)
        elif member.lines is not None:
            self._compare_lines(member.lines, source)  # type: ignore[arg-type]
        elif member.content is not None:
            with open_content(self._connection, member.content) as stored:
                if not _same_bytes(source, stored):
                    text = "its bytes are not those that the bundle holds"
                    self._report_fault(artifact, text, member=member.info.filename)

    def _compare_inner(self, artifact: StoredArtifact, member: StoredMember, source: IO[bytes] | MemberStream) -> None:
        """Compare a member that is an artifact, or a file of one, with what the bundle holds of it."""
        inner = member.inner
        assert inner is not None  # noqa: S101 callers pass only such members
        if inner.is_folder:
            stored = self._bytes.in_folder(inner, member.inner_name or b"")
            self._compare_bytes(artifact, stored, source)
            return
        with tempfile.NamedTemporaryFile() as file:
            digest = hashlib.sha256()
            for chunk in read_chunks(source):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            is_same = digest.hexdigest() == inner.sha256
            if not is_same and not _is_compressed(inner):
                text = "is not the file that the bundle was built from: its SHA-256 differs"
                self._report_fault(artifact, text, member=member.info.filename)
            file.seek(0)
            self._compare_contents(inner, file, Path(file.name), is_same=is_same)

    def _compare_range(self, artifact: StoredArtifact, stream: IO[bytes], offset: int, key: str, what: str) -> None:
        """Compare the blob `key` with the bytes of the source at `offset`."""
        stream.seek(offset)
        with open_blob(self._connection, key) as stored:
            for chunk in read_chunks(stored):
                if stream.read(len(chunk)) != chunk:
                    self._report_fault(artifact, f"{what} are not those that the bundle holds")
                    return


def _is_compressed(artifact: StoredArtifact) -> bool:
    """Return whether the artifact may have other bytes when it is compressed again."""
    return artifact.is_zip or artifact.compression != Compression.NONE


def _long_line(line: LongLine) -> _LongLine:
    """Return the hash of a long line, which is read chunk by chunk."""
    digest = hashlib.sha256()
    for chunk in line:
        digest.update(chunk)
    return _LongLine(digest.hexdigest())


def _difference(raw: bytes | _LongLine, line: Line) -> str | None:
    """Return how a line of the source differs from the stored one; None if they agree."""
    if line.blob is not None or isinstance(raw, _LongLine):
        key = raw.sha256 if isinstance(raw, _LongLine) else hashlib.sha256(raw).hexdigest()
        return None if key == line.blob else _UNEQUAL
    if line.status == LedgerStatus.BLANK:
        return "is blank in the bundle" if raw.strip() else None
    if line.data is None:
        return missing_line_text(line)
    if line.status in (LedgerStatus.IMPORTED, LedgerStatus.DUPLICATE) and same_record(raw, line.data):
        return None
    if raw == line.data:
        return None
    return _UNEQUAL


def _same_bytes(source: IO[bytes] | MemberStream, stored: IO[bytes]) -> bool:
    """Return whether two streams hold the same bytes."""
    for chunk in read_chunks(source):
        if stored.read(len(chunk)) != chunk:
            return False
    return not stored.read(1)
