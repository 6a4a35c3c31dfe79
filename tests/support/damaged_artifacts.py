"""Real artifacts of every release, damaged in ways that are drawn from a seed."""

from __future__ import annotations

import gzip
import io
import random
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from functools import cache

import zstandard

from support.artifact_samples import ROOT
from support.json_samples import UNUSUAL_JSON

Files = dict[str, bytes]
"""Contents of the files of a directory, by their names."""

_LARGEST_FIXTURE = 30_000
"""Larger fixtures are left out, so that a case takes milliseconds; smaller ones hold the same kinds of records."""

_LINES = 12
"""Lines taken from a file, so that a case stays small."""

_SIGNATURES = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06")
_VALUE = re.compile(rb'(?<=: )(?:"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\{\}|\[\])')


@cache
def fixture_files() -> tuple[tuple[str, bytes], ...]:
    """Return name and content of each fixture that is small enough."""
    paths = sorted(path for path in (ROOT / "fixtures").glob("wink-*/**/*") if "expected" not in path.parts)
    small = (path for path in paths if path.is_file() and path.stat().st_size < _LARGEST_FIXTURE)
    return tuple((path.name, path.read_bytes()) for path in small)


def damaged_files(seed: int, number: int) -> Files:
    """Return the files of the case `number`: one to three artifacts, the first damaged, the others perhaps."""
    chance = random.Random(f"{seed}/{number}")
    files: Files = {}
    for place in range(chance.choice((1, 1, 1, 2, 3))):
        name, data = chance.choice(fixture_files())
        data = _shorten(chance, data)
        if place == 0 or chance.random() < 0.5:
            for _ in range(chance.choice((1, 1, 2, 3))):
                data = _damage(chance, data)
        name, data = _disguise(chance, name, data)
        files[f"{place}/{name}" if place else name] = data
    return files


def _damage(chance: random.Random, data: bytes) -> bytes:
    kinds = (
        _ZIP_DAMAGE
        if data.startswith(b"PK") and chance.random() < 0.7
        else _BYTE_DAMAGE
        if _is_compressed(data)
        else _TEXT_DAMAGE
    )
    return chance.choice(kinds)(chance, data)


def _is_compressed(data: bytes) -> bool:
    return data[:2] in {b"PK", b"\x1f\x8b", b"\x28\xb5"}


def _shorten(chance: random.Random, data: bytes) -> bytes:
    """Return some neighbouring lines of a file of lines; a zip is returned unchanged."""
    lines = data.splitlines(keepends=True)
    if _is_compressed(data) or len(lines) <= _LINES:
        return data
    begin = chance.randrange(len(lines) - _LINES)
    return b"".join(lines[begin : begin + _LINES])


def _disguise(chance: random.Random, name: str, data: bytes) -> tuple[str, bytes]:
    """Return the file, sometimes compressed and perhaps damaged again, and sometimes under another name."""
    roll = chance.random()
    if roll < 0.05:
        compressed = gzip.compress(data, 1, mtime=0)
        return f"{name}.gz", _damaged_bytes(chance, compressed) if roll < 0.03 else compressed
    if roll < 0.1:
        compressed = zstandard.compress(data, 1)
        return f"{name}.zst", _damaged_bytes(chance, compressed) if roll < 0.08 else compressed
    if roll < 0.15:
        return chance.choice(("session.log", "a.jsonl", "b.zip", "c.log.gz", "d.zip.zst", "notes.txt")), data
    return name, data


def _damaged_bytes(chance: random.Random, data: bytes) -> bytes:
    return chance.choice(_BYTE_DAMAGE)(chance, data)


