"""Rebuild the lines of an artifact from the rows that hold them."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import orjson

from ..artifacts.json_forms import LIBRARY, UNWRITABLE, LineForm, escaped, write_form, write_value
from ..artifacts.logs.log_reader import KEY_ORDER
from ..artifacts.lossless_json import dump
from ..column_values import ArtifactKind, LedgerStatus, LineStyle
from ..errors import InvalidBundleError
from ..explore.expansion import spend
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
_FORMS = """
SELECT first, last, style, is_ascii, line_end, key_order FROM line_forms
WHERE artifact_id = ? AND last >= ? ORDER BY first
"""
_DUPLICATES = "SELECT first, last, original FROM duplicate_lines WHERE artifact_id = ? AND last >= ? ORDER BY first"

Rebuild = Callable[[LineForm], bytes]
"""Rebuilds one line in the form that it had."""

_NO_LINE = 1 << 63
"""The number of a line after all others."""

_READ_AHEAD = 1000
"""Reading past up to so many lines is cheaper than starting to read anew."""


class Line(NamedTuple):
    """One line without its line end: its bytes, or the key of their blob; neither if the bundle does not hold them.

    `is_raw` means that the bytes of a record are the source's own text, and not made again from its row.
    """

    number: int
    status: str
    data: bytes | None
    is_raw: bool = False
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
    forms = _Forms(connection, contents, artifact, first)
    originals = _originals(connection, contents, artifact, first)
    for each in ledger_ranges(connection, artifact.id, first):
        spend(each.last - each.first + 1)  # a crafted ledger claims more lines than there are
        for number in range(max(each.first, first), each.last + 1):
            match each.status:
                case LedgerStatus.IMPORTED:
                    rebuild, (raw, blob) = records.take(number), raw_records.take(number) or (None, None)
                    yield _record_line(number, rebuild, raw, blob, forms)
                case LedgerStatus.MALFORMED | LedgerStatus.SKIPPED:
                    data, blob = raw_lines.take(number) or (None, None)
                    yield Line(number, each.status, data, blob=blob)
                case LedgerStatus.BLANK:
                    spaces, _ = raw_records.take(number) or (None, None)
                    yield Line(number, LedgerStatus.BLANK, spaces or forms.of(number).line_end.encode())
                case LedgerStatus.DUPLICATE:
                    yield next(originals)._replace(number=number, status=LedgerStatus.DUPLICATE)
                case _:
                    yield Line(number, each.status, None)


def _record_line(number: int, rebuild: Rebuild | None, raw: bytes | None, blob: str | None, forms: _Forms) -> Line:
    """Return the line of a record, which must have a row even where the source's own text is kept."""
    if rebuild is None:
        return Line(number, LedgerStatus.IMPORTED, None)
    is_raw = raw is not None or blob is not None
    return Line(number, LedgerStatus.IMPORTED, raw if is_raw else rebuild(forms.of(number)), is_raw, blob)


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


def _log(columns: list[Any], form: LineForm) -> bytes:
    """Return the log record that a row's columns hold."""
    timestamp, level, logger, event, message, context, extra = columns
    if form.style != LineStyle.LIBRARY:
        return _log_in_form(columns, form)
    strings = [b'"timestamp": %b' % orjson.dumps(timestamp), b'"level": %b' % orjson.dumps(level)]
    strings.append(b'"logger": %b' % orjson.dumps(logger))
    if event is not None:
        strings.append(b'"event": %b' % orjson.dumps(event))
    strings.append(b'"message": %b' % orjson.dumps(message))
    text = b", ".join(strings)
    parts = [escaped(text) if form.is_ascii else text]
    if context is not None:
        parts.append(b'"context": %b' % context.encode())
    if extra is not None:
        parts.append(extra[1:-1].encode())
    return b"{%b}" % b", ".join(parts)


