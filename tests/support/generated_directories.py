"""Hypothesis strategies for debug directories: logs, snapshots, archives and runs, valid and damaged."""

from __future__ import annotations

import gzip
import io
import json
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import zstandard
from hypothesis import strategies as st

from support.artifact_samples import (
    MOMENT,
    ROOT_SESSION,
    executed_event,
    log_record,
    rendered_event,
    slice_of,
    snapshot,
    tool_event,
)

TEXT = st.text(max_size=12) | st.sampled_from(
    ["", "\0", "a\0b", "\u2028", "\x85", "\x7f", "👀", "\ud800", "\udfff\ud800", "</script>", "\\", '"', '": "']
)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([0, -0.0, 1e400, 2**63, 2**64 - 1, 5e-324])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=4)

ODD_LINES = st.sampled_from(
    [
        b"",
        b"  \r",
        b"\r",
        b"{bad",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"{}",
        b"\xef\xbb\xbf",
        b"\0\0\0",
        b"\xff\xfe{\0}\0",
        b'{"level": "INFO", "message": 1}',
        b'{"message": "a", "message": "b", "level": "INFO"}',
        b'{"level": "INFO", "message": "m", "context": {"a": 1, "a": 2}}',
        b'{"level": "INFO", "message": "m", "context": {"n": 1e400, "m": -0, "k": 0.1000000000000000055511151231257827}}',
        b'{"level":"INFO","message":"\\ud800","context":null,"event":null}',
        b'{"level":"INFO","message":"\xff","timestamp":"now","logger":"l"}',
        b'{"slices": 17, "tags": {"session_id": "x"}}',
        b'{"slices": {"a:B": [1, {}], "c:D": 3}, "tags": {"session_id": "x"}, "version": "2", "more": [null]}',
        b'{"slices": [{"items": 3}, 4, {"items": [], "slice_type": 5}], "tags": {"session_id": "x"}}',
        b'{"slices": [{"items": [{"a": 1, "a": 2}]}], "tags": {"session_id": "x", "session_id": "y"}}',
        b'{"context": ' + b'{"a":' * 600 + b"1" + b"}" * 601,
        b'{"level": "I", "message": "m", "context": ' + b"[" * 300 + b"]" * 300 + b"}",
    ]
) | st.binary(max_size=20)


def json_bytes(value: Any, form: int) -> bytes:
    """Return the value as JSON in one of four common styles; `form` is 0 to 3."""
    forms: tuple[dict[str, Any], ...] = (
        {"ensure_ascii": False},
        {},
        {"separators": (",", ":")},
        {"sort_keys": True, "separators": (" ,", " :")},
    )
    return json.dumps(value, **forms[form]).encode("utf-8", "surrogatepass")


@st.composite
def log_lines(draw: st.DrawFn) -> bytes:
    """Draw one log record, complete or with keys removed, changed or added."""
    record = log_record(message=draw(TEXT), context=draw(OBJECTS))
    for key in draw(st.lists(st.sampled_from([*record, "context"]), max_size=2)):
        record.pop(key, None)
    if draw(st.booleans()):
        record |= draw(
            st.dictionaries(st.sampled_from([*log_record(), "extra", "", "\ud800", "id"]), VALUES, max_size=2)
        )
    return json_bytes(record, draw(st.integers(0, 3)))


@st.composite
def snapshot_lines(draw: st.DrawFn) -> bytes:
    """Draw one snapshot with events of the library and other items, and perhaps with keys changed or added."""
    items = st.one_of(
        VALUES, OBJECTS, st.builds(tool_event, TEXT), st.builds(rendered_event, TEXT), st.builds(executed_event, TEXT)
    )
    types = st.sampled_from(["weakincentives.runtime.events.types:ToolInvoked", "app:Note", "", "a:B"])
    slices = draw(st.lists(st.builds(lambda name, found: slice_of(name, *found), types, st.lists(items, max_size=3))))
    record = snapshot(ROOT_SESSION, *slices[:3])
    if draw(st.booleans()):
        record |= draw(st.dictionaries(st.sampled_from(["version", "tags", "created_at", "more", "slices"]), VALUES))
    return json_bytes(record, draw(st.integers(0, 3)))


@st.composite
def line_files(draw: st.DrawFn, records: st.SearchStrategy[bytes], *, first: bytes) -> bytes:
    """Draw a file of lines that begins with `first`, so that its kind is detected; it may end within a line."""
    found = [first, *draw(st.lists(st.one_of(records, records, ODD_LINES), max_size=6))]
    ends = draw(st.sampled_from([b"\n", b"\r\n"]))
    data = ends.join(found) + draw(st.sampled_from([b"", ends]))
    return data[: len(first) + draw(st.integers(1, 400))] if draw(st.booleans()) else data


