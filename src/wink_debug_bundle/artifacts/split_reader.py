"""Read a piece of an artifact into batches of rows, whatever the artifact is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..rows import Batch, LedgerRow, ProblemRow
from .accounting.ledger import keep_line
from .accounting.raw_file import SHORTER, batch_of, keep_whole, unreadable, unrecognised
from .archives.archive_reader import UNREADABLE as LOST
from .archives.archive_reader import ArchiveReader, kept_with
from .archives.byte_ranges import container_batches
from .compressed_reader import PackedFile
from .logs.log_reader import read_log_block
from .runs.line_members import LineMember, copied_lines, read_transcript
from .runs.run_reader import RunReader
from .runs.summary_row import lost_run_row
from .snapshots.snapshot_reader import read_snapshot_block
from .source import EXPANSION, Compression, Kind, Source
from .streams.line_blocks import UNREADABLE, Block, ExpansionError, LongLine, line_blocks
from .zip.archive import DAMAGE, Zip
from .zip.headers import ZipError

BLOCK_BYTES = 8 << 20
"""Bytes of lines that are parsed at once."""

_STRETCH_BYTES = 2 * BLOCK_BYTES
"""So that a stretch of a member is one block, though its last line ends behind it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one worker reads at a time.

    For lines, `first` and `last` are byte offsets, of the packed file if it is packed as a whole, else of what is
    unpacked, and a line belongs to the piece that it begins in; for archives, they are member numbers counted from 1, the
    last one included. `last` is None for everything up to the end.
    `packed_bytes` is about what the piece takes on disk, `run_id` the artifact of the run that the source belongs to. Of
    log records that are `sessions_only`, tool calls and transcripts are not put together.
    """

    artifact_id: int
    source: Source
    default_session: str | None
    scratch: Path
    packed_bytes: int
    first: int = 0
    last: int | None = None
    run_id: int | None = None
    sessions_only: bool = False


def is_cut(source: Source) -> bool:
    """Whether the source's lines may be read in more than one block; of a packed file nobody knows before."""
    return source.size_bytes > BLOCK_BYTES or source.compression is not Compression.NONE


class PieceReader:
    """Reads pieces one after the other, of whatever kind their artifacts are.

    It keeps the last archive or packed file open, because its next piece is likely of the same one, and remembers
    which blobs it has made.
    """

    def __init__(self) -> None:
        self._open: tuple[Path, Zip] | None = None
        self._member: LineMember | None = None
        self._packed: PackedFile | None = None
        self._kept: set[str] = set()

    def read(self, piece: Piece) -> Iterator[Batch]:
        """Batches of the piece, in the order of the source. Damage becomes problems, never an exception."""
        match piece.source.kind:
            case Kind.LOGS | Kind.SNAPSHOTS | Kind.TRANSCRIPT:
                yield from self._lines(piece)
            case Kind.ARCHIVE | Kind.RUN:
                yield from self._read_zip(piece)
            case Kind.UNKNOWN:
                yield from _keep(piece, unrecognised(piece.artifact_id, piece.source.reason or "not recognised"))

    def close(self) -> None:
        """Close what is open."""
        self._member = None
        if self._packed is not None:
            self._packed.close()
            self._packed = None
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _lines(self, piece: Piece) -> Iterator[Batch]:
        if piece.source.member is not None:
            return self._read_member(piece)
        return _read_lines(piece) if piece.source.compression is Compression.NONE else self._read_packed(piece)

    def _read_packed(self, piece: Piece) -> Iterator[Batch]:
        """Batches of a stretch of a packed file, and the whole file with its damage, if that is met there."""
        file = self._packed
        if file is None or not file.serves(piece.artifact_id, piece.first):
            self.close()
            self._packed = file = PackedFile(piece.source, piece.artifact_id, partial(_block_batches, piece))
        try:
            yield from file.batches(piece.first, piece.last, block_bytes=BLOCK_BYTES)
        except UNREADABLE as error:
            problem = unreadable(piece.artifact_id, error, file.offset)
            if isinstance(error, ExpansionError):
                problem = problem._replace(kind=EXPANSION, error=str(error))
            yield from _keep(piece, problem)

    def _read_zip(self, piece: Piece) -> Iterator[Batch]:
        """Batches of a zip's members, or the zip itself where it cannot be opened."""
        try:
            archive = self._archive(piece.source)
        except DAMAGE as error:
            yield batch_of(unreadable(piece.artifact_id, error))
            yield from _keep(piece, unrecognised(piece.artifact_id, f"the zip cannot be opened: {error}"))
            if piece.source.kind is Kind.RUN:
                yield _lost_run(piece)
            return
        first = max(piece.first, 1)
        if first == 1:
            yield from _lost_directory(archive, piece)
            yield from container_batches(archive, piece.artifact_id, piece.scratch)
        yield from self._zip_reader(archive, piece).batches(first, piece.last)

    def _zip_reader(self, archive: Zip, piece: Piece) -> ArchiveReader:
        source, artifact_id, session = piece.source, piece.artifact_id, piece.default_session
        if source.kind is Kind.RUN:
            return RunReader(archive, source, artifact_id, scratch=piece.scratch, kept=self._kept)
        stem = Path(source.name).stem
        return ArchiveReader(archive, stem, artifact_id, session, scratch=piece.scratch, kept=self._kept)

    def _read_member(self, piece: Piece) -> Iterator[Batch]:
        """Batches of a run's member that holds lines; they are hashed on the way, and compared with the manifest."""
        try:
            member = self._line_member(self._archive(piece.source), piece)
        except DAMAGE as error:  # it could be opened when the build began: other readers may have it open
            yield batch_of(unreadable(piece.artifact_id, error))
            return
        yield from member.batches(piece.first, piece.last, block_bytes=_STRETCH_BYTES, scratch=piece.scratch)

    def _line_member(self, archive: Zip, piece: Piece) -> LineMember:
        member = self._member
        if member is None or not member.serves(piece.artifact_id, piece.first):
            read_block = self._line_reader(archive, piece)
            self._member = member = LineMember(archive, piece.source, piece.artifact_id, read_block)
        return member

    def _line_reader(self, archive: Zip, piece: Piece) -> Callable[[Block | LongLine], Iterator[Batch]]:
        """What reads one block of the member's lines."""
        if piece.source.kind is Kind.TRANSCRIPT:
            copied = copied_lines(archive, BLOCK_BYTES)
            return partial(_transcript_batches, piece, copied)
        return partial(_block_batches, piece)

    def _archive(self, source: Source) -> Zip:
        if self._open is None or self._open[0] != source.path:
            self.close()
            self._open = source.path, Zip(source.path, source.limit)
        return self._open[1]


