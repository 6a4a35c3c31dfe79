"""Read members of a run's zip that hold lines, hash them on the way, and find lines that a transcript copies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path

from ...batch import Batch
from ...column_values import LedgerStatus, ProblemKind
from ...rows import DuplicateLinesRow, LedgerRow
from ..accounting.problems import file_problem, problem_batch
from ..archives.archive_reader import unreadable_member
from ..logs.long_record import keep_long_line, read_long_record
from ..read1_stream import Read1Stream
from ..read_errors import UNREADABLE_ZIP, ZipError
from ..sequential_reader import BlockReader, SequentialReader
from ..source import Member, Source
from ..streams.line_blocks import Block, LongLine, line_blocks, split_lines
from ..zip.headers import Entry
from ..zip.members import Members
from .manifest import APP_LOG, ROOT
from .run_reader import mismatch_error

_DIGEST_BYTES = 16
_COPIED_EVENT = b'"transcript.entry"'
"""Text in every line of a log that the library copies to the transcript."""


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


def copied_lines(archive: Members, block_bytes: int) -> dict[bytes, int]:
    """Return the digests of the log's lines that the library copies to the transcript, with the lines' numbers from 1.

    The transcript omits lines with some rare characters. The log has them all, unless it is missing or truncated.
    """
    entry = archive.find(ROOT + APP_LOG)
    numbers: dict[bytes, int] = {}
    if entry is None:
        return numbers
    try:
        blocks = line_blocks(archive.open(entry), offset=0, length=None, size=block_bytes)  # type: ignore[arg-type]
        digests = (digest for block in blocks for digest in _digests_of(block))
        numbers.update((digest, number) for number, digest in enumerate(digests, 1) if digest is not None)
    except UNREADABLE_ZIP:
        pass  # the lines before the damage are enough
    return numbers


def _digests_of(block: Block | LongLine) -> Iterator[bytes | None]:
    """Yield the digest of each line of a block that the library may copy, and None for each other line."""
    if isinstance(block, Block):
        for line in split_lines(block.data):
            yield _digest(line.removesuffix(b"\n")) if _COPIED_EVENT in line else None
        return
    hashed = _HashedLine(block)
    for _ in hashed:
        pass
    yield hashed.digest


class _HashedLine:
    """The chunks of a long line; they are hashed on the way."""

    def __init__(self, line: LongLine) -> None:
        self._chunks = iter(line)
        self._hash = blake2b(digest_size=_DIGEST_BYTES)

    def __iter__(self) -> Iterator[bytes]:
        """Return the chunks."""
        return self

    def __next__(self) -> bytes:
        """Return the next chunk."""
        chunk = next(self._chunks)
        self._hash.update(chunk)
        return chunk

    @property
    def digest(self) -> bytes:
        """Return the digest of the chunks."""
        return self._hash.digest()


def read_long_transcript_line(
    line: LongLine, artifact_id: int, read: Callable[[Block], Batch], copied: Mapping[bytes, int], scratch: Path
) -> Iterator[Batch]:
    """Yield the batches of a long line of the transcript: of a record, unless the line is `copied` from the log."""
    hashed = _HashedLine(line)
    blob = keep_long_line(hashed, scratch)
    original = copied.get(hashed.digest)
    if original is None:
        yield from read_long_record(line, blob, artifact_id, read)
        return
    blob.close()
    batch = Batch(artifact_id, line_count=1)
    batch.add(LedgerRow(artifact_id, 1, 1, line.offset, line.length, LedgerStatus.DUPLICATE, APP_LOG))
    batch.add(DuplicateLinesRow(artifact_id, 1, 1, original))
    yield batch


def read_transcript(
    block: Block, artifact_id: int, read: Callable[[Block], Batch], copied: Mapping[bytes, int]
) -> Iterator[Batch]:
    """Yield batches of one block of the transcript; lines that are not `copied` from the log are read as log records."""
    for is_copied, part in _copied_ranges(block, copied):
        if is_copied:
            originals = [copied[_digest(line.removesuffix(b"\n"))] for line in split_lines(part.data)]
            count = len(originals)
            batch = Batch(artifact_id, line_count=count, source_bytes=len(part.data))
            batch.add(LedgerRow(artifact_id, 1, count, part.offset, len(part.data), LedgerStatus.DUPLICATE, APP_LOG))
            for first, last in _consecutive(originals):
                batch.add(DuplicateLinesRow(artifact_id, first + 1, last + 1, originals[first]))
            yield batch
        else:
            yield read(part)


def _consecutive(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each sequence of consecutive numbers."""
    first = 0
    for index in range(1, len(numbers) + 1):
        if index == len(numbers) or numbers[index] != numbers[index - 1] + 1:
            yield first, index - 1
            first = index


def _copied_ranges(block: Block, copied: Mapping[bytes, int]) -> Iterator[tuple[bool, Block]]:
    """Yield each range of neighbouring lines that are all copied or all not, and whether they are copied."""
    begin = end = 0
    was_copied = False
    for line in split_lines(block.data):
        is_copied = _digest(line.removesuffix(b"\n")) in copied
        if is_copied != was_copied and end > begin:
            yield was_copied, Block(block.data[begin:end], block.offset + begin)
            begin = end
        was_copied = is_copied
        end += len(line)
    if end > begin:
        yield was_copied, Block(block.data[begin:end], block.offset + begin)


def _digest(line: bytes) -> bytes:
    return blake2b(line, digest_size=_DIGEST_BYTES).digest()
