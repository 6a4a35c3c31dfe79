"""The lines of an artifact, made again of the rows that hold them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import orjson

from ..column_values import ArtifactKind, LedgerStatus
from ..errors import InvalidBundleError
from .artifact_rows import Contents, Rows, StoredArtifact, first_id, ledger_runs

_LOGS = """
SELECT artifact_id, line, timestamp, level, logger, event, message, context, extra FROM logs WHERE id >= ? ORDER BY id
"""
_SNAPSHOTS = "SELECT artifact_id, line, id, envelope FROM snapshots WHERE id >= ? ORDER BY id"
_ITEMS = "SELECT payload FROM slice_items WHERE snapshot_id = ? ORDER BY id"
_RAW = "SELECT line, raw FROM raw_records WHERE artifact_id = ? AND line >= ? ORDER BY line"
_PROBLEMS = """
SELECT line, raw, blob_sha256 FROM problems
WHERE artifact_id = ? AND line >= ? AND kind IN ('malformed', 'too long') ORDER BY line
"""
_DUPLICATES = "SELECT first, last, original FROM duplicate_lines WHERE artifact_id = ? AND last >= ? ORDER BY first"

Made = Callable[[], bytes]
"""Makes a line again."""

_FAR = 1000
"""Lines that are rather read than skipped."""


class Line(NamedTuple):
    """One line without its end: its bytes, or the key of the blob that holds them; neither if the bundle does not.

    `is_exact` says that it is to the letter. A record that is not is equal in value: the rows do not tell how it was
    spaced.
    """

    number: int
    status: str
    data: bytes | None
    is_exact: bool
    blob: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether the bundle holds the line."""
        return self.data is not None or self.blob is not None


def stored_lines(
    connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, first: int = 1
) -> Iterator[Line]:
    """The artifact's lines from number `first` on, as far as its ledger names them.

    Raises:
        InvalidBundleError: rows hold what no build writes.
    """
    found = Rows(_records(connection, artifact, first))
    raw = Rows(connection.execute(_RAW, (artifact.id, first)))
    bad = Rows((line, (data, key)) for line, data, key in connection.execute(_PROBLEMS, (artifact.id, first)))
    copies = _copies(connection, contents, artifact, first)
    for run in ledger_runs(connection, artifact.id, first):
        for number in range(max(run.first, first), run.last + 1):
            match run.status:
                case "imported":
                    make, exact = found.take(number), raw.take(number)
                    # Also where the source's own text is kept, the row must be there.
                    text = None if make is None else make() if exact is None else exact
                    yield Line(number, LedgerStatus.IMPORTED, text, exact is not None)
                case "malformed" | "skipped":
                    data, blob = bad.take(number) or (None, None)
                    yield Line(number, run.status, data, is_exact=True, blob=blob)
                case "blank":
                    yield Line(number, LedgerStatus.BLANK, b"", is_exact=False)
                case "duplicate":
                    yield next(copies)._replace(number=number, status=LedgerStatus.DUPLICATE)
                case _:
                    yield Line(number, run.status, None, is_exact=False)


def _records(connection: sqlite3.Connection, artifact: StoredArtifact, first: int) -> Iterator[tuple[int, Made]]:
    """The lines that have rows, and what makes each again."""
    if artifact.kind == ArtifactKind.SNAPSHOTS:
        return _snapshots(connection, artifact.id, first)
    return _logs(connection, artifact.id, first)


def _logs(connection: sqlite3.Connection, artifact_id: int, first: int) -> Iterator[tuple[int, Made]]:
    begin = first_id(connection, "logs", artifact_id, "line", first)
    for owner, line, *columns in connection.execute(_LOGS, (begin,)):
        if owner != artifact_id:
            return
        yield line, partial(_log, columns)


def _log(columns: list[str]) -> bytes:
    """The record of a row's columns, spaced as the library writes it."""
    timestamp, level, logger, event, message, context, extra = columns
    required = orjson.dumps(timestamp), orjson.dumps(level), orjson.dumps(logger)
    parts = [b'{"timestamp": %b, "level": %b, "logger": %b' % required]
    if event is not None:
        parts.append(b'"event": %b' % orjson.dumps(event))
    parts.append(b'"message": %b' % orjson.dumps(message))
    if context is not None:
        parts.append(b'"context": %b' % context.encode())
    if extra is not None:
        parts.append(extra[1:-1].encode())
    return b"%b}" % b", ".join(parts)


def _snapshots(connection: sqlite3.Connection, artifact_id: int, first: int) -> Iterator[tuple[int, Made]]:
    begin = first_id(connection, "snapshots", artifact_id, "line", first)
    for owner, line, snapshot_id, envelope in connection.execute(_SNAPSHOTS, (begin,)):
        if owner != artifact_id:
            return
        yield line, partial(_snapshot, connection, snapshot_id, envelope)


def _snapshot(connection: sqlite3.Connection, snapshot_id: int, envelope: str) -> bytes:
    """The snapshot with its items back where the envelope has their number."""
    items = (payload for (payload,) in connection.execute(_ITEMS, (snapshot_id,)))
    try:
        value = json.loads(envelope)
        slices = value["slices"]
        if isinstance(slices, dict):
            value["slices"] = {key: _fill(count, items) for key, count in slices.items()}
        elif isinstance(slices, list):
            for entry in slices:
                if isinstance(entry, dict) and "items" in entry:
                    entry["items"] = _fill(entry["items"], items)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidBundleError(f"snapshot {snapshot_id} cannot be put together: {error}") from None
    if next(items, None) is not None:
        raise InvalidBundleError(f"snapshot {snapshot_id} has more items than its envelope says")
    return json.dumps(value).encode()


def _fill(count: Any, items: Iterator[str]) -> Any:
    if not isinstance(count, int):  # it never was a list, and the source's own text is kept
        return count
    filled = [json.loads(payload) for _, payload in zip(range(count), items, strict=False)]
    if len(filled) != count:
        raise ValueError(f"{count} items expected, {len(filled)} found")
    return filled


def _copies(connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, first: int) -> Iterator[Line]:
    """The lines that stand elsewhere, one after the other; lines without data where the bundle does not say where."""
    log = contents.log_of(artifact)
    absent = Line(0, LedgerStatus.DUPLICATE, None, is_exact=False)
    if log is not None:
        lines: Iterator[Line] = iter(())
        position = 1 << 62
        for begin, last, original in connection.execute(_DUPLICATES, (artifact.id, first)):
            begin, original = max(begin, first), original + max(first - begin, 0)  # noqa: PLW2901
            for wanted in range(original, original + last - begin + 1):
                if not position <= wanted <= position + _FAR:
                    lines, position = stored_lines(connection, contents, log, wanted), wanted
                line = absent
                while position <= wanted:
                    line = next(lines, absent)
                    position += 1
                yield line
    while True:
        yield absent
