"""Zips, made again: the same members in the same order, under the same names, with the same bytes.

Where every member comes to lie where it lay, the directory is the source's own, and with it all that is odd about it.
"""

from __future__ import annotations

import sqlite3
import warnings
import zipfile
from collections.abc import Iterable
from typing import IO

from ..artifacts.accounting.blobs import read_chunks
from ..explore.stored_files import open_blob
from .artifact_rows import DAMAGED, Contents, StoredArtifact
from .findings import Finding
from .line_files import Report, line_bytes
from .stored_directory import MemberInfo, can_write
from .stored_members import StoredMember, open_content, stored_members, zip_directory, zip_parts

_MOST_LONGER = 8
"""Times by which lines may be longer than they were: where an escape stands for each byte, and spaces between all."""


class ZipBuilder:
    """Writes one zip into `stream`, which begins with it; `report` is told of what the bundle does not hold."""

    def __init__(
        self, connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, report: Report
    ) -> None:
        self._connection = connection
        self._contents = contents
        self._artifact = artifact
        self._report = report
        self._bare: list[MemberInfo] = []
        self._places: dict[int, int] = {}
        self._shifts: set[int] = set()
        self._is_changed = False

    def write(self, stream: IO[bytes]) -> None:
        """Write the zip.

        Raises:
            BundleError: the bundle does not hold the zip's directory, or it is damaged.
        """
        directory = zip_directory(self._connection, self._artifact)
        *loose, last = zip_parts(self._connection, self._artifact)
        with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
            warnings.simplefilter("ignore", UserWarning)  # a name may stand in an archive twice
            for member in stored_members(self._connection, self._contents, self._artifact, directory):
                if member.is_bare:
                    self._bare.append(member.info)
                    archive.filelist.append(member.info)
                    continue
                while loose and member.offset is not None and loose[0].offset < member.offset:
                    self._write_raw(archive, loose.pop(0).sha256)
                self._write_member(archive, member)
            for part in loose:
                self._write_raw(archive, part.sha256)
            self._place_bare(archive.start_dir)
            archive.comment = directory.comment
        if archive.start_dir == last.offset and len(self._shifts) <= 1 and not self._is_changed:
            stream.seek(archive.start_dir)
            stream.truncate()
            self._copy(last.sha256, stream)
        else:
            stream.write(directory.rest)

    def _write_member(self, archive: zipfile.ZipFile, member: StoredMember) -> None:
        """Write a member, and note where it came to lie, and whether that is where it lay."""
        info = member.info
        told, packing = info.header_offset, _packing(info)
        self._write_contents(archive, member)
        self._is_changed |= _packing(info) != packing
        self._places.setdefault(told, info.header_offset)
        self._shifts.add(info.header_offset - told)
        if member.offset is not None:
            self._shifts.add(member.offset - told)

    def _place_bare(self, end: int) -> None:
        """Have members without bytes lie where they did: at the place of another, or behind the last, at `end`."""
        for info in self._bare:
            info.header_offset = self._places.get(info.header_offset, max(info.header_offset, end))

    def _write_contents(self, archive: zipfile.ZipFile, member: StoredMember) -> None:
        info = member.info
        try:
            if member.entry is not None:
                begin = archive.start_dir
                self._write_raw(archive, member.entry)
                info.header_offset = begin
                archive.filelist.append(info)
            elif member.content is not None:
                with open_content(self._connection, member.content) as data:
                    self._write_pieces(archive, info, read_chunks(data), member.content.size)
            elif member.lines is not None:
                pieces = line_bytes(self._connection, self._contents, member.lines, self._report)
                self._write_pieces(archive, info, pieces, member.lines.size_bytes * _MOST_LONGER)
            elif member.is_folder:
                self._write_pieces(archive, info, (), 0)
            else:
                self._lost(member, "the bundle does not hold it")
        except DAMAGED as error:
            self._lost(member, str(error))

    def _lost(self, member: StoredMember, text: str) -> None:
        self._is_changed = True
        self._report(Finding(text, self._artifact.path, member=member.info.filename))

    @staticmethod
    def _write_pieces(archive: zipfile.ZipFile, info: MemberInfo, pieces: Iterable[bytes], size: int) -> None:
        """Write a member of about `size` bytes, packed as it was if Python packs by that method, else deflated."""
        attributes = info.external_attr
        info.file_size = size
        if not can_write(info.compress_type):
            info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w") as member:
            for piece in pieces:
                member.write(piece)
        info.external_attr = attributes  # zipfile gives it some where it had none

    def _write_raw(self, archive: zipfile.ZipFile, key: str) -> None:
        """Write bytes that are no member, or one that could not be read, as they lay in the archive."""
        stream = archive.fp
        assert stream is not None  # noqa: S101 the archive is open
        stream.seek(archive.start_dir)
        self._copy(key, stream)
        archive.start_dir = stream.tell()

    def _copy(self, key: str, stream: IO[bytes]) -> None:
        with open_blob(self._connection, key) as blob:
            stream.writelines(read_chunks(blob))


def _packing(info: MemberInfo) -> tuple[int, ...]:
    """What the directory says of a member's bytes."""
    return info.compress_type, info.compress_size, info.file_size, info.CRC
