"""Read members of a run's zip that hold lines, and hash them on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ...batch import Batch
from ...column_values import ProblemKind
from ..accounting.problems import file_problem, problem_batch
from ..archives.unread_members import unreadable_member
from ..read1_stream import Read1Stream
from ..read_errors import ZipError
from ..sequential_reader import BlockReader, SequentialReader
from ..source import Member, Source
from ..streams.line_blocks import Block, LongLine
from ..zip.headers import Entry
from ..zip.members import Members
from .copied_lines import CopiedLines, PassingNotes, log_of, read_copied_lines
from .run_reader import mismatch_error


class _HashedStream(Read1Stream):
    """The bytes of a member, which is opened at the first read; they are hashed as they are read."""

    def __init__(self, archive: Members, entry: Entry) -> None:
        self._open = partial(archive.open, entry)
        self._member: Read1Stream | None = None
        self._hash = hashlib.sha256()

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        if self._member is None:
            self._member = self._open()
        data = self._member.read1(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        """Return the SHA-256, in hexadecimal, of the bytes that were read."""
        return self._hash.hexdigest()


class LineMember(SequentialReader):
    """A member whose lines are read in splits; a split is a byte range of the decompressed member.

    Raises:
        ZipError: the zip was replaced, and has no such member any more.
    """

    def __init__(
        self,
        archive: Members,
        source: Source,
        artifact_id: int,
        read_block: BlockReader,
        *,
        block_bytes: int,
        scratch: Path,
    ) -> None:
        assert source.member is not None  # noqa: S101 callers pass only members
        self._archive = archive
        self._entry = _entry_of(archive, source.member)
        self._expected_sha256 = source.member.sha256
        self._hashed = _HashedStream(archive, self._entry)
        self._scratch = scratch
        super().__init__(source, artifact_id, self._hashed, read_block, block_bytes=block_bytes)

    def _compressed_range(self, block: Block | LongLine, _: int, __: int | None) -> tuple[int, int]:
        """Return the block's byte range, scaled to the compressed size of the member."""
        compressed, size = self._entry.compressed_size, max(self._entry.size, 1)
        return block.offset * compressed // size, (block.offset + block.length) * compressed // size

    def _damage_batches(self, error: Exception) -> Iterator[Batch]:
        return unreadable_member(self._archive, self._entry, self._artifact_id, error, self._scratch)

    def _end_batches(self) -> Iterator[Batch]:
        """Yield a problem if the member's SHA-256 differs from the one in the manifest."""
        actual = self._hashed.sha256
        if self._expected_sha256 not in (None, actual):
            error = mismatch_error(self._expected_sha256, actual)
            yield problem_batch(file_problem(self._artifact_id, ProblemKind.MISMATCH, error))


def _entry_of(archive: Members, member: Member) -> Entry:
    if member.number > len(archive.entries):
        raise ZipError(f"the zip was replaced while it was read: it has {len(archive.entries)} members now")
    return archive.entries[member.number - 1]


class LogMember(LineMember):
    """The log of a run; the lines that the library copies to the transcript are noted on the way."""

    def __init__(
        self,
        archive: Members,
        source: Source,
        artifact_id: int,
        read_block: BlockReader,
        *,
        block_bytes: int,
        scratch: Path,
    ) -> None:
        self._notes = PassingNotes(source.size_bytes)
        read = partial(_read_noted, self._notes, read_block)
        super().__init__(archive, source, artifact_id, read, block_bytes=block_bytes, scratch=scratch)

    def copied_lines(self, log: Entry) -> CopiedLines | None:
        """Return the copied lines, if this is the reader of `log`, and has read it from its start to its end or damage."""
        return self._notes.whole(self.bytes_taken) if log == self._entry and self.is_through else None


def _read_noted(notes: PassingNotes, read_block: BlockReader, block: Block | LongLine) -> Iterator[Batch]:
    return read_block(notes.pass_on(block))


def copied_lines(archive: Members, previous: SequentialReader | None) -> CopiedLines:
    """Return the lines of the log that the library copies to the transcript.

    The log is read for it, unless the `previous` reader of the archive has just done so.
    """
    log = log_of(archive)
    noted = previous.copied_lines(log) if isinstance(previous, LogMember) and log is not None else None
    return read_copied_lines(archive, log) if noted is None else noted
