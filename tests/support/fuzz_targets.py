"""The readers as functions of bytes, for the fuzzer: none may raise, and each ledger must cover all bytes."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from wink_debug_bundle.artifacts.detection import kind_of
from wink_debug_bundle.artifacts.discovery import describe
from wink_debug_bundle.artifacts.logs.log_reader import read_log_block
from wink_debug_bundle.artifacts.read_errors import UNREADABLE
from wink_debug_bundle.artifacts.runs.member_sources import expand
from wink_debug_bundle.artifacts.snapshots.snapshot_reader import read_snapshot_block
from wink_debug_bundle.artifacts.source import Source
from wink_debug_bundle.artifacts.split_reader import Split, SplitReader
from wink_debug_bundle.artifacts.streams.line_blocks import Block
from wink_debug_bundle.batch import Batch
from wink_debug_bundle.column_values import ArtifactKind
from wink_debug_bundle.rows import TABLE_OF, LedgerRow, Values

_LEDGER = TABLE_OF[LedgerRow]


def log_block(data: bytes) -> None:
    """Read the bytes as a block of log records."""
    _check_lines(read_log_block(Block(data, 0), 1, None), data)


def snapshot_block(data: bytes) -> None:
    """Read the bytes as a block of snapshots."""
    _check_lines(read_snapshot_block(Block(data, 0), 1, "session"), data)


def recognise(data: bytes) -> None:
    """Detect the kind of a file with these bytes."""
    with contextlib.suppress(*UNREADABLE):
        kind_of(io.BytesIO(data))


def archive(data: bytes) -> None:
    """Read the bytes as a zip of files."""
    _check_zip(data, ArtifactKind.ARCHIVE)


def run_zip(data: bytes) -> None:
    """Read the bytes as the zip of a run, and its members that hold lines."""
    _check_zip(data, ArtifactKind.RUN)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "log_block": log_block,
    "snapshot_block": snapshot_block,
    "recognise": recognise,
    "archive": archive,
    "run_zip": run_zip,
}


def _check_lines(batch: Batch, data: bytes) -> None:
    """Check that the ledger has each line and each byte once."""
    line, offset = 1, 0
    for entry in _ledger([batch]):
        assert (entry.first, entry.offset) == (line, offset)
        line, offset = entry.last + 1, offset + entry.length
    assert (line - 1, offset) == (data.count(b"\n") + (bool(data) and not data.endswith(b"\n")), len(data))


def _check_zip(data: bytes, kind: ArtifactKind) -> None:
    """Check that the ledger has each byte of the zip once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.zip")
        path.write_bytes(data)
        described = describe(path, path.name, kind)
        if described is None or described.kind is not kind:
            return
        ledger = _ledger(_read(described, Path(folder)))
        assert sum(entry.length for entry in ledger) == len(data)
        for member in expand(described)[1] if kind is ArtifactKind.RUN else ():
            _read(member, Path(folder))


def _read(source: Source, scratch: Path) -> list[Batch]:
    reader = SplitReader()
    try:
        return list(reader.read(Split(1, source, None, scratch, source.size_bytes, run_id=1)))
    finally:
        reader.close()


def _ledger(batches: Iterable[Batch]) -> list[LedgerRow]:
    make: Callable[[Values], LedgerRow] = LedgerRow._make
    return [make(row) for batch in batches for row in batch.rows.get(_LEDGER, ())]
