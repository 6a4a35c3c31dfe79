"""Rebuild zips with the same members in the same order, with the same names and decompressed bytes.

If every member is written at its original offset, the source's own directory is written, with all its peculiarities.
"""

from __future__ import annotations

import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO

from ..artifacts.accounting.blobs import read_chunks
from ..column_values import Compression
from ..errors import InvalidBundleError
from ..explore.stored_files import open_blob
from .artifact_rows import DAMAGED, Contents, StoredArtifact, is_whole_copy, whole_blob
from .findings import Finding
from .line_files import Report, compressor, line_bytes
from .stored_directory import MemberInfo, can_write
from .stored_members import StoredMember, open_content, stored_members, zip_directory, zip_parts

_MAX_GROWTH = 8
"""Factor by which rebuilt lines may be longer than the source's: an escape for each byte, and spaces everywhere."""


class ZipBuilder:
    """Writes one zip; what the bundle does not hold of it goes to `report`."""

    def __init__(
        self, connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, report: Report
    ) -> None:
        self._connection = connection
        self._contents = contents
        self._artifact = artifact
        self._report = report
        self._bytes = ArtifactBytes(connection, contents)
        self._members_without_bytes: list[MemberInfo] = []
        self._offsets: dict[int, int] = {}
        """Offsets of the written members by their original offsets."""
        self._shifts: set[int] = set()
        """Differences between the two."""
        self._is_changed = False

    def write(self, stream: IO[bytes]) -> None:
        """Write the zip to `stream`, which must be empty.

        Raises:
            BundleError: the bundle does not hold the zip's directory, or it is damaged.
        """
        directory = zip_directory(self._connection, self._artifact)
        *parts, directory_part = zip_parts(self._connection, self._artifact)
        with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
            warnings.simplefilter("ignore", UserWarning)  # an archive may contain a name twice
            for member in stored_members(self._connection, self._contents, self._artifact, directory):
                if member.without_bytes:
                    self._members_without_bytes.append(member.info)
                    archive.filelist.append(member.info)
                    continue
                while parts and member.offset is not None and parts[0].offset < member.offset:
                    self._write_raw(archive, parts.pop(0).sha256)
                self._write_member(archive, member)
            for part in parts:
                self._write_raw(archive, part.sha256)
            self._set_offsets_without_bytes(archive.start_dir)
            archive.comment = directory.comment
        if archive.start_dir == directory_part.offset and len(self._shifts) <= 1 and not self._is_changed:
            stream.seek(archive.start_dir)
            stream.truncate()
            self._copy(directory_part.sha256, stream)
        else:
            stream.write(directory.rest)

    def _write_member(self, archive: zipfile.ZipFile, member: StoredMember) -> None:
        """Write a member, and record its offset and whether its record in the directory changed."""
        info = member.info
        claimed_offset, claimed_sizes = info.header_offset, _sizes(info)
        self._write_contents(archive, member)
        self._is_changed |= _sizes(info) != claimed_sizes
        self._offsets.setdefault(claimed_offset, info.header_offset)
        self._shifts.add(info.header_offset - claimed_offset)
        if member.offset is not None:
            self._shifts.add(member.offset - claimed_offset)

    def _set_offsets_without_bytes(self, end: int) -> None:
        """Give each member without bytes the new offset of the member it pointed at, or one from `end` on."""
        for info in self._members_without_bytes:
            info.header_offset = self._offsets.get(info.header_offset, max(info.header_offset, end))

    def _write_contents(self, archive: zipfile.ZipFile, member: StoredMember) -> None:
        """Write a member's bytes from where the bundle holds them."""
        info = member.info
        try:
            entry_blob = member.entry_blob or self._bytes.inner_entry(member)
            if entry_blob is not None:
                begin = archive.start_dir
                self._write_raw(archive, entry_blob)
                info.header_offset = begin
                archive.filelist.append(info)
            elif member.content is not None:
                with open_content(self._connection, member.content) as data:
                    self._write_chunks(archive, info, read_chunks(data), member.content.size)
            elif member.lines is not None:
                chunks = line_bytes(self._connection, self._contents, member.lines, self._report)
                self._write_chunks(archive, info, chunks, member.lines.size_bytes * _MAX_GROWTH)
            elif member.inner is not None:
                chunks = self._bytes.of_member(member, self._report)
                self._write_chunks(archive, info, chunks, member.inner.size_bytes * _MAX_GROWTH)
            elif member.is_folder:
                self._write_chunks(archive, info, (), 0)
            else:
                self._report_missing(member, "the bundle does not hold it")
        except DAMAGED as error:
            self._report_missing(member, str(error))

    def _report_missing(self, member: StoredMember, text: str) -> None:
        """Report a member that is not written."""
        self._is_changed = True
        self._report(Finding(text, self._artifact.path, member=member.info.filename))

    @staticmethod
    def _write_chunks(archive: zipfile.ZipFile, info: MemberInfo, chunks: Iterable[bytes], size: int) -> None:
        """Write a member of at most `size` bytes, compressed by its own method if Python supports it, else deflated."""
        attributes = info.external_attr
        info.file_size = size
        if not can_write(info.compress_type):
            info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w") as member:
            for chunk in chunks:
                member.write(chunk)
        info.external_attr = attributes  # zipfile sets default attributes where there were none

    def _write_raw(self, archive: zipfile.ZipFile, key: str) -> None:
        """Write bytes of the archive unchanged: those of no member, or the raw entry of one that could not be read."""
        stream = archive.fp
        assert stream is not None  # noqa: S101 the archive is open
        stream.seek(archive.start_dir)
        self._copy(key, stream)
        archive.start_dir = stream.tell()

    def _copy(self, key: str, stream: IO[bytes]) -> None:
        """Write the bytes of a blob to the stream."""
        with open_blob(self._connection, key) as blob:
            stream.writelines(read_chunks(blob))


