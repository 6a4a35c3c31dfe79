"""Real artifacts of every release, damaged in ways that a seed decides."""

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

_PACKED_ARTIFACTS = 30_000
"""Larger fixtures are left out: what they hold stands in smaller ones too, and a case takes milliseconds."""

_LINES = 12
"""Lines of a file that are kept, so that a case stays small."""

_SIGNATURES = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06")
_VALUE = re.compile(rb'(?<=: )(?:"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\{\}|\[\])')


@cache
def fixture_files() -> tuple[tuple[str, bytes], ...]:
    """Name and content of each fixture that is small enough."""
    paths = sorted(path for path in (ROOT / "fixtures").glob("wink-*/**/*") if "expected" not in path.parts)
    small = (path for path in paths if path.is_file() and path.stat().st_size < _PACKED_ARTIFACTS)
    return tuple((path.name, path.read_bytes()) for path in small)


def damaged_files(seed: int, number: int) -> Files:
    """The files of the case `number`: one to three artifacts, of which the first is damaged, and others may be."""
    chance = random.Random(f"{seed}/{number}")
    files: Files = {}
    for place in range(chance.choice((1, 1, 1, 2, 3))):
        name, data = chance.choice(fixture_files())
        data = _shortened(chance, data)
        if place == 0 or chance.random() < 0.5:
            for _ in range(chance.choice((1, 1, 2, 3))):
                data = _damage(chance, data)
        name, data = _disguised(chance, name, data)
        files[f"{place}/{name}" if place else name] = data
    return files


def _damage(chance: random.Random, data: bytes) -> bytes:
    kinds = (
        _OF_ZIPS if data.startswith(b"PK") and chance.random() < 0.7 else _OF_BYTES if _is_packed(data) else _OF_TEXT
    )
    return chance.choice(kinds)(chance, data)


def _is_packed(data: bytes) -> bool:
    return data[:2] in {b"PK", b"\x1f\x8b", b"\x28\xb5"}


def _shortened(chance: random.Random, data: bytes) -> bytes:
    """Some neighbouring lines of a file of lines; a zip as it is."""
    lines = data.splitlines(keepends=True)
    if _is_packed(data) or len(lines) <= _LINES:
        return data
    begin = chance.randrange(len(lines) - _LINES)
    return b"".join(lines[begin : begin + _LINES])


def _disguised(chance: random.Random, name: str, data: bytes) -> tuple[str, bytes]:
    """The file packed, or under another name, now and then; packed ones are damaged again at times."""
    roll = chance.random()
    if roll < 0.05:
        packed = gzip.compress(data, 1, mtime=0)
        return f"{name}.gz", _bytewise(chance, packed) if roll < 0.03 else packed
    if roll < 0.1:
        packed = zstandard.compress(data, 1)
        return f"{name}.zst", _bytewise(chance, packed) if roll < 0.08 else packed
    if roll < 0.15:
        return chance.choice(("session.log", "a.jsonl", "b.zip", "c.log.gz", "d.zip.zst", "notes.txt")), data
    return name, data


def _bytewise(chance: random.Random, data: bytes) -> bytes:
    return chance.choice(_OF_BYTES)(chance, data)


def _flipped(chance: random.Random, data: bytes) -> bytes:
    """Some bits turned over."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64)) if data else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwritten(chance: random.Random, data: bytes) -> bytes:
    """A stretch replaced by NULs, by other bytes, or by a piece of another artifact."""
    begin = chance.randrange(len(data) + 1)
    length = chance.choice((1, 4, 16, 512, 4096))
    noise = chance.choice((bytes(length), chance.randbytes(length), b"\xff" * length, _piece(chance, length)))
    return data[:begin] + noise + data[begin + length :]


def _spliced(chance: random.Random, data: bytes) -> bytes:
    """A piece of another artifact put in."""
    begin = chance.randrange(len(data) + 1)
    return data[:begin] + _piece(chance, chance.choice((3, 40, 400, 4000))) + data[begin:]


def _piece(chance: random.Random, length: int) -> bytes:
    other = chance.choice(fixture_files())[1]
    begin = chance.randrange(len(other))
    return other[begin : begin + length]


def _cut(chance: random.Random, data: bytes) -> bytes:
    """The end missing, or the beginning, or something between."""
    first, second = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return chance.choice((data[:first], data[:second], data[first:], data[:first] + data[second:]))


def _doubled(chance: random.Random, data: bytes) -> bytes:
    """The file twice, or a stretch of it."""
    first, second = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return chance.choice((data + data, data[:second] + data[first:]))


def _emptied(chance: random.Random, data: bytes) -> bytes:
    """Nothing left, or only blanks or NULs."""
    return chance.choice((b"", b"\n", b"\n\n \t\r\n", bytes(len(data) % 5000), data[:1]))


def _relined(chance: random.Random, data: bytes) -> bytes:
    """Lines repeated, missing, in another order, joined, or with other ends."""
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


def _revalued(chance: random.Random, data: bytes) -> bytes:
    """Some values replaced by strange ones, or by values from elsewhere in the file."""
    found = list(_VALUE.finditer(data))
    for match in sorted(chance.sample(found, min(len(found), chance.choice((1, 1, 2, 5)))), key=lambda m: -m.start()):
        value = chance.choice([*UNUSUAL_JSON.values(), chance.choice(found)[0]])
        if len(value) < 10_000:
            data = data[: match.start()] + value + data[match.end() :]
    return data


def _rekeyed(chance: random.Random, data: bytes) -> bytes:
    """Some keys called by other names, so that some are missing, unknown or there twice."""
    keys = list(re.finditer(rb'"(\w+)": ', data))
    for match in sorted(chance.sample(keys, min(len(keys), chance.choice((1, 2, 5)))), key=lambda m: -m.start()):
        data = data[: match.start(1)] + chance.choice([b"odd", chance.choice(keys)[1]]) + data[match.end(1) :]
    return data


def _recoded(chance: random.Random, data: bytes) -> bytes:
    """The text in another encoding, or with a byte order mark."""
    coding = chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp037"))
    return data.decode(errors="replace").encode(coding, "replace")


def _reheaded(chance: random.Random, data: bytes) -> bytes:
    """Fields of a zip's headers changed: lengths, offsets, methods, flags, counts."""
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


def _repacked(chance: random.Random, data: bytes) -> bytes:
    """A zip whose members are damaged, missing, repeated or renamed, and which is sound otherwise."""
    members = _members(data)
    if not members:
        return _flipped(chance, data)
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
            members[place] = name, chance.choice(_OF_TEXT)(chance, content)
    return _zipped(chance, members)


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
    """Name and content of each member; nothing where one cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            return [(info.filename, opened.read(info)) for info in opened.infolist() if info.file_size < 1 << 20]
    except Exception:  # noqa: BLE001 damaged before: whatever is wrong with it, it is no zip to repack
        return []


def _zipped(chance: random.Random, members: list[tuple[str, bytes]]) -> bytes:
    method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as opened:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in members:
            opened.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


_Damage = Callable[[random.Random, bytes], bytes]
_OF_BYTES: tuple[_Damage, ...] = (_flipped, _overwritten, _spliced, _cut, _doubled, _emptied)
_OF_TEXT: tuple[_Damage, ...] = (*_OF_BYTES, _relined, _relined, _revalued, _revalued, _revalued, _rekeyed, _recoded)
_OF_ZIPS: tuple[_Damage, ...] = (_reheaded, _repacked, _repacked, _repacked)