def _block_batches(piece: Piece, block: Block | LongLine) -> Iterator[Batch]:
    if isinstance(block, LongLine):
        yield from keep_line(block, piece.artifact_id, piece.scratch)
    else:
        yield _read_block(piece, block)


def _transcript_batches(piece: Piece, copied: Mapping[bytes, int], block: Block | LongLine) -> Iterator[Batch]:
    if isinstance(block, LongLine):
        return _block_batches(piece, block)
    return read_transcript(block, piece.artifact_id, partial(_read_block, piece), copied)


def _read_block(piece: Piece, block: Block) -> Batch:
    if piece.source.kind is Kind.SNAPSHOTS:
        return read_snapshot_block(block, piece.artifact_id, piece.default_session)
    artifact_id, session, run_id = piece.artifact_id, piece.default_session, piece.run_id
    return read_log_block(block, artifact_id, session, run_id, sessions_only=piece.sessions_only)


def _keep(piece: Piece, problem: ProblemRow) -> Iterator[Batch]:
    return keep_whole(piece.source, problem, piece.scratch)


def _lost_directory(archive: Zip, piece: Piece) -> Iterator[Batch]:
    """Batches that tell that the zip's directory is lost, with the whole file, which nothing else could be written back from."""
    if archive.lost is not None:
        problem = unreadable(piece.artifact_id, ZipError(archive.lost))
        yield from kept_with(problem, archive.stretch(0, archive.size), piece.scratch)


def _lost_run(piece: Piece) -> Batch:
    batch = Batch(piece.artifact_id)
    batch.add(lost_run_row(piece.artifact_id, piece.source))
    return batch


def _read_lines(piece: Piece) -> Iterator[Batch]:
    offset, end = piece.first, piece.last or 0
    length = None if piece.last is None else piece.last - piece.first
    size = BLOCK_BYTES if length is None else max(length, 1)  # a piece of a file is a block
    try:
        with piece.source.path.open("rb") as stream:
            stream.seek(offset)
            position = offset
            for block in line_blocks(stream, offset=offset, length=length, size=size):
                for batch in _block_batches(piece, block):
                    batch.packed_bytes, position = stream.tell() - position, stream.tell()
                    yield batch
                offset = block.offset + block.length
        if offset < end:
            raise EOFError(SHORTER)
    except UNREADABLE as error:
        problem = unreadable(piece.artifact_id, error, offset)
        batch = batch_of(problem)
        if offset < end:  # nobody knows how many lines it would have been
            batch.add(LedgerRow(piece.artifact_id, 1, 1, offset, end - offset, LOST, problem.error))
            batch.line_count = 1
        yield batch