NAMES = TEXT.filter(lambda name: "\ud800" not in name and "\udfff" not in name and "\0" not in name) | st.sampled_from(
    ["a.txt", "../../up", "/etc/passwd", "C:\\x", "d/", "d/e/", "é", "con", "a//b", ".", "a.txt"]
)
CONTENTS = st.binary(max_size=60) | TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.just(b"z" * 5000)


@st.composite
def zips(draw: st.DrawFn, members: list[tuple[str, bytes]] | None = None) -> bytes:
    """Draw a zip, perhaps with unusual names, a comment, bytes after its end, or damage."""
    methods = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    if members is None:
        members = draw(st.lists(st.tuples(NAMES, CONTENTS), max_size=4))
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", draw(st.sampled_from(methods))) as opened:
        warnings.simplefilter("ignore", UserWarning)
        for name, data in members:
            opened.writestr(zipfile.ZipInfo(name or "x"), b"" if name.endswith("/") else data)
        opened.comment = draw(st.sampled_from([b"", b"comment", b"PK"]))
    written = bytearray(buffer.getvalue())
    match draw(st.integers(0, 7)):
        case 0:
            return bytes(written[: draw(st.integers(4, len(written)))])
        case 1:
            written[draw(st.integers(4, len(written) - 1))] ^= 1 << draw(st.integers(0, 7))
        case 2:
            return bytes(written) + draw(st.binary(max_size=9))
        case 3:
            return bytes(written) * 2
    return bytes(written)


@st.composite
def runs(draw: st.DrawFn) -> bytes:
    """Draw the zip of one run: its log, a transcript that repeats some of its records, a snapshot, other members."""
    entry = log_record(event="transcript.entry", message="entry", context={"entry_type": "user_message"})
    spoken = [json_bytes(entry | {"message": f"entry {number}", "timestamp": MOMENT}, 0) for number in range(4)]
    log = draw(st.lists(st.sampled_from(spoken) | log_lines() | ODD_LINES, max_size=8))
    copies = draw(st.lists(st.sampled_from(log), max_size=6)) if log else []
    parts = {
        "manifest.json": json_bytes({"format_version": "1.0.0", "request": {"session_id": ROOT_SESSION}}, 1),
        "logs/app.jsonl": b"\n".join(log) + draw(st.sampled_from([b"", b"\n"])),
        "transcript.jsonl": b"\n".join([*copies, *draw(st.lists(st.sampled_from(spoken) | ODD_LINES, max_size=2))]),
        "session/before.jsonl": draw(snapshot_lines()) + b"\n",
        "error.json": draw(OBJECTS.map(lambda value: json_bytes(value, 1)) | st.binary(max_size=9)),
        "filesystem/a.txt": draw(CONTENTS),
    }
    chosen = draw(st.permutations(sorted(parts)))
    return draw(zips([(f"debug_bundle/{name}", parts[name]) for name in chosen]))


LOG_FILES = line_files(log_lines(), first=json_bytes(log_record(), 0))
SNAPSHOT_FILES = line_files(snapshot_lines(), first=json_bytes(snapshot(), 1))
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".zst": zstandard.compress,
}
FILE_NAMES = st.sampled_from(["a", "B", "b", "é", "with space", "s/deep", "~", "\udcff", "..x", "'\"", "a\\b", "-"])


@st.composite
def directories(draw: st.DrawFn) -> dict[str, bytes]:
    """Draw names and contents of a debug directory; at least one file is an artifact."""
    files = {"first.log": draw(LOG_FILES)}
    for _ in range(draw(st.integers(0, 4))):
        name, suffix = draw(FILE_NAMES), draw(st.sampled_from(sorted(COMPRESSORS)))
        match draw(st.integers(0, 4)):
            case 0:
                data = COMPRESSORS[suffix](draw(LOG_FILES))
                cut = draw(st.integers(1, len(data))) if suffix and draw(st.booleans()) else len(data)
                files[f"{name}.log{suffix}"] = data[:cut]
            case 1:
                files[f"{name}.jsonl{suffix}"] = COMPRESSORS[suffix](draw(SNAPSHOT_FILES))
            case 2:
                files[f"{name}.zip"] = draw(zips())
            case 3:
                files[f"{name}_1.zip"] = draw(runs())
            case 4:
                files[f"{name}.txt"] = draw(st.binary(max_size=50))
    return files
