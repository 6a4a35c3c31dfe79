"""The readers, each as a function of bytes that must not raise and whose ledger must add up."""

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
from wink_debug_bundle.artifacts.runs.manifest import expand
from wink_debug_bundle.artifacts.snapshots.snapshot_reader import read_snapshot_block
from wink_debug_bundle.artifacts.source import Source
from wink_debug_bundle.artifacts.split_reader import Split, SplitReader
from wink_debug_bundle.artifacts.streams.line_blocks import Block
from wink_debug_bundle.column_values import ArtifactKind
from wink_debug_bundle.rows import TABLE_OF, Batch, LedgerRow

_LEDGER = TABLE_OF[LedgerRow]


def log_block(data: bytes) -> None:
    """A block of log records."""
    _check_lines(read_log_block(Block(data, 0), 1, None), data)


def snapshot_block(data: bytes) -> None:
    """A block of snapshots."""
    _check_lines(read_snapshot_block(Block(data, 0), 1, "session"), data)


def recognise(data: bytes) -> None:
    """A file of which nothing is known."""
    with contextlib.suppress(UNREADABLE):
        kind_of(io.BytesIO(data))


def archive(data: bytes) -> None:
    """A zip of files."""
    _check_zip(data, ArtifactKind.ARCHIVE)


def run_zip(data: bytes) -> None:
    """The zip of a run, and its members that hold lines."""
    _check_zip(data, ArtifactKind.RUN)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "log_block": log_block,
    "snapshot_block": snapshot_block,
    "recognise": recognise,
    "archive": archive,
    "run_zip": run_zip,
}


def _check_lines(batch: Batch, data: bytes) -> None:
    """Each line and each byte is in the ledger once."""
    line, offset = 1, 0
    for run in _ledger([batch]):
        assert (run.first, run.offset) == (line, offset)
        line, offset = run.last + 1, offset + run.length
    assert (line - 1, offset) == (data.count(b"\n") + (bool(data) and not data.endswith(b"\n")), len(data))


def _check_zip(data: bytes, kind: ArtifactKind) -> None:
    """Each byte of the zip is in the ledger once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.zip")
        path.write_bytes(data)
        described = describe(path, path.name, kind)
        if described is None or described.kind is not kind:
            return
        runs = _ledger(_read(described, Path(folder)))
        assert sum(run.length for run in runs) == len(data)
        for member in expand(described)[1] if kind is ArtifactKind.RUN else ():
            _read(member, Path(folder))


def _read(source: Source, scratch: Path) -> list[Batch]:
    reader = SplitReader()
    try:
        return list(reader.read(Split(1, source, None, scratch, source.size_bytes, run_id=1)))
    finally:
        reader.close()


def _ledger(batches: Iterable[Batch]) -> list[LedgerRow]:
    return [LedgerRow(*row) for batch in batches for row in batch.rows.get(_LEDGER, ())]
