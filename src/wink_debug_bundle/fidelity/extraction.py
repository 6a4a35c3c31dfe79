"""Write the artifacts of a bundle back as files."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Container, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from ..artifacts.accounting.blobs import read_chunks
from ..database.connection import protected_files
from ..errors import BundleError, DamagedBundleError
from ..explore.expansion import limited_to
from ..explore.stored_files import open_blob
from ..packing.frame_header import ByteProgress
from .artifact_rows import DAMAGED, Contents, StoredArtifact, lost_bytes, read_contents, whole_blob
from .confined_folder import ConfinedFolder
from .findings import Extraction, Finding, Findings
from .redaction_mark import is_redacted, redaction_remark
from .stored_members import StoredMember, stored_members, zip_directory
from .zip_rebuild import ArtifactBytes


def extract(
    connection: sqlite3.Connection,
    output: Path,
    *,
    force: bool,
    progress: ByteProgress | None,
    limit: int,
    chosen: Container[int] | None = None,
) -> Extraction:
    """Write every artifact of the bundle below the folder `output`, under its own name; at most `limit` bytes in all.

    With `chosen`, only the files and folders with these ids are written.

    JSON lines are written equal in value and order; malformed lines and all other files are written byte for byte.
    Zips get the same members in the same order. Compressed files are compressed again.

    Raises:
        BundleExistsError: the folder is not empty and `force` is not set.
        BundleError: the folder or a file in it cannot be written.
        DamagedBundleError: the bundle is damaged.
    """
    try:
        contents = read_contents(connection)
        folder = ConfinedFolder(
            output, force=force, protected=protected_files(connection)
        )  # an artifact may have the bundle's name
        with closing(_Extractor(connection, contents, folder)) as extractor, limited_to(limit):
            files = [each for each in contents.files if chosen is None or each.id in chosen]
            total = sum(artifact.size_bytes for artifact in files)
            done = 0
            for artifact in files:
                extractor.write(artifact)
                done += artifact.size_bytes
                if progress is not None:
                    progress(done, total)
            return extractor.result()
    except OSError as error:
        raise BundleError(f"{output}: cannot be written: {error.strerror or error}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedBundleError(f"the bundle is damaged: {error}") from error


class _Extractor:
    """Writes artifacts one at a time, and counts them."""

    def __init__(self, connection: sqlite3.Connection, contents: Contents, folder: ConfinedFolder) -> None:
        self._connection = connection
        self._contents = contents
        self._folder = folder
        self._is_redacted = is_redacted(connection)
        self._rebuild = ArtifactBytes(connection, contents)
        self._findings = Findings()
        self._files = self._exact = self._bytes = self._listed = 0

    def write(self, artifact: StoredArtifact) -> None:
        """Write the artifact's file, or the files of its folder; report what the bundle does not hold of it."""
        if artifact.is_listed:
            self._listed += 1
            return
        name = artifact.raw_path or os.fsencode(artifact.path)
        if artifact.is_folder:
            self._write_folder(name, artifact)
            return
        blob = whole_blob(self._connection, artifact)
        lost = lost_bytes(self._connection, artifact, blob, is_redacted=self._is_redacted)
        if lost is not None:
            self._findings.add(Finding(lost, artifact.path))
        if blob is not None or artifact.has_lines or artifact.is_zip:
            chunks = self._rebuild.of_artifact(artifact, self._findings.add)
            self._write_file(name, artifact, artifact.sha256, chunks)

    def _write_folder(self, name: bytes, artifact: StoredArtifact) -> None:
        """Write the files of a run's folder."""
        try:
            directory = zip_directory(self._connection, artifact)
            for member in stored_members(self._connection, self._contents, artifact, directory):
                chunks = self._member_bytes(member)
                self._write_file(b"%b/%b" % (name, member.info.raw_name), artifact, member.info.sha256, chunks)
        except DAMAGED as error:
            self._findings.add(Finding(str(error), artifact.path))

    def _member_bytes(self, member: StoredMember) -> Iterator[bytes]:
        """Yield the bytes of a file of a folder, as far as they could be read."""
        if member.entry_blob is None:
            yield from self._rebuild.of_member(member, self._findings.add)
            return
        with open_blob(self._connection, member.entry_blob) as data:
            yield from read_chunks(data)

    def _write_file(self, name: bytes, artifact: StoredArtifact, sha256: str | None, chunks: Iterator[bytes]) -> None:
        """Write one file that should have the hash `sha256`."""
        try:
            with self._folder.create(name) as (stream, written):
                stream.writelines(chunks)
                stream.flush()
                self._count_file(stream, sha256)
                _set_time(stream, artifact)
        except DAMAGED as error:
            self._findings.add(Finding(str(error), artifact.path))
            return
        if written != name.lstrip(b"/").removeprefix(b"./"):
            self._findings.add(Finding(f"was written as {os.fsdecode(written)}", artifact.path))

    def _count_file(self, stream: IO[bytes], sha256: str | None) -> None:
        """Count the file, its bytes, and whether it has the hash of its source."""
        self._files += 1
        self._bytes += stream.seek(0, 2)
        stream.seek(0)
        self._exact += hashlib.file_digest(stream, "sha256").hexdigest() == sha256  # type: ignore[arg-type]

    def result(self) -> Extraction:
        """Return what was written."""
        redaction = redaction_remark(self._connection)
        return Extraction(self._files, self._exact, self._bytes, self._findings.all(), self._listed, redaction)

    def close(self) -> None:
        """Close the folder."""
        self._folder.close()


def _set_time(stream: IO[bytes], artifact: StoredArtifact) -> None:
    """Give the file the modification time of its source."""
    with suppress(ValueError, TypeError, OverflowError):
        modified = datetime.fromisoformat(artifact.modified_at or "").timestamp()
        os.utime(stream.fileno(), (modified, modified))
