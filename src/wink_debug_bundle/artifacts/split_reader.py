"""Read a split of any kind of artifact into batches of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..batch import Batch
from ..column_values import ArtifactKind, Compression, LedgerStatus
from ..rows import LedgerRow, ProblemRow
from .accounting.blobs import KeptBlobs
from .accounting.problems import problem_batch, reason_of, unreadable, unrecognised
from .accounting.raw_file import SHORTER, keep_whole, unread_batches
from .accounting.short_lines import divide
from .archives.archive_reader import ArchiveReader
from .archives.byte_ranges import container_batches
from .archives.unread_members import problem_with_bytes
from .compressed_reader import CompressedFile
from .logs.log_reader import read_log_block
from .logs.long_record import keep_long_line, read_long_record
from .read_errors import UNREADABLE, UNREADABLE_ZIP, ZipError
from .runs.copied_lines import CopiedLines
from .runs.line_members import LineMember, LogMember, copied_lines
from .runs.run_folder import open_members
from .runs.run_reader import RunReader
from .runs.summary_row import unreadable_run_row
from .runs.transcript import read_long_transcript_line, read_transcript
from .sequential_reader import BlockReader, SequentialReader
from .sets.copies import CopiedRunReader, copied_lines_batches, copied_whole
from .snapshots.long_snapshot import divide_snapshots, read_long_snapshot
from .snapshots.snapshot_reader import read_snapshot_block
from .source import Copy, Folder, Source
from .source_opener import open_source
from .streams.line_blocks import Block, LongLine, line_blocks, line_limit
from .zip.members import Members

BLOCK_BYTES = 8 << 20
"""Bytes of lines that are parsed at once."""

_MEMBER_BLOCK_BYTES = 2 * BLOCK_BYTES
"""Block size for members: a split of BLOCK_BYTES stays one block, although its last line ends after it."""


@dataclass(frozen=True, slots=True)
class Split:
    """The part of an artifact that one worker reads at a time.

    For lines, `first` and `last` are byte offsets: in the compressed file if the file is compressed as a whole, else
    in the decompressed bytes. A line belongs to the split in which it begins. For archives, they are member numbers
    counted from 1, `last` included. A `last` of None means the end.
    `compressed_bytes` is about what the split takes on disk. `run_id` is the artifact of the run that the source
    belongs to. With `sessions_only`, tool calls and transcripts are not collected from log records.
    """

    artifact_id: int
    source: Source
    default_session: str | None
    scratch: Path
    compressed_bytes: int
    first: int = 0
    last: int | None = None
    run_id: int | None = None
    sessions_only: bool = False


def may_be_split(source: Source) -> bool:
    """Return whether the source may need more than one block; for a compressed file this is unknown, so True."""
    return source.size_bytes > BLOCK_BYTES or source.compression is not Compression.NONE


class SplitReader:
    """Reads splits one after the other, of any kind of artifact.

    It keeps the last archive or compressed file open, because the next split is likely of the same one, and remembers
    which blobs it has made.
    """

    def __init__(self) -> None:
        self._open: tuple[tuple[Path, Folder | None], Members] | None = None
        self._sequential: SequentialReader | None = None
        self._kept = KeptBlobs()

    def read(self, split: Split) -> Iterator[Batch]:
        """Yield the split's batches, in the order of the source. Damage becomes problems, never an exception."""
        if split.source.copy is not None:
            yield from self._read_copy(split, split.source.copy)
            return
        match split.source.kind:
            case ArtifactKind.LOGS | ArtifactKind.SNAPSHOTS | ArtifactKind.TRANSCRIPT:
                yield from self._line_batches(split)
            case ArtifactKind.ARCHIVE | ArtifactKind.RUN:
                yield from self._read_zip(split)
            case ArtifactKind.UNKNOWN:
                yield from unread_batches(split.source, split.artifact_id, split.scratch)

    def _read_copy(self, split: Split, copy: Copy) -> Iterator[Batch]:
        """Yield the batches of a source that repeats another one: its ledger, and what the other one does not have."""
        if copy.line_count is not None:
            yield from copied_lines_batches(split.source, copy, split.artifact_id, split.scratch)
        elif copy.members is not None:
            yield from self._read_copied_run(split, copy)
        else:
            yield copied_whole(split.source, copy, split.artifact_id)

    def _read_copied_run(self, split: Split, copy: Copy) -> Iterator[Batch]:
        artifact_id, scratch = split.artifact_id, split.scratch
        try:
            archive = self._open_archive(split.source)
            if archive.directory_error is not None:
                raise ZipError(archive.directory_error)
        except UNREADABLE_ZIP as error:
            yield from _keep(split, unreadable(artifact_id, error))
            return
        yield from container_batches(archive, artifact_id, scratch)
        yield from CopiedRunReader(archive, copy, artifact_id, scratch=scratch, kept=self._kept).batches(1, None)

    def close(self) -> None:
        """Close what is open."""
        if self._sequential is not None:
            self._sequential.close()
            self._sequential = None
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _line_batches(self, split: Split) -> Iterator[Batch]:
        if split.source.member is None and split.source.compression is Compression.NONE:
            return _read_lines(split)
        return self._read_sequentially(split)

    def _read_sequentially(self, split: Split) -> Iterator[Batch]:
        """Yield the batches of a split of a compressed file, or of a run's member that holds lines."""
        try:
            archive = None if split.source.member is None else self._open_archive(split.source)
            reader = self._sequential
            if reader is None or not reader.serves(split.artifact_id, split.first):
                self._sequential = reader = self._sequential_reader(archive, split)
        except UNREADABLE_ZIP as error:  # it could be opened at the start, and other workers may still read it
            yield problem_batch(unreadable(split.artifact_id, error))
            return
        yield from reader.batches(split.first, split.last)

    def _sequential_reader(self, archive: Members | None, split: Split) -> SequentialReader:
        """Return the reader of a member of `archive`, or of a compressed file if there is no archive."""
        source, artifact_id, scratch = split.source, split.artifact_id, split.scratch
        if archive is None:
            self.close()
            read_block: BlockReader = partial(_block_batches, split)
            return CompressedFile(source, artifact_id, read_block, block_bytes=BLOCK_BYTES, scratch=scratch)
        if source.kind is ArtifactKind.TRANSCRIPT:
            read_block = partial(_transcript_batches, split, copied_lines(archive, self._sequential))
        else:
            read_block = partial(_block_batches, split)
        reader = LogMember if source.kind is ArtifactKind.LOGS else LineMember
        return reader(archive, source, artifact_id, read_block, block_bytes=_MEMBER_BLOCK_BYTES, scratch=scratch)

    def _read_zip(self, split: Split) -> Iterator[Batch]:
        """Yield the batches of a zip's members, or of the whole file if it cannot be opened as a zip."""
        try:
            archive = self._open_archive(split.source)
        except UNREADABLE_ZIP as error:
            yield problem_batch(unreadable(split.artifact_id, error))
            if split.source.folder is None:
                error_text = f"the zip cannot be opened: {reason_of(error)}"
                yield from _keep(split, unrecognised(split.artifact_id, error_text))
            if split.source.kind is ArtifactKind.RUN:
                yield _unopened_run(split)
            return
        first = max(split.first, 1)
        if first == 1:
            yield from _report_lost_directory(archive, split)
            yield from container_batches(archive, split.artifact_id, split.scratch)
        yield from self._zip_reader(archive, split).batches(first, split.last)

    def _zip_reader(self, archive: Members, split: Split) -> ArchiveReader:
        source, artifact_id, session = split.source, split.artifact_id, split.default_session
        if source.kind is ArtifactKind.RUN:
            return RunReader(archive, source, artifact_id, scratch=split.scratch, kept=self._kept)
        stem = Path(source.name).stem
        return ArchiveReader(
            archive,
            stem,
            artifact_id,
            session,
            scratch=split.scratch,
            kept=self._kept,
            inner=source.inner_members,
        )

    def _open_archive(self, source: Source) -> Members:
        key = source.path, source.folder
        if self._open is None or self._open[0] != key:
            self.close()
            self._open = key, open_members(source)
        return self._open[1]


