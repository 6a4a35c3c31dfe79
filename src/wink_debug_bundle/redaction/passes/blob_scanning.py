"""Find and replace secrets in the bytes of blobs; of a long one, memory holds a window."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from ...artifacts.accounting.blobs import BlobWriter, read_chunks
from ...batch import Batch
from ...rows import TABLE_OF, BlobChunkRow
from ...secret_detection.found_secret import FoundSecret
from ..cell_texts.cell_rewriting import Replace, rewrite_cells
from ..cell_texts.cell_scanner import CellScanner

WHOLE_BYTES = 8 << 20
"""A blob of this size is searched at once, and again after it was changed."""
_WINDOW_BYTES = 4 << 20
_OVERLAP_BYTES = 64 << 10
"""The longest secret that is found wherever windows meet."""

_COMPRESSED = (
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\x00",
    b"BZh",
    b"7z\xbc\xaf\x27\x1c",
    b"x\x01",
    b"x\x9c",
    b"x\xda",
)
"""How formats begin whose content cannot be searched where it is."""

_HEAD_BYTES = 8

UNSEARCHABLE = FoundSecret(0, 0, "compressed", "COMPRESSED", b"")


class NewBytes(NamedTuple):
    """The new bytes of a blob."""

    chunks: Iterator[bytes]
    rules: Counter[str]


Open = Callable[[], IO[bytes]]
"""Opens a blob at its beginning."""


def new_bytes(opened: Open, key: str, size: int, scanner: CellScanner, replace: Replace) -> NewBytes | None:
    """Return the new bytes of the blob with this key; None if nothing was found in it."""
    with opened() as stream:
        if is_unsearchable(head := stream.read(_HEAD_BYTES)):
            return NewBytes(iter([replace(UNSEARCHABLE._replace(value=key.encode()))]), Counter([UNSEARCHABLE.rule]))
        if size <= WHOLE_BYTES:
            rewritten = rewrite_cells(scanner, scanner.found([head + stream.read()]), replace)
            return next((NewBytes(iter([each.data]), each.rules) for each in rewritten.values()), None)
    with opened() as stream:
        found = list(found_in_windows(stream, scanner))
    return NewBytes(_replaced(opened, found, replace), Counter(each.rule for each in found)) if found else None


def is_unsearchable(head: bytes) -> bool:
    """Return whether bytes that begin so are compressed."""
    return head.startswith(_COMPRESSED)


def found_in_windows(stream: IO[bytes], scanner: CellScanner) -> Iterator[FoundSecret]:
    """Yield what is found in a long blob, in order and without overlaps."""
    window = stream.read(_WINDOW_BYTES + _OVERLAP_BYTES)
    begin = done = 0
    while window:
        following = stream.read(_WINDOW_BYTES)
        limit = len(window) if not following else len(window) - _OVERLAP_BYTES
        for each in scanner.found([window]).get(window, ()):
            start, end = max(each.start + begin, done), each.end + begin
            if each.start < limit and start < end:
                done = end
                yield each._replace(start=start, end=end)
        begin += limit
        window = window[limit:] + following if following else b""


def _replaced(opened: Open, found: list[FoundSecret], replace: Replace) -> Iterator[bytes]:
    place = 0
    with opened() as stream:
        for each in found:
            yield from read_chunks(stream, each.start - place)
            yield replace(each)
            for _ in read_chunks(stream, each.end - each.start):
                pass
            place = each.end
        yield from read_chunks(stream)


class StoredBytes(NamedTuple):
    """What to know of a blob that was written: its key, size and CRC-32."""

    key: str
    size: int
    crc: int


def store_bytes(chunks: Iterator[bytes], folder: Path) -> Iterator[bytes | StoredBytes]:
    """Yield the compressed chunks of a blob, and then what to know of it."""
    writer, crc = BlobWriter(folder), 0
    for chunk in chunks:
        crc = zlib.crc32(chunk, crc)
        writer.write(chunk)
    key = writer.finish()
    for batch in writer.batches(0):
        yield from _frames(batch)
    yield StoredBytes(key, writer.size, crc)


def _frames(batch: Batch) -> Iterator[bytes]:
    for row in batch.rows.get(TABLE_OF[BlobChunkRow], ()):
        yield bytes(row[-1])  # type: ignore[arg-type]
