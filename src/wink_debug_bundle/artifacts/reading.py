"""Read a piece of an artifact into batches of rows, whatever the artifact is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..records import Batch, ProblemRow
from .archives import DAMAGE, ArchiveReader
from .blobs import BlobWriter, stream_pieces
from .jsontext import clean
from .logs import read_log_block
from .snapshots import read_snapshot_block
from .source import Compression, Kind, Source
from .streams import UNREADABLE, Block, line_blocks, open_unpacked

BLOCK_BYTES = 8 << 20
"""Bytes of lines that are parsed at once."""

KEEP_LIMIT = 64 << 20
"""Files that were not recognised are kept whole up to this size."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one worker reads at a time.

    For lines, `first` and `last` are byte offsets of the unpacked file; for archives, member numbers counted from
    1, the last one included. `last` is None for everything up to the end. `packed_bytes` is about what the piece takes
    on disk.
    """

    artifact_id: int
    source: Source
    default_session: str | None
    scratch: Path
    packed_bytes: int
    first: int = 0
    last: int | None = None


def read_piece(piece: Piece) -> Iterator[Batch]:
    """Batches of the piece, in the order of the source. Damage becomes problems, never an exception."""
    yield from _READERS[piece.source.kind](piece)


def _read_lines(piece: Piece, read_block: Callable[[Block, int, str | None], Batch]) -> Iterator[Batch]:
    source = piece.source
    length = None if piece.last is None else piece.last - piece.first
    offset = piece.first
    size = BLOCK_BYTES if length is None else max(length, 1)  # a piece of a file is a block
    try:
        with open_unpacked(source) as stream:
            if source.compression is Compression.NONE:
                stream.seek(offset)
            for block in line_blocks(stream, offset=offset, length=length, size=size):
                offset = block.offset + len(block.data)
                yield read_block(block, piece.artifact_id, piece.default_session)
    except UNREADABLE as error:
        yield _unreadable(piece, error, offset)


def _read_logs(piece: Piece) -> Iterator[Batch]:
    return _read_lines(piece, read_log_block)


def _read_snapshots(piece: Piece) -> Iterator[Batch]:
    return _read_lines(piece, read_snapshot_block)


def _read_archive(piece: Piece) -> Iterator[Batch]:
    source = piece.source
    reader = ArchiveReader(source.path, source.name, piece.artifact_id, piece.default_session, piece.scratch)
    try:
        yield from reader.batches(max(piece.first, 1), piece.last)
    except DAMAGE as error:
        yield _unreadable(piece, error, None)
        yield from _keep_whole(piece, f"the zip cannot be opened: {error}")


def _read_unknown(piece: Piece) -> Iterator[Batch]:
    reason = piece.source.reason or "not recognised"
    if piece.source.size_bytes > KEEP_LIMIT:
        batch = Batch(piece.artifact_id)
        batch.add(_unrecognised(piece, f"{reason}; over {KEEP_LIMIT >> 20} MiB, so its bytes are not kept", None))
        yield batch
    else:
        yield from _keep_whole(piece, reason)


def _keep_whole(piece: Piece, reason: str) -> Iterator[Batch]:
    """Keep the file's bytes as they lie on disk."""
    blob = BlobWriter(piece.scratch)
    batch = Batch(piece.artifact_id)
    try:
        with piece.source.path.open("rb") as stream:
            for data in stream_pieces(stream):
                blob.write(data)
    except OSError:
        blob.close()
        batch.add(_unrecognised(piece, reason, None))
    else:
        key = blob.finish()
        yield from blob.batches(piece.artifact_id)
        batch.add(_unrecognised(piece, reason, key))
    yield batch


def _unrecognised(piece: Piece, reason: str, blob: str | None) -> ProblemRow:
    return ProblemRow(piece.artifact_id, None, None, None, "unrecognised", clean(reason), None, blob)


def _unreadable(piece: Piece, error: Exception, offset: int | None) -> Batch:
    batch = Batch(piece.artifact_id)
    text = clean(f"{type(error).__name__}: {error}")
    batch.add(ProblemRow(piece.artifact_id, None, None, offset, "unreadable", text, None, None))
    return batch


_READERS: dict[Kind, Callable[[Piece], Iterator[Batch]]] = {
    Kind.SNAPSHOTS: _read_snapshots,
    Kind.LOGS: _read_logs,
    Kind.ARCHIVE: _read_archive,
    Kind.UNKNOWN: _read_unknown,
}
