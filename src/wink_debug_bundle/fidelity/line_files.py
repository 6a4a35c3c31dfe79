"""Rebuild the bytes of line files: the lines with their line ends, compressed as the source was."""

from __future__ import annotations

import gzip
import lzma
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import IO, cast

import zstandard

from ..artifacts.accounting.blobs import read_chunks
from ..column_values import Compression, LedgerStatus
from ..explore.expansion import spend
from ..explore.stored_files import open_blob
from .artifact_rows import Contents, StoredArtifact, ledger_ranges
from .findings import Finding
from .line_rebuild import Line, stored_lines

_RAW_BYTES = """
SELECT coalesce(sum(coalesce(length(raw), size_bytes) - (coalesce(last_line, line) - line)), 0)
FROM problems LEFT JOIN blobs ON sha256 = blob_sha256
WHERE artifact_id = ? AND line BETWEEN ? AND ? AND problems.kind IN ('malformed', 'too long')
"""

Report = Callable[[Finding], None]
"""Called with each finding."""


def line_bytes(
    connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, report: Report
) -> Iterator[bytes]:
    """Yield the bytes of the artifact's lines with their line ends; report lines that the bundle does not hold."""
    total, is_unterminated = _end(connection, artifact)
    written = 0
    for line in stored_lines(connection, contents, artifact):
        if not line.is_held:
            report(Finding(missing_line_text(line), artifact.path, line.number))
            continue
        if written:
            yield b"\n"
        for chunk in line_chunks(connection, line):
            yield chunk
            written += len(chunk)
        written += 1
    if written and not (is_unterminated or written - 1 == total):
        yield b"\n"


def line_chunks(connection: sqlite3.Connection, line: Line) -> Iterator[bytes]:
    """Yield the bytes of a line that the bundle holds; those of a long line chunk by chunk."""
    if line.blob is None:
        spend(len(line.data or b""))
        yield line.data or b""
        return
    with open_blob(connection, line.blob) as blob:
        yield from read_chunks(blob)


def missing_line_text(line: Line) -> str:
    """Return what to report about a line that the bundle does not hold."""
    if line.status == LedgerStatus.UNREADABLE:
        return "could not be read when the bundle was built"
    return f"the ledger says {line.status}, but the bundle does not hold the line"


def compressor(stream: IO[bytes], artifact: StoredArtifact) -> AbstractContextManager[IO[bytes]]:
    """Return a stream that compresses into `stream` as the artifact was compressed.

    The compressed bytes may differ from the source's, as compressors and their settings differ.
    """
    match artifact.compression:
        case Compression.GZIP:
            compressed = gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0)
            return cast("AbstractContextManager[IO[bytes]]", compressed)
        case Compression.ZSTD:
            writer = zstandard.ZstdCompressor(write_checksum=True).stream_writer(stream, closefd=False)
            return cast("AbstractContextManager[IO[bytes]]", writer)
        case Compression.XZ:
            return cast("AbstractContextManager[IO[bytes]]", lzma.LZMAFile(stream, "wb"))
        case _:
            return nullcontext(stream)


def _end(connection: sqlite3.Connection, artifact: StoredArtifact) -> tuple[int, bool]:
    """Return the size of the decompressed artifact, and whether its last line is known to have no line end.

    That is known for a last line that is stored raw, from its length. For other last lines the caller compares the
    size with the bytes written, which is reliable if all lines are stored byte for byte.
    """
    last = None
    for each in ledger_ranges(connection, artifact.id):
        last = each
    if last is None:
        return 0, False
    if last.status not in (LedgerStatus.MALFORMED, LedgerStatus.SKIPPED):
        return last.offset + last.length, False
    (stored_bytes,) = connection.execute(_RAW_BYTES, (artifact.id, last.first, last.last)).fetchone()
    return last.offset + last.length, stored_bytes + last.last - last.first == last.length
