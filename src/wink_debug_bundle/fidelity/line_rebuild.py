"""Rebuild the lines of an artifact from the rows that hold them."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import orjson

from ..column_values import ArtifactKind, LedgerStatus
from ..errors import InvalidBundleError
from ..explore.stored_files import open_blob
from .artifact_rows import Contents, NumberedRows, StoredArtifact, first_id, ledger_ranges

_LOGS = """
SELECT artifact_id, line, timestamp, level, logger, event, message, context, extra FROM logs WHERE id >= ? ORDER BY id
"""
_SNAPSHOTS = "SELECT artifact_id, line, id, envelope FROM snapshots WHERE id >= ? ORDER BY id"
_ITEMS = "SELECT payload FROM slice_items WHERE snapshot_id = ? ORDER BY id"
_RAW = "SELECT line, raw, blob_sha256 FROM raw_records WHERE artifact_id = ? AND line >= ? ORDER BY line"
_PROBLEMS = """
SELECT line, last_line, raw, blob_sha256 FROM problems
WHERE artifact_id = ? AND coalesce(last_line, line) >= ? AND kind IN ('malformed', 'too long') ORDER BY line
"""
_DUPLICATES = "SELECT first, last, original FROM duplicate_lines WHERE artifact_id = ? AND last >= ? ORDER BY first"

Rebuild = Callable[[], bytes]
"""Rebuilds one line."""

_READ_AHEAD = 1000
"""Reading past up to so many lines is cheaper than starting to read anew."""


class Line(NamedTuple):
    """One line without its line end: its bytes, or the key of their blob; neither if the bundle does not hold them.

    `is_exact` means that the bytes are those of the source. Otherwise a record is equal in value only, as rows do not
    say how it was spaced.
    """

    number: int
    status: str
    data: bytes | None
    is_exact: bool
    blob: str | None = None

    @property
    def is_held(self) -> bool:
        """Return whether the bundle holds the line."""
        return self.data is not None or self.blob is not None


def stored_lines(
    connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, first: int = 1
) -> Iterator[Line]:
    """Yield the artifact's lines from number `first` on, as far as its ledger lists them.

    Raises:
        InvalidBundleError: rows hold what no build writes.
    """
    records = NumberedRows(_records(connection, artifact, first))
    kept = connection.execute(_RAW, (artifact.id, first))
    raw_records = NumberedRows((line, (raw, key)) for line, raw, key in kept)
    raw_lines = NumberedRows(_raw_lines(connection, artifact.id, first))
    originals = _originals(connection, contents, artifact, first)
    for each in ledger_ranges(connection, artifact.id, first):
        for number in range(max(each.first, first), each.last + 1):
            match each.status:
                case LedgerStatus.IMPORTED:
                    rebuild, (raw, blob) = records.take(number), raw_records.take(number) or (None, None)
                    # The row must exist even where the source's own text is stored.
                    text = raw if rebuild is None or raw is not None or blob is not None else rebuild()
                    if rebuild is None:
                        text = blob = None
                    is_kept = raw is not None or blob is not None
                    yield Line(number, LedgerStatus.IMPORTED, text, is_kept, blob)
                case LedgerStatus.MALFORMED | LedgerStatus.SKIPPED:
                    data, blob = raw_lines.take(number) or (None, None)
                    yield Line(number, each.status, data, is_exact=True, blob=blob)
                case LedgerStatus.BLANK:
                    yield Line(number, LedgerStatus.BLANK, b"", is_exact=False)
                case LedgerStatus.DUPLICATE:
                    yield next(originals)._replace(number=number, status=LedgerStatus.DUPLICATE)
                case _:
                    yield Line(number, each.status, None, is_exact=False)


def _raw_lines(
    connection: sqlite3.Connection, artifact_id: int, first: int
) -> Iterator[tuple[int, tuple[bytes | None, str | None]]]:
    """Yield the number of each line that is no record, with its bytes or the key of their blob."""
    for line, last, data, key in connection.execute(_PROBLEMS, (artifact_id, first)):
        if last is None:
            yield line, (data, key)
            continue
        text = data
        if text is None:
            with open_blob(connection, key) as blob:
                text = blob.read()
        for number, part in enumerate(io.BytesIO(text), line):
            yield number, (part.removesuffix(b"\n"), None)
        if text.endswith(b"\n"):  # the last of the lines is empty
            yield last, (b"", None)


def _records(connection: sqlite3.Connection, artifact: StoredArtifact, first: int) -> Iterator[tuple[int, Rebuild]]:
    """Return the numbers of the lines that have rows, each with a function that rebuilds the line."""
    if artifact.kind == ArtifactKind.SNAPSHOTS:
        return _snapshots(connection, artifact.id, first)
    return _logs(connection, artifact.id, first)


def _logs(connection: sqlite3.Connection, artifact_id: int, first: int) -> Iterator[tuple[int, Rebuild]]:
    """Yield the number and the rebuilding function of each log record."""
    begin = first_id(connection, "logs", artifact_id, "line", first)
    for owner, line, *columns in connection.execute(_LOGS, (begin,)):
        if owner != artifact_id:
            return
        yield line, partial(_log, columns)


def _log(columns: list[str]) -> bytes:
    """Return the log record that a row's columns hold, spaced as the library writes it."""
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