def _flip_bits(chance: random.Random, data: bytes) -> bytes:
    """Flip some bits."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64)) if data else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwrite(chance: random.Random, data: bytes) -> bytes:
    """Replace a byte range by NULs, by random bytes, or by bytes of another artifact."""
    begin = chance.randrange(len(data) + 1)
    length = chance.choice((1, 4, 16, 512, 4096))
    noise = chance.choice((bytes(length), chance.randbytes(length), b"\xff" * length, _foreign_bytes(chance, length)))
    return data[:begin] + noise + data[begin + length :]


def _insert(chance: random.Random, data: bytes) -> bytes:
    """Insert bytes of another artifact."""
    begin = chance.randrange(len(data) + 1)
    return data[:begin] + _foreign_bytes(chance, chance.choice((3, 40, 400, 4000))) + data[begin:]


def _foreign_bytes(chance: random.Random, length: int) -> bytes:
    other = chance.choice(fixture_files())[1]
    begin = chance.randrange(len(other))
    return other[begin : begin + length]


def _cut(chance: random.Random, data: bytes) -> bytes:
    """Cut off the end or the beginning, or cut out a byte range."""
    first, second = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return chance.choice((data[:first], data[:second], data[first:], data[:first] + data[second:]))


def _repeat(chance: random.Random, data: bytes) -> bytes:
    """Repeat the file, or a byte range of it."""
    first, second = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return chance.choice((data + data, data[:second] + data[first:]))


def _empty(chance: random.Random, data: bytes) -> bytes:
    """Leave nothing, or only blanks, NULs or the first byte."""
    return chance.choice((b"", b"\n", b"\n\n \t\r\n", bytes(len(data) % 5000), data[:1]))


def _change_lines(chance: random.Random, data: bytes) -> bytes:
    """Repeat, remove, reorder, join, insert or shorten lines, or change their line ends."""
    lines = data.split(b"\n")
    place = chance.randrange(len(lines))
    match chance.randrange(7):
        case 0:
            lines.insert(chance.randrange(len(lines) + 1), lines[place])
        case 1:
            del lines[place]
        case 2:
            chance.shuffle(lines)
        case 3:
            return data.replace(b"\n", b"", 1)
        case 4:
            return data.replace(b"\n", b"\r\n")
        case 5:
            lines.insert(place, chance.choice((b"", b"  \r", b"\0" * 40, b"null", b"[]", b"17", b'"text"', b"{}")))
        case 6:
            lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]
    return b"\n".join(lines)


def _change_values(chance: random.Random, data: bytes) -> bytes:
    """Replace some values by unusual ones, or by values from elsewhere in the file."""
    found = list(_VALUE.finditer(data))
    for match in sorted(chance.sample(found, min(len(found), chance.choice((1, 1, 2, 5)))), key=lambda m: -m.start()):
        value = chance.choice([*UNUSUAL_JSON.values(), chance.choice(found)[0]])
        if len(value) < 10_000:
            data = data[: match.start()] + value + data[match.end() :]
    return data


def _change_keys(chance: random.Random, data: bytes) -> bytes:
    """Rename some keys, so that some are missing, unknown or duplicated."""
    keys = list(re.finditer(rb'"(\w+)": ', data))
    for match in sorted(chance.sample(keys, min(len(keys), chance.choice((1, 2, 5)))), key=lambda m: -m.start()):
        data = data[: match.start(1)] + chance.choice([b"odd", chance.choice(keys)[1]]) + data[match.end(1) :]
    return data


def _change_encoding(chance: random.Random, data: bytes) -> bytes:
    """Write the text in another encoding, or with a byte order mark."""
    coding = chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp037"))
    return data.decode(errors="replace").encode(coding, "replace")


def _change_zip_headers(chance: random.Random, data: bytes) -> bytes:
    """Change fields of a zip's headers: lengths, offsets, methods, flags, counts."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        places = [match.start() for sign in _SIGNATURES for match in re.finditer(re.escape(sign), data)]
        if not places:
            break
        at = chance.choice(places) + chance.randrange(4, 46)
        values = (0, 1, 9, 93, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, len(data), chance.randrange(1 << 16))
        field = struct.pack("<I", chance.choice(values))[: chance.choice((1, 2, 4))]
        changed[at : at + len(field)] = field
    return bytes(changed)


def _change_members(chance: random.Random, data: bytes) -> bytes:
    """Write the zip anew with one member damaged, removed, repeated or renamed."""
    members = _members(data)
    if not members:
        return _flip_bits(chance, data)
    place = chance.randrange(len(members))
    name, content = members[place]
    match chance.randrange(8):
        case 0:
            del members[place]
        case 1:
            members.insert(chance.randrange(len(members) + 1), (name, content))
        case 2:
            members[place] = chance.choice(_ODD_NAMES), content
        case 3:
            members[place] = name, chance.choice(members)[1]
        case _:
            members[place] = name, chance.choice(_TEXT_DAMAGE)(chance, content)
    return _write_zip(chance, members)


_ODD_NAMES = (
    "",
    "../../up",
    "/etc/passwd",
    "C:\\x",
    "a\\b",
    "debug_bundle/",
    "debug_bundle/manifest.json",
    "x\n.json",
    "é" * 300,
)


def _members(data: bytes) -> list[tuple[str, bytes]]:
    """Return name and content of each member; nothing if one cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            return [(info.filename, opened.read(info)) for info in opened.infolist() if info.file_size < 1 << 20]
    except Exception:  # noqa: BLE001 it was damaged before, so it cannot be written anew
        return []


def _write_zip(chance: random.Random, members: list[tuple[str, bytes]]) -> bytes:
    method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as opened:
        warnings.simplefilter("ignore")  # about duplicate names
        for name, content in members:
            opened.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


_Damage = Callable[[random.Random, bytes], bytes]
_BYTE_DAMAGE: tuple[_Damage, ...] = (_flip_bits, _overwrite, _insert, _cut, _repeat, _empty)
_TEXT_DAMAGE: tuple[_Damage, ...] = (
    *_BYTE_DAMAGE,
    _change_lines,
    _change_lines,
    _change_values,
    _change_values,
    _change_values,
    _change_keys,
    _change_encoding,
)
_ZIP_DAMAGE: tuple[_Damage, ...] = (_change_zip_headers, _change_members, _change_members, _change_members)
