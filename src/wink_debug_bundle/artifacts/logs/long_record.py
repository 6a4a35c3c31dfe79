"""Read a log record whose line is too long to be held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ...batch import Batch
from ...column_values import LedgerStatus, ProblemKind
from ...rows import TABLE_OF, LedgerRow, LineFormRow, LogRow, ProblemRow, RawRecordRow
from ..accounting.blobs import CHUNK_BYTES, BlobWriter
from ..accounting.line_forms import OWN_FORM
from ..accounting.problems import line_problem
from ..lossless_json import clean
from ..read_errors import MalformedError
from ..streams.json_cursor import TooLongError
from ..streams.line_blocks import Block, LongLine
from .shortening import ShortRecord, shorten

ReadBlock = Callable[[Block], Batch]
"""Reads one block of log lines."""

_KEPT = "a long line: its bytes are kept"
_TOO_LONG = "a key is too long: the line is kept and not read"
_OWN_TABLES = [TABLE_OF[each] for each in (LedgerRow, LineFormRow, ProblemRow, RawRecordRow)]
"""Tables whose rows are about the line itself, which is not the one that was read."""


def keep_long_line(chunks: Iterable[bytes], scratch: Path) -> BlobWriter:
    """Return a blob of the line, to be finished."""
    blob = BlobWriter(scratch)
    for chunk in chunks:
        blob.write(chunk)
    return blob


def chunks_of(blob: BlobWriter) -> Iterator[bytes]:
    """Yield the bytes of a finished blob, before its rows are yielded."""
    for offset in range(0, blob.size, CHUNK_BYTES):
        yield blob.read_back(offset, min(CHUNK_BYTES, blob.size - offset))


def read_long_record(line: LongLine, blob: BlobWriter, artifact_id: int, read: ReadBlock) -> Iterator[Batch]:
    """Yield the batches of one long line of a log, which `blob` holds.

    The columns hold what `shorten` leaves of it, and tool calls and transcript entries come of that.
    """
    key = blob.finish()
    try:
        short = shorten(chunks_of(blob))
        batch = record_batch(short, read, offset=line.offset)
    except MalformedError as error:
        batch = _unread(line, key, artifact_id, ProblemKind.MALFORMED, str(error))
    except TooLongError:
        batch = _unread(line, key, artifact_id, ProblemKind.TOO_LONG, _TOO_LONG)
    else:
        reason = _reason(batch, short)
        for table in _OWN_TABLES:
            batch.rows.pop(table, None)
        batch.add(RawRecordRow(artifact_id, 1, reason, None, key))
        batch.add(LedgerRow(artifact_id, 1, 1, line.offset, line.length, LedgerStatus.IMPORTED, None))
        if short.left_out:
            text = clean(f"a record of {blob.size} bytes, read in part; the whole line is a blob: {short.left_out}")
            batch.add(line_problem(artifact_id, 1, line.offset, ProblemKind.TOO_LONG, text, blob_sha256=key))
    yield from blob.batches(artifact_id)
    yield batch


def record_batch(short: ShortRecord, read: ReadBlock, *, offset: int = 0) -> Batch:
    """Return the rows of a shortened record.

    Raises:
        MalformedError: it is not a log record.
    """
    batch = read(Block(short.text + b"\n", offset))
    if not batch.rows.get(TABLE_OF[LogRow]):
        problems = [ProblemRow(*values) for values in batch.rows.get(TABLE_OF[ProblemRow], ())]  # type: ignore[arg-type]
        raise MalformedError(problems[0].error if problems else "not a log record")
    return batch


def _reason(batch: Batch, short: ShortRecord) -> str:
    """Return what the columns do not represent."""
    raw = [RawRecordRow(*values).reason for values in batch.rows.get(TABLE_OF[RawRecordRow], ())]  # type: ignore[arg-type]
    return clean("; ".join([reason for reason in (*raw, short.left_out) if reason and reason != OWN_FORM]) or _KEPT)


def _unread(line: LongLine, key: str, artifact_id: int, kind: ProblemKind, error: str) -> Batch:
    """Return the batch of a line that is no record, or cannot be read."""
    batch = Batch(artifact_id, line_count=1)
    batch.add(line_problem(artifact_id, 1, line.offset, kind, clean(error), blob_sha256=key))
    is_skipped = kind is ProblemKind.TOO_LONG
    status = LedgerStatus.SKIPPED if is_skipped else LedgerStatus.MALFORMED
    batch.add(LedgerRow(artifact_id, 1, 1, line.offset, line.length, status, error if is_skipped else None))
    return batch
