"""Comparison of a directory with what `extract` restored from its bundle, without the code of `extract`."""

from __future__ import annotations

import gzip
import json
import math
import re
import zipfile
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

import zstandard

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.read_errors import UNREADABLE_ZIP
from wink_debug_bundle.artifacts.zip.archive import Zip

_NO_LIMIT = 1 << 40

_NEXT_TO_NOTHING = 64
"""Bytes below which a damaged file may not show any more that it was an artifact."""

_KEY = re.compile(rb'"(timestamp|level|logger|event|message|context|children_ids|created_at|parent_id|slices|tags)"')
"""A key of the library's records; a file that has lost all but one of them may be a text of any program."""

_ARTIFACT_NAME = re.compile(r"\.(jsonl|log|zip)\b")

_Member = tuple[tuple[Any, ...], bytes | None]
"""Metadata of a member, its name first, and its bytes, or None if it cannot be read."""


def assert_round_trip(bundle: DebugBundle, source: Path, restored: Path) -> None:
    """Assert that `extract` restores all of `source`, and that `verify` finds nothing wrong beside either of them."""
    assert bundle.verify(against=source).findings == ()
    assert bundle.extract(restored).findings == ()
    assert bundle.verify(against=restored).findings == ()
    assert_same_directory(source, restored, without=_listed(bundle, source))


def _listed(bundle: DebugBundle, source: Path) -> set[Path]:
    """Return the files that the bundle only lists: those that are not named like artifacts, or show no trace of one."""
    sql = "SELECT path FROM artifacts WHERE kind = 'unknown' AND problem_count = 0"
    listed = {Path(path) for (path,) in bundle.query(sql)}
    for path in listed:
        assert _ARTIFACT_NAME.search(path.name) is None or _shows_nothing(source / path), path
    return listed


def _shows_nothing(path: Path) -> bool:
    """Return whether a file does not show any more that it was an artifact."""
    data = path.read_bytes()
    if len(data) < _NEXT_TO_NOTHING:
        return True
    text = _decompressed(data)
    return not text.lstrip().startswith((b"{", b'"', b"[", b"}", b"]", b",")) and len(set(_KEY.findall(text))) < 2


def assert_same_directory(source: Path, restored: Path, without: Collection[Path] = ()) -> None:
    """Assert that the folder `restored` has the same files as `source`, `without` some."""
    found = (path.relative_to(source) for path in source.rglob("*") if path.is_file())
    names = sorted(name for name in found if name not in without)
    assert sorted(path.relative_to(restored) for path in restored.rglob("*") if path.is_file()) == names
    for name in names:
        assert_same_file(source / name, restored / name)


def assert_same_file(one: Path, other: Path) -> None:
    """Assert that both files have the same bytes, or lines of the same records, or are zips of such members."""
    data, again = one.read_bytes(), other.read_bytes()
    if data == again:
        return
    if _is_zip(one):
        assert _is_zip(other)
        _assert_same_members(one, other)
    else:
        assert_same_lines(_decompressed(data), _decompressed(again))


def assert_same_lines(one: bytes, other: bytes) -> None:
    """Assert that both have the same lines: records of equal value, blank lines, and all other lines byte for byte."""
    lines, restored = _lines(one), _lines(other)
    assert len(lines) == len(restored)
    for line, found in zip(lines, restored, strict=True):
        assert line == found or line.strip() == found.strip() == b"" or _value(line) == _value(found)


def _is_zip(path: Path) -> bool:
    """Return whether the file has the name or the first bytes of a zip, and has members, even damaged ones."""
    try:
        with path.open("rb") as stream, Zip(path.open("rb"), _NO_LIMIT):
            return path.name.endswith(".zip") or stream.read(2) == b"PK"
    except UNREADABLE_ZIP:
        return False


def _assert_same_members(one: Path, other: Path) -> None:
    read = _members if _is_undamaged(one) else _damaged_members
    members, restored = read(one), read(other)
    assert [about for about, _ in members] == [about for about, _ in restored]
    for (about, data), (_, again) in zip(members, restored, strict=True):
        if data != again:
            assert data is not None
            assert again is not None
            assert about[0].endswith(".jsonl")
            assert_same_lines(data, again)


def _is_undamaged(path: Path) -> bool:
    """Return whether Python's own reader opens the zip, finds all members and reads each."""
    try:
        with zipfile.ZipFile(path) as opened, Zip(path.open("rb"), _NO_LIMIT) as archive:
            return len(opened.infolist()) == len(archive.entries) and opened.testzip() is None
    except Exception:  # noqa: BLE001 any failure means that it does not
        return False


def _members(path: Path) -> list[_Member]:
    """Return the members as Python's own reader finds them."""
    with zipfile.ZipFile(path) as opened:
        return [((*_metadata(info), opened.comment), _member(opened, info)) for info in opened.infolist()]


def _damaged_members(path: Path) -> list[_Member]:
    """Return the members as the reader that builds use finds them."""
    with Zip(path.open("rb"), _NO_LIMIT) as archive:
        return [((entry.name, entry.stamp, entry.mode), _read(archive, entry)) for entry in archive.entries]


def _metadata(info: zipfile.ZipInfo) -> tuple[Any, ...]:
    return info.orig_filename, info.date_time, info.external_attr, info.comment, info.create_system


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    try:
        return archive.read(info)
    except Exception:  # noqa: BLE001 a member that cannot be read must be unreadable in the other zip too
        return None


def _read(archive: Zip, entry: Any) -> bytes | None:
    try:
        return archive.read(entry)
    except UNREADABLE_ZIP:
        return None


def _decompressed(data: bytes) -> bytes:
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    return data


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _value(line: bytes) -> Any:
    """Return the line's value in a form for comparison: types are distinguished, and NaN equals itself."""
    text = line.decode("utf-8", "surrogatepass").removeprefix("\ufeff")
    return _with_types(json.loads(text, parse_float=Decimal))


def _with_types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_types(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_types(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN", float
    return value, type(value)
