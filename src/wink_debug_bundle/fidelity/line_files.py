"""Files of lines, made again: the lines with their ends, packed as the source was."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import IO, cast

import zstandard

from ..artifacts.accounting.blobs import read_chunks
from ..column_values import Compression, LedgerStatus
from ..explore.stored_files import open_blob
from .artifact_rows import Contents, StoredArtifact, ledger_runs
from .findings import Finding
from .line_rebuild import Line, stored_lines

Report = Callable[[Finding], None]


def line_bytes(
    connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, report: Report
) -> Iterator[bytes]:
    """The artifact's lines with their ends, one at a time; `report` is told of those that the bundle does not hold."""
    total, cut = _end(connection, artifact)
    written = 0
    for line in stored_lines(connection, contents, artifact):
        if not line.is_held:
            report(Finding(absence(line), artifact.path, line.number))
            continue
        if written:
            yield b"\n"
        for piece in line_pieces(connection, line):
            yield piece
            written += len(piece)
        written += 1
    if written and not (cut or written - 1 == total):
        yield b"\n"


def line_pieces(connection: sqlite3.Connection, line: Line) -> Iterator[bytes]:
    """The bytes of a line that the bundle holds; of a long one a piece at a time."""
    if line.blob is None:
        yield line.data or b""
        return
    with open_blob(connection, line.blob) as blob:
        yield from read_chunks(blob)


def absence(line: Line) -> str:
    """What to say of a line that the bundle does not hold."""
    if line.status == "unreadable":
        return "could not be read when the bundle was built"
    return f"is {line.status} by the ledger, and the bundle does not hold it"


def compressor(stream: IO[bytes], artifact: StoredArtifact) -> AbstractContextManager[IO[bytes]]:
    """A stream whose bytes reach `stream` packed as the artifact was; packers differ, so they need not be the same bytes."""
    match artifact.compression:
        case Compression.GZIP:
            compressed = gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0)
            return cast("AbstractContextManager[IO[bytes]]", compressed)
        case Compression.ZSTD:
            writer = zstandard.ZstdCompressor(write_checksum=True).stream_writer(stream, closefd=False)
            return cast("AbstractContextManager[IO[bytes]]", writer)
        case _:
            return nullcontext(stream)


def _end(connection: sqlite3.Connection, artifact: StoredArtifact) -> tuple[int, bool]:
    """Size of the unpacked artifact, and whether its last line is no record and has no end.

    Whether an imported last line has one, the ledger does not tell; its size does, if all lines are to the letter.
    """
    last = None
    for run in ledger_runs(connection, artifact.id):
        last = run
    if last is None:
        return 0, False
    if last.status not in (LedgerStatus.MALFORMED, LedgerStatus.SKIPPED):
        return last.offset + last.length, False
    sql = (
        "SELECT coalesce(sum(coalesce(length(raw), size_bytes)), 0) FROM problems LEFT JOIN blobs ON sha256 = blob_sha256 "
        "WHERE artifact_id = ? AND line BETWEEN ? AND ? AND problems.kind IN ('malformed', 'too long')"
    )
    (held,) = connection.execute(sql, (artifact.id, last.first, last.last)).fetchone()
    return last.offset + last.length, held + last.last - last.first == last.length