def _block_batches(split: Split, block: Block | LongLine) -> Iterator[Batch]:
    if isinstance(block, LongLine):
        yield from _read_long_line(split, block)
        return
    for part in divide(block, split.artifact_id):
        if isinstance(part, Batch):
            yield part
        elif split.source.kind is ArtifactKind.SNAPSHOTS:
            for lines in divide_snapshots(part):
                yield from _block_batches(split, lines) if isinstance(lines, LongLine) else [_read_block(split, lines)]
        else:
            yield _read_block(split, part)


def _read_long_line(split: Split, line: LongLine) -> Iterator[Batch]:
    if split.source.kind is ArtifactKind.SNAPSHOTS:
        return read_long_snapshot(line, split.artifact_id, split.default_session, split.scratch)
    blob = keep_long_line(line, split.scratch)
    return read_long_record(line, blob, split.artifact_id, partial(_read_block, split))


def _transcript_batches(split: Split, copied: CopiedLines, block: Block | LongLine) -> Iterator[Batch]:
    if isinstance(block, LongLine):
        read = partial(_read_block, split)
        return read_long_transcript_line(block, split.artifact_id, read, copied, split.scratch)
    return _divided_transcript(split, copied, block)


def _divided_transcript(split: Split, copied: CopiedLines, block: Block) -> Iterator[Batch]:
    for part in divide(block, split.artifact_id):
        if isinstance(part, Batch):
            yield part
        else:
            yield from read_transcript(part, split.artifact_id, partial(_read_block, split), copied)


