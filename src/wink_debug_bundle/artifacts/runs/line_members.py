"""Members of a run's zip that hold lines: read like files, and hashed on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path

from ...column_values import LedgerStatus, ProblemKind
from ...rows import Batch, DuplicateLinesRow, LedgerRow
from ..accounting.problems import file_problem, problem_batch
from ..accounting.raw_file import missed_range
from ..archives.archive_reader import unreadable_member
from ..read1_stream import Read1Stream
from ..read_errors import UNREADABLE_ZIP, ZipError
from ..source import Member, Source
from ..streams.line_blocks import Block, LongLine, line_blocks
from ..streams.sequential_lines import SequentialLineReader
from ..zip.archive import Zip
from ..zip.headers import Entry
from ..zip.member_stream import MemberStream
from .manifest import APP_LOG, ROOT
from .run_reader import mismatch_error

_COPIED_EVENT = b'"transcript.entry"'


class _HashedStream(Read1Stream):
    """The bytes of a member, which is opened when it is read, and hashed as it passes."""

    def __init__(self, archive: Zip, entry: Entry) -> None:
        self._open = partial(archive.open, entry)
        self._member: MemberStream | None = None
        self._hash = hashlib.sha256()

    def read1(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        if self._member is None:
            self._member = self._open()
        data = self._member.read1(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        """The hash of what has passed."""
        return self._hash.hexdigest()


class LineMember:
    """A member whose lines are read, in stretches that workers share: each unpacks all up to its own last one.

    Raises:
        ZipError: the zip has no such member any more.
    """

    def __init__(
        self, archive: Zip, source: Source, artifact_id: int, read_block: Callable[[Block | LongLine], Iterator[Batch]]
    ) -> None:
        assert source.member is not None  # noqa: S101 only members come here
        self._archive = archive
        self._source = source
        self._entry = _entry_of(archive, source.member)
        self._sha256 = source.member.sha256
        self._read_block = read_block
        self._stream = _HashedStream(archive, self._entry)
        self._lines = SequentialLineReader(self._stream)
        self._artifact_id = artifact_id

    def serves(self, artifact_id: int, first: int) -> bool:
        """Whether it is this artifact, and a stretch that begins at byte `first` can still be read."""
        return artifact_id == self._artifact_id and self._lines.is_before(first)

    def batches(self, first: int, last: int | None, *, block_bytes: int, scratch: Path) -> Iterator[Batch]:
        """Batches of the lines that begin from byte `first` on and before byte `last`, the member's end if None.

        What is wrong with the member, or not as the manifest says, becomes a problem in one of its stretches.
        """
        entry = self._entry
        try:
            for block in self._lines.blocks(first, last, block_bytes):
                counted = 0
                for batch in self._read_block(block):
                    compressed = block.length * entry.compressed_size // max(entry.size, 1)
                    batch.compressed_bytes, counted = compressed - counted, compressed
                    yield batch
        except UNREADABLE_ZIP as error:
            yield from unreadable_member(self._archive, entry, self._artifact_id, error, scratch)
            return
        yield from missed_range(self._source, self._artifact_id, self._lines.missed)
        if last is None and self._lines.is_at_end and self._sha256 not in (None, self._stream.sha256):
            error_text = mismatch_error(self._sha256, self._stream.sha256)
            yield problem_batch(file_problem(self._artifact_id, ProblemKind.MISMATCH, error_text))


def _entry_of(archive: Zip, member: Member) -> Entry:
    if member.number > len(archive.entries):
        raise ZipError(f"the zip became another while it was read: it has {len(archive.entries)} members")
    return archive.entries[member.number - 1]


def copied_lines(archive: Zip, block_bytes: int) -> dict[bytes, int]:
    """The log's lines that the library copies to the transcript: their digests, and their numbers from 1.

    The copy is not to the letter: lines with some rare characters are left out of it. The log has them all, unless
    it was lost or cut.
    """
    entry = archive.find(ROOT + APP_LOG)
    found: dict[bytes, int] = {}
    if entry is None:
        return found
    try:
        blocks = line_blocks(archive.open(entry), offset=0, length=None, size=block_bytes)  # type: ignore[arg-type]
        lines = (line.removesuffix(b"\n") for block in blocks for line in _lines_of(block))
        found.update((_digest(line), number) for number, line in enumerate(lines, 1) if _COPIED_EVENT in line)
    except UNREADABLE_ZIP:
        pass  # as far as the log can be read
    return found


def _lines_of(block: Block | LongLine) -> Iterable[bytes]:
    """The block's lines with their ends; of one that is too long nothing."""
    if isinstance(block, Block):
        return _split(block.data)
    for _ in block:
        pass
    return [b""]


def read_transcript(
    block: Block, artifact_id: int, read: Callable[[Block], Batch], copied: Mapping[bytes, int]
) -> Iterator[Batch]:
    """Batches of one block of the transcript; lines that are not `copied` from the log are read as log records."""
    for is_copied, part in _runs(block, copied):
        if is_copied:
            originals = [copied[_digest(line.removesuffix(b"\n"))] for line in _split(part.data)]
            count = len(originals)
            batch = Batch(artifact_id, line_count=count, source_bytes=len(part.data))
            batch.add(LedgerRow(artifact_id, 1, count, part.offset, len(part.data), LedgerStatus.DUPLICATE, APP_LOG))
            for first, last in _ascending(originals):
                batch.add(DuplicateLinesRow(artifact_id, first + 1, last + 1, originals[first]))
            yield batch
        else:
            yield read(part)


def _ascending(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of numbers that follow each other."""
    first = 0
    for index in range(1, len(numbers) + 1):
        if index == len(numbers) or numbers[index] != numbers[index - 1] + 1:
            yield first, index - 1
            first = index


def _runs(block: Block, copied: Mapping[bytes, int]) -> Iterator[tuple[bool, Block]]:
    """Neighbouring lines that are all copied, or all not."""
    begin = end = 0
    was_copied = False
    for line in _split(block.data):
        is_copied = _digest(line.removesuffix(b"\n")) in copied
        if is_copied != was_copied and end > begin:
            yield was_copied, Block(block.data[begin:end], block.offset + begin)
            begin = end
        was_copied = is_copied
        end += len(line)
    if end > begin:
        yield was_copied, Block(block.data[begin:end], block.offset + begin)


def _split(data: bytes) -> list[bytes]:
    """Lines with their ends, which are line feeds alone."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _digest(line: bytes) -> bytes:
    return blake2b(line, digest_size=16).digest()