def _sizes(info: MemberInfo) -> tuple[int, ...]:
    """Return a member's compression method, sizes and checksum in the directory."""
    return info.compress_type, info.compress_size, info.file_size, info.CRC


class ArtifactBytes:
    """Rebuilds the bytes of artifacts and of members; zips and compressed files are written to temporary files."""

    def __init__(self, connection: sqlite3.Connection, contents: Contents) -> None:
        self._connection = connection
        self._contents = contents
        self._folder: tuple[int, dict[bytes, StoredMember]] | None = None
        """The members of the folder that was needed last, by name; the next one is likely of the same folder."""

    def of_artifact(self, artifact: StoredArtifact, report: Report) -> Iterator[bytes]:
        """Yield the bytes of an artifact that is a file.

        Raises:
            BundleError: the bundle does not hold them.
        """
        if (blob := whole_blob(self._connection, artifact)) is not None:
            with open_blob(self._connection, blob) as data:
                yield from read_chunks(data)
        elif is_whole_copy(self._connection, artifact):
            original = self._contents.original_of(artifact)
            assert original is not None  # noqa: S101 a copy has one
            yield from self.of_artifact(original, report)
        elif artifact.is_zip:
            with tempfile.TemporaryFile() as file:
                ZipBuilder(self._connection, self._contents, artifact, report).write(file)
                file.seek(0)
                yield from read_chunks(file)
        elif artifact.has_lines:
            yield from self._compressed_lines(artifact, report)
        else:
            raise InvalidBundleError("the bundle does not hold its bytes")

    def of_member(self, member: StoredMember, report: Report) -> Iterator[bytes]:
        """Yield the decompressed bytes of a member that is stored as content, as lines or as an artifact.

        Raises:
            BundleError: the bundle does not hold them.
        """
        if member.content is not None:
            with open_content(self._connection, member.content) as data:
                yield from read_chunks(data)
        elif member.lines is not None:
            yield from line_bytes(self._connection, self._contents, member.lines, report)
        elif member.inner is not None and member.inner.is_folder:
            yield from self.of_member(self.in_folder(member.inner, member.inner_name or b""), report)
        elif member.inner is not None:
            yield from self.of_artifact(member.inner, report)
        else:
            raise InvalidBundleError("the bundle does not hold it")

    def inner_entry(self, member: StoredMember) -> str | None:
        """Return the key of the raw entry of a member that is a file of a run's folder and could not be read."""
        if member.inner is None or not member.inner.is_folder:
            return None
        return self.in_folder(member.inner, member.inner_name or b"").entry_blob

    def in_folder(self, folder: StoredArtifact, name: bytes) -> StoredMember:
        """Return the file `name` of a run's folder.

        Raises:
            InvalidBundleError: the bundle does not have it.
        """
        if self._folder is None or self._folder[0] != folder.id:
            directory = zip_directory(self._connection, folder)
            members = stored_members(self._connection, self._contents, folder, directory)
            self._folder = folder.id, {member.info.raw_name: member for member in members}
        if (member := self._folder[1].get(name)) is None:
            raise InvalidBundleError("the bundle does not hold it")
        return member

    def _compressed_lines(self, artifact: StoredArtifact, report: Report) -> Iterator[bytes]:
        chunks = line_bytes(self._connection, self._contents, artifact, report)
        if artifact.compression == Compression.NONE:
            yield from chunks
            return
        with tempfile.TemporaryFile() as file:
            with compressor(file, artifact) as compressed:
                for chunk in chunks:
                    compressed.write(chunk)
            file.seek(0)
            yield from read_chunks(file)