def _read_block(split: Split, block: Block) -> Batch:
    if split.source.kind is ArtifactKind.SNAPSHOTS:
        return read_snapshot_block(block, split.artifact_id, split.default_session)
    artifact_id, session, run_id = split.artifact_id, split.default_session, split.run_id
    return read_log_block(block, artifact_id, session, run_id, sessions_only=split.sessions_only)


def _keep(split: Split, problem: ProblemRow) -> Iterator[Batch]:
    return keep_whole(split.source, problem, split.scratch)


def _report_lost_directory(archive: Members, split: Split) -> Iterator[Batch]:
    """Yield the problem of a zip without a readable directory, with the whole file: without it, none could be rebuilt."""
    if archive.directory_error is not None:
        problem = unreadable(split.artifact_id, ZipError(archive.directory_error))
        yield from problem_with_bytes(problem, archive.read_range(0, archive.size), split.scratch)


def _unopened_run(split: Split) -> Batch:
    """Return the row of a run whose zip cannot be opened."""
    batch = Batch(split.artifact_id)
    batch.add(unreadable_run_row(split.artifact_id, split.source))
    return batch


def _read_lines(split: Split) -> Iterator[Batch]:
    offset, end = split.first, split.last or 0
    length = None if split.last is None else split.last - split.first
    size = BLOCK_BYTES if length is None else max(length, 1)  # a split of a file is one block
    try:
        with open_source(split.source) as stream:
            stream.seek(offset)
            position = offset
            for block in line_blocks(
                stream, offset=offset, length=length, size=size, limit=line_limit(split.source.kind)
            ):
                for batch in _block_batches(split, block):
                    batch.compressed_bytes, position = stream.tell() - position, stream.tell()
                    yield batch
                offset = block.offset + block.length
        if offset < end:
            raise EOFError(SHORTER)
    except UNREADABLE as error:
        problem = unreadable(split.artifact_id, error, offset)
        batch = problem_batch(problem)
        if offset < end:  # the missing bytes count as one line: their number of lines is unknown
            batch.add(LedgerRow(split.artifact_id, 1, 1, offset, end - offset, LedgerStatus.UNREADABLE, problem.error))
            batch.line_count = 1
        yield batch
