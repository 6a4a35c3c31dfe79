"""What it means that a file came back, said without the code that brings it back."""

from __future__ import annotations

import gzip
import io
import json
import math
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import zstandard


def assert_came_back(source: Path, restored: Path) -> None:
    """Assert that the folder `restored` holds what `source` holds, file for file."""
    names = sorted(path.relative_to(source) for path in source.rglob("*") if path.is_file())
    assert sorted(path.relative_to(restored) for path in restored.rglob("*") if path.is_file()) == names
    for name in names:
        assert_same_file((source / name).read_bytes(), (restored / name).read_bytes())


def assert_same_file(one: bytes, other: bytes) -> None:
    """Assert that both are the same bytes, or lines of the same records, or zips of such members; packed or not."""
    if one == other:
        return
    one, other = _unpacked(one), _unpacked(other)
    if one.startswith(b"PK"):
        _assert_same_members(one, other)
    else:
        assert_same_lines(one, other)


def assert_same_lines(one: bytes, other: bytes) -> None:
    """Assert that both have the same lines: records of equal value, blank lines, and everything else to the byte."""
    mine, theirs = _lines(one), _lines(other)
    assert len(mine) == len(theirs)
    for line, found in zip(mine, theirs, strict=True):
        assert line == found or line.strip() == found.strip() == b"" or _value(line) == _value(found)


def _assert_same_members(one: bytes, other: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(one)) as mine, zipfile.ZipFile(io.BytesIO(other)) as theirs:
        assert mine.comment == theirs.comment
        assert [_about(info) for info in mine.infolist()] == [_about(info) for info in theirs.infolist()]
        for info, found in zip(mine.infolist(), theirs.infolist(), strict=True):
            data, again = _member(mine, info), _member(theirs, found)
            if data != again:
                assert data is not None
                assert again is not None
                assert info.filename.endswith(".jsonl")
                assert_same_lines(data, again)


def _about(info: zipfile.ZipInfo) -> tuple[Any, ...]:
    return info.orig_filename, info.date_time, info.external_attr, info.comment, info.create_system


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    """The member's bytes; None of one that cannot be read."""
    try:
        return archive.read(info)
    except Exception:  # noqa: BLE001 whatever is wrong with it must be wrong with it still
        return None


def _unpacked(data: bytes) -> bytes:
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _value(line: bytes) -> Any:
    """The line's value in a form in which equal is the same: types told apart, NaN equal to itself."""
    text = line.decode("utf-8", "surrogatepass").removeprefix("\ufeff")
    return _told(json.loads(text, parse_float=Decimal))


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_told(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN", float
    return value, type(value)
