"""Zips, made again: the same members in the same order, under the same names, with the same bytes."""

from __future__ import annotations

import sqlite3
import warnings
import zipfile
from collections.abc import Iterable
from typing import IO

from ..artifacts.blobs import stream_pieces
from ..explore.stored import open_blob
from .directory import MemberInfo, can_write
from .findings import Finding
from .line_files import Report, line_bytes
from .members import StoredMember, open_content, stored_members, zip_directory, zip_parts
from .stored import DAMAGED, Contents, StoredArtifact

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

    def write(self, stream: IO[bytes]) -> None:
        """Write the zip.

        Raises:
            BundleError: the bundle does not hold the zip's directory, or it is damaged.
        """
        directory = zip_directory(self._connection, self._artifact)
        loose = zip_parts(self._connection, self._artifact)[:-1]
        with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
            warnings.simplefilter("ignore", UserWarning)  # a name may stand in an archive twice
            for member in stored_members(self._connection, self._contents, self._artifact, directory):
                while loose and member.offset is not None and loose[0].offset < member.offset:
                    self._write_raw(archive, loose.pop(0).sha256)
                self._write_member(archive, member)
            for part in loose:
                self._write_raw(archive, part.sha256)
            archive.comment = directory.comment
        stream.write(directory.rest)

    def _write_member(self, archive: zipfile.ZipFile, member: StoredMember) -> None:
        info = member.info
        try:
            if member.entry is not None:
                begin = archive.start_dir
                self._write_raw(archive, member.entry)
                info.header_offset = begin
                archive.filelist.append(info)
            elif member.content is not None:
                with open_content(self._connection, member.content) as data:
                    self._write_pieces(archive, info, stream_pieces(data), member.content.size)
            elif member.lines is not None:
                pieces = line_bytes(self._connection, self._contents, member.lines, self._report)
                self._write_pieces(archive, info, pieces, member.lines.size_bytes * _MOST_LONGER)
            elif member.is_folder:
                self._write_pieces(archive, info, (), 0)
            else:
                self._lost(member, member.reason or "the bundle does not hold it")
        except DAMAGED as error:
            self._lost(member, str(error))

    def _lost(self, member: StoredMember, text: str) -> None:
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
        with open_blob(self._connection, key) as blob:
            stream.writelines(stream_pieces(blob))
        archive.start_dir = stream.tell()
