"""Compare a bundle with the files that it was built from."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import IO, NamedTuple

from ..artifacts.accounting.blobs import read_chunks
from ..artifacts.discovery import discover
from ..artifacts.read_errors import UNREADABLE, UNREADABLE_ZIP
from ..artifacts.split_reader import BLOCK_BYTES
from ..artifacts.streams.decompression import decompress
from ..artifacts.streams.line_blocks import LongLine, line_blocks
from ..artifacts.zip.archive import Zip
from ..artifacts.zip.headers import Entry
from ..artifacts.zip.member_stream import MemberStream
from ..column_values import Compression, LedgerStatus
from ..explore.stored_files import open_blob
from .artifact_rows import DAMAGED, Contents, StoredArtifact, whole_blob
from .confined_folder import safe_parts
from .findings import Finding
from .json_equality import same_record
from .line_files import Report, absence
from .line_rebuild import Line, stored_lines
from .stored_members import StoredMember, open_content, stored_members, zip_directory, zip_parts

_ENTRY_OFFSET = "SELECT offset FROM problems WHERE artifact_id = ? AND member IS NOT NULL AND blob_sha256 = ?"


_NO_LIMIT = 1 << 62
"""What may come of a source, in bytes: the bundle tells what was left out."""

_UNEQUAL = "is not equal to what the bundle holds"


class _LongLine(NamedTuple):
    """A line of the source that is too long to be held."""

    sha256: str


class Comparison:
    """Compares one artifact after the other with its source below `folder`; `report` is told what differs."""

    def __init__(self, connection: sqlite3.Connection, contents: Contents, folder: Path, report: Report) -> None:
        self._connection = connection
        self._contents = contents
        self._folder = folder
        self._report = report

    def compare(self, artifact: StoredArtifact) -> None:
        """Prove that the bundle holds all of the artifact's source."""
        path = self._path(artifact)
        try:
            if not path.is_file():
                if artifact.size_bytes or path.exists():
                    self._say(artifact, f"{path}: {'not a regular file' if path.exists() else 'there is no such file'}")
                return
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
                if artifact.sha256 is not None and found != artifact.sha256:
                    self._say(artifact, "is not the file that the bundle was built from: its SHA-256 is another")
                stream.seek(0)
                self._compare_contents(artifact, stream)
        except (OSError, *DAMAGED) as error:
            self._say(artifact, str(error))

    def compare_names(self) -> None:
        """Find the files that the bundle does not have; of a file that links lead to it has one name."""
        recursive = any("/" in artifact.path for artifact in self._contents.files)
        known = {self._path(artifact).resolve() for artifact in self._contents.files}
        for source in discover(self._folder, recursive=recursive):
            if source.path.resolve() not in known:
                self._report(Finding("is not in the bundle", source.name))

    def _path(self, artifact: StoredArtifact) -> Path:
        """Where the artifact's source is looked for: where `extract` would write it."""
        name = b"/".join(safe_parts(artifact.raw_path or os.fsencode(artifact.path)))
        return self._folder / os.fsdecode(name)

    def _say(self, artifact: StoredArtifact, text: str, line: int | None = None, member: str | None = None) -> None:
        self._report(Finding(text, artifact.path, line, member))

    def _compare_contents(self, artifact: StoredArtifact, stream: IO[bytes]) -> None:
        blob = whole_blob(self._connection, artifact)
        if blob is not None:
            with open_blob(self._connection, blob) as kept:
                if not _same_bytes(stream, kept):
                    self._say(artifact, "its bytes are not those that the bundle holds")
        elif artifact.is_zip:
            self._compare_zip(artifact, stream)
        elif artifact.has_lines:
            with decompress(stream, Compression(artifact.compression), _NO_LIMIT) as decompressed:  # type: ignore[arg-type]
                self._compare_lines(artifact, decompressed)
        else:
            self._say(artifact, "the bundle does not hold its bytes")

    def _compare_lines(self, artifact: StoredArtifact, stream: IO[bytes]) -> None:
        stored = stored_lines(self._connection, self._contents, artifact)
        for number, (raw, line) in enumerate(zip_longest(self._source_lines(artifact, stream), stored), 1):
            if line is None:
                self._say(artifact, "the bundle does not have this line", number)
            elif raw is None:
                self._say(artifact, "the source does not have this line", number)
            elif (fault := _difference(raw, line)) is not None:
                self._say(artifact, fault, number)

    def _source_lines(self, artifact: StoredArtifact, stream: IO[bytes]) -> Iterator[bytes | _LongLine]:
        try:
            for block in line_blocks(stream, offset=0, length=None, size=BLOCK_BYTES):  # type: ignore[arg-type]
                if isinstance(block, LongLine):
                    yield _long_line(block)
                    continue
                lines = block.data.split(b"\n")
                if not lines[-1]:
                    lines.pop()
                yield from lines
        except (*UNREADABLE, *UNREADABLE_ZIP) as error:
            self._say(artifact, f"its source cannot be read: {error}")

    def _compare_zip(self, artifact: StoredArtifact, stream: IO[bytes]) -> None:
        for part in zip_parts(self._connection, artifact):
            self._compare_range(artifact, stream, part.offset, part.sha256, f"the bytes at {part.offset}")
        directory = zip_directory(self._connection, artifact)
        try:
            archive = Zip(self._path(artifact), _NO_LIMIT)
        except UNREADABLE_ZIP as error:
            self._say(artifact, f"its source cannot be opened: {error}")
            return
        with archive:
            entries = archive.entries
            if len(entries) != len(directory.members):
                self._say(artifact, f"its source has {len(entries)} members, and the bundle {len(directory.members)}")
            members = stored_members(self._connection, self._contents, artifact, directory)
            for entry, member in zip(entries, members, strict=False):
                self._compare_member(artifact, archive, stream, entry, member)

    def _compare_member(
        self, artifact: StoredArtifact, archive: Zip, stream: IO[bytes], entry: Entry, member: StoredMember
    ) -> None:
        name = member.info.filename
        if member.entry is not None:
            owners = [artifact, *self._contents.within.get(artifact.id, [])]
            for owner in owners:
                for (offset,) in self._connection.execute(_ENTRY_OFFSET, (owner.id, member.entry)):
                    self._compare_range(artifact, stream, offset, member.entry, f"the entry of {name}")
        elif member.content is not None or member.lines is not None:
            try:
                self._compare_bytes(artifact, member, archive.open(entry))
            except UNREADABLE_ZIP as error:
                self._say(artifact, f"its source cannot be read: {error}", member=name)
        elif member.is_bare:
            if entry.has_bytes:
                self._say(artifact, "its source has bytes, and the bundle does not hold them", member=name)
        elif not member.is_folder:
            self._say(artifact, "the bundle does not hold it", member=name)

    def _compare_bytes(self, artifact: StoredArtifact, member: StoredMember, source: MemberStream) -> None:
        if member.lines is not None:
            self._compare_lines(member.lines, source)  # type: ignore[arg-type]
        elif member.content is not None:
            with open_content(self._connection, member.content) as kept:
                if not _same_bytes(source, kept):
                    text = "its bytes are not those that the bundle holds"
                    self._say(artifact, text, member=member.info.filename)

    def _compare_range(self, artifact: StoredArtifact, stream: IO[bytes], offset: int, key: str, what: str) -> None:
        """Compare a blob with the bytes of the source that begin at `offset`."""
        stream.seek(offset)
        with open_blob(self._connection, key) as kept:
            for piece in read_chunks(kept):
                if stream.read(len(piece)) != piece:
                    self._say(artifact, f"{what} are not those that the bundle holds")
                    return


def _long_line(line: LongLine) -> _LongLine:
    found = hashlib.sha256()
    for piece in line:
        found.update(piece)
    return _LongLine(found.hexdigest())


def _difference(raw: bytes | _LongLine, line: Line) -> str | None:
    """What differs between a line of the source and the bundle's; None if nothing does."""
    if line.blob is not None or isinstance(raw, _LongLine):
        key = raw.sha256 if isinstance(raw, _LongLine) else hashlib.sha256(raw).hexdigest()
        return None if key == line.blob else _UNEQUAL
    if line.status == LedgerStatus.BLANK:
        return "is blank in the bundle" if raw.strip() else None
    if line.data is None:
        return absence(line)
    if line.status in (LedgerStatus.IMPORTED, LedgerStatus.DUPLICATE) and same_record(raw, line.data):
        return None
    if raw == line.data:
        return None
    return _UNEQUAL


def _same_bytes(one: IO[bytes] | MemberStream, other: IO[bytes]) -> bool:
    for piece in read_chunks(one):
        if other.read(len(piece)) != piece:
            return False
    return not other.read(1)