def _snapshots(connection: sqlite3.Connection, artifact_id: int, first: int) -> Iterator[tuple[int, Rebuild]]:
    """Yield the number and the rebuilding function of each snapshot."""
    begin = first_id(connection, "snapshots", artifact_id, "line", first)
    for owner, line, snapshot_id, envelope in connection.execute(_SNAPSHOTS, (begin,)):
        if owner != artifact_id:
            return
        yield line, partial(_snapshot, connection, snapshot_id, envelope)


def _snapshot(connection: sqlite3.Connection, snapshot_id: int, envelope: str) -> bytes:
    """Return the snapshot: its envelope, with each number of items replaced by the items."""
    items = (payload for (payload,) in connection.execute(_ITEMS, (snapshot_id,)))
    try:
        value = json.loads(envelope)
        slices = value["slices"]
        if isinstance(slices, dict):
            value["slices"] = {key: _take_items(count, items) for key, count in slices.items()}
        elif isinstance(slices, list):
            for entry in slices:
                if isinstance(entry, dict) and "items" in entry:
                    entry["items"] = _take_items(entry["items"], items)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidBundleError(f"snapshot {snapshot_id} cannot be rebuilt: {error}") from None
    if next(items, None) is not None:
        raise InvalidBundleError(f"snapshot {snapshot_id} has more items than its envelope says")
    return json.dumps(value).encode()


def _take_items(count: Any, items: Iterator[str]) -> Any:
    """Take so many items and parse them; return a count that is not a number unchanged."""
    if not isinstance(count, int):  # the source had no list here, and its own text is stored
        return count
    taken = [json.loads(payload) for _, payload in zip(range(count), items, strict=False)]
    if len(taken) != count:
        raise ValueError(f"{count} items expected, {len(taken)} found")
    return taken


def _originals(
    connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, first: int
) -> Iterator[Line]:
    """Yield, for each duplicate line, the log's line that it repeats; a line without data if that is unknown."""
    log = contents.log_of(artifact)
    absent = Line(0, LedgerStatus.DUPLICATE, None, is_exact=False)
    if log is not None:
        lines: Iterator[Line] = iter(())
        position = 1 << 62
        for begin, last, original in connection.execute(_DUPLICATES, (artifact.id, first)):
            begin, original = max(begin, first), original + max(first - begin, 0)  # noqa: PLW2901
            for wanted in range(original, original + last - begin + 1):
                if not position <= wanted <= position + _READ_AHEAD:
                    lines, position = stored_lines(connection, contents, log, wanted), wanted
                line = absent
                while position <= wanted:
                    line = next(lines, absent)
                    position += 1
                yield line
    while True:
        yield absent
