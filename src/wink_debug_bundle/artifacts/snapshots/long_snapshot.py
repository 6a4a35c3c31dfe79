"""Read a snapshot whose line is too long, or has too many items, to be held in memory as objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from ...batch import Batch
from ...column_values import LedgerStatus, ProblemKind
from ...rows import LedgerRow, RawRecordRow, SliceKeyRow, SnapshotRow
from ..accounting.blobs import CHUNK_BYTES, BlobWriter
from ..accounting.problems import line_problem
from ..lossless_json import read_plain_values, read_values
from ..read_errors import MalformedError
from ..streams.json_cursor import TooLongError
from ..streams.line_blocks import LINE_LIMIT, LONG_SNAPSHOT, Block, LongLine, split_lines
from .envelope_scan import StreamedItems, scan_snapshot
from .slice_keys import SliceKeys
from .slices_apart import Slice
from .snapshot_reader import add_items, add_snapshot

_BATCH_WEIGHT = 4 << 20
"""Weight after which a batch of items is complete."""

_MOST_COMMAS = 400_000
"""Commas in lines that are read at once: every item but the first of a list has one before it."""

_KEPT = "a long line: its bytes are kept"
_TOO_LONG = f"one item, or what is beside the items, is over {LINE_LIMIT >> 20} MiB: the line is kept and not read"


class KeptText(Protocol):
    """The text of a long line where it is kept, so that parts of it can be read once more."""

    def read_back(self, offset: int, length: int) -> bytes:
        """Return a part of the text."""


def divide_snapshots(block: Block) -> Iterator[Block | LongLine]:
    """Yield the lines of a block, those that would take too much memory as long lines, in their order."""
    if len(block.data) <= LONG_SNAPSHOT and not _has_many_commas(block.data):
        yield block
        return
    begin, position, commas = 0, 0, 0
    for line in split_lines(block.data):
        count = line.count(b",")
        is_long = len(line) > LONG_SNAPSHOT or count > _MOST_COMMAS
        if position > begin and (is_long or commas + count > _MOST_COMMAS):
            yield Block(block.data[begin:position], block.offset + begin)
            begin, commas = position, 0
        position += len(line)
        if is_long:
            places = range(0, len(line), CHUNK_BYTES)
            yield LongLine(block.offset + begin, (line[place : place + CHUNK_BYTES] for place in places))
            begin, commas = position, 0
        else:
            commas += count
    if position > begin:
        yield Block(block.data[begin:position], block.offset + begin)


def _has_many_commas(text: bytes) -> bool:
    """Return whether a text has more than _MOST_COMMAS commas.

    These are replaced, and it is seen whether any is left, because `replace` is twice as fast as `count` until Python 3.12.
    """
    return b"," in text.replace(b",", b";", _MOST_COMMAS)


def read_long_snapshot(line: LongLine, artifact_id: int, default_session: str | None, scratch: Path) -> Iterator[Batch]:
    """Yield the batches of one long snapshot line, with the line itself as a blob.

    The line is read twice: as it arrives, to check it and to find its items, and from the blob, to make their rows,
    because the session that they belong to is named after them.
    """
    blob = BlobWriter(scratch)
    chunks = blob.passing(line)
    batch = Batch(artifact_id)
    problem: tuple[ProblemKind, LedgerStatus, str] | None = None
    slices: list[Slice] = []
    reason = _KEPT
    session = default_session or ""
    try:
        found = scan_snapshot(chunks)
        session, slices, losses = add_snapshot(batch, found.record, 1, default_session)
        reason = "; ".join(dict.fromkeys([*found.losses, *losses])) or _KEPT
    except MalformedError as error:
        problem = ProblemKind.MALFORMED, LedgerStatus.MALFORMED, str(error)
    except TooLongError:
        problem = ProblemKind.TOO_LONG, LedgerStatus.SKIPPED, _TOO_LONG
    for _ in chunks:
        pass
    key = blob.finish()
    if problem is None:
        yield from _item_batches(batch, blob, slices, session)
    yield from blob.batches(artifact_id)
    last = Batch(artifact_id, line_count=1)
    if problem is None:
        last.record_count = 1
        last.add(RawRecordRow(artifact_id, 1, reason, None, key))
        last.add(LedgerRow(artifact_id, 1, 1, line.offset, line.length, LedgerStatus.IMPORTED, None))
    else:
        kind, status, text = problem
        last.add(line_problem(artifact_id, 1, line.offset, kind, text, blob_sha256=key))
        note = text if status is LedgerStatus.SKIPPED else None
        last.add(LedgerRow(artifact_id, 1, 1, line.offset, line.length, status, note))
    yield last


def remake_long_snapshot(
    chunks: Iterable[bytes], text: KeptText, artifact_id: int, default_session: str | None
) -> Iterator[Batch]:
    """Yield the batches with the rows that a build made of the long line whose `text` is kept and arrives in `chunks`.

    Raises:
        MalformedError: the line is not a snapshot.
        TooLongError: its envelope or one item is longer than LINE_LIMIT.
    """
    found = scan_snapshot(iter(chunks))
    batch = Batch(artifact_id)
    session, slices, _ = add_snapshot(batch, found.record, 1, default_session)
    yield from _item_batches(batch, text, slices, session)


def _item_batches(batch: Batch, text: KeptText, slices: list[Slice], session: str) -> Iterator[Batch]:
    """Yield `batch`, which has the snapshot's row, and more batches, with the rows of all items."""
    for slice_ in slices:
        keys = SliceKeys()
        position = 0
        for items, source_bytes in _lists(slice_, text):
            batch.source_bytes += source_bytes
            add_items(batch, slice_, items, session, first=position)
            keys.add(slice_.slice_type, items)
            position += len(items)
            if batch.weight >= _BATCH_WEIGHT:
                yield batch
                batch = Batch(batch.artifact_id)
                batch.table(SnapshotRow)  # rows of this batch belong to the last snapshot written before
        batch.table(SliceKeyRow).extend(keys.rows())
    yield batch


def _lists(slice_: Slice, text: KeptText) -> Iterator[tuple[list[object], int]]:
    """Yield the items of a slice, as many as are read at once, and the length of their text."""
    if isinstance(slice_.items, list):
        yield slice_.items, 0
        return
    parts = slice_.items.parts if isinstance(slice_.items, StreamedItems) else ()
    for part in parts:
        data = text.read_back(part.offset, part.length)
        yield read_plain_values(data) if part.is_plain else read_values(data).values, part.length