def _log_in_form(columns: list[Any], form: LineForm) -> bytes:
    """Return the log record in a form that the library does not write."""
    *strings, context, extra = columns
    values = {key: orjson.dumps(value) for key, value in zip(KEY_ORDER, strings, strict=False) if value is not None}
    if context is not None:
        values["context"] = context.encode()
    if extra is not None:
        values |= {key: dump(value).encode() for key, value in json.loads(extra).items()}
    keys = list(values) if form.key_order is None else json.loads(form.key_order)
    if len(keys) != len(values) or set(keys) != values.keys():
        raise InvalidBundleError("the form of a log record names other keys than its row holds")
    pairs = (b"%b:%b" % (orjson.dumps(key), values[key]) for key in keys)
    return write_form(b"{%b}" % b",".join(pairs), form)


def _snapshots(connection: sqlite3.Connection, artifact_id: int, first: int) -> Iterator[tuple[int, Rebuild]]:
    """Yield the number and the rebuilding function of each snapshot."""
    begin = first_id(connection, "snapshots", artifact_id, "line", first)
    for owner, line, snapshot_id, envelope in connection.execute(_SNAPSHOTS, (begin,)):
        if owner != artifact_id:
            return
        yield line, partial(_snapshot, connection, snapshot_id, envelope)


def _snapshot(connection: sqlite3.Connection, snapshot_id: int, envelope: str, form: LineForm) -> bytes:
    """Return the snapshot: its envelope, with each number of items replaced by the items."""
    items = (payload for (payload,) in connection.execute(_ITEMS, (snapshot_id,)))
    is_python = form.style in (LineStyle.PYTHON, LineStyle.PYTHON_COMPACT)
    as_value = json.loads if is_python else _fragment
    try:
        value = json.loads(envelope)
        slices = value["slices"]
        if isinstance(slices, dict):
            value["slices"] = {key: _take_items(count, items, as_value) for key, count in slices.items()}
        elif isinstance(slices, list):
            for entry in slices:
                if isinstance(entry, dict) and "items" in entry:
                    entry["items"] = _take_items(entry["items"], items, as_value)
        line = write_value(value, form) if is_python else write_form(orjson.dumps(value), form)
    except (*UNWRITABLE, KeyError, TypeError) as error:
        raise InvalidBundleError(f"snapshot {snapshot_id} cannot be rebuilt: {error}") from None
    if next(items, None) is not None:
        raise InvalidBundleError(f"snapshot {snapshot_id} has more items than its envelope says")
    return line


def _take_items(count: Any, items: Iterator[str], as_value: Callable[[str], Any]) -> Any:
    """Take so many items; return a count that is not a number unchanged."""
    if not isinstance(count, int):  # the source had no list here, and its own text is stored
        return count
    taken = [as_value(payload) for _, payload in zip(range(count), items, strict=False)]
    if len(taken) != count:
        raise ValueError(f"{count} items expected, {len(taken)} found")
    return taken


def _fragment(payload: str) -> orjson.Fragment:
    """Return an item that is written as it is stored, without being parsed."""
    return orjson.Fragment(payload.encode())


def _form_range(row: tuple[Any, ...]) -> tuple[int, int, LineForm]:
    """Return the first and the last line of a range, and the form of its lines."""
    first, last, *form = row
    return first, last, LineForm(*form)


class _Forms:
    """The forms of an artifact's lines, taken in ascending order."""

    def __init__(
        self, connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, first: int
    ) -> None:
        rows = connection.execute(_FORMS, (artifact.id, first)) if contents.has_forms else iter(())
        self._ranges = map(_form_range, rows)
        self._first, self._last, self._form = 0, 0, LIBRARY

    def of(self, number: int) -> LineForm:
        """Return the form of the line."""
        while self._last < number:
            self._first, self._last, self._form = next(self._ranges, (_NO_LINE, _NO_LINE, LIBRARY))
        return self._form if self._first <= number else LIBRARY


def _originals(
    connection: sqlite3.Connection, contents: Contents, artifact: StoredArtifact, first: int
) -> Iterator[Line]:
    """Yield, for each duplicate line, the log's line that it repeats; a line without data if that is unknown."""
    log = contents.log_of(artifact)
    absent = Line(0, LedgerStatus.DUPLICATE, None)
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
