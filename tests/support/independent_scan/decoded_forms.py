"""Decode what may hide text: JSON, base64, percent and backslash escapes, compressed bytes; also in each other."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import zstandard

_DEEPEST = 3
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(rb'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_SIMPLE = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_LOCAL_HEADER = b"PK\x03\x04"


class Form(NamedTuple):
    """A decoded text, and how it was written."""

    name: str
    text: bytes


def forms(text: bytes, depth: int = 0) -> Iterator[Form]:
    """Yield the text itself, and everything that can be decoded from it."""
    yield Form("plain", text)
    if depth < _DEEPEST:
        for name, decoded in _decoded(text):
            for inner in forms(decoded, depth + 1):
                yield Form(name if inner.name == "plain" else f"{name}, {inner.name}", inner.text)


def _decoded(text: bytes) -> Iterator[Form]:
    unpacked = [Form("compressed", each) for each in _unpacked(text)]
    yield from unpacked or _decoded_text(text)


def _decoded_text(text: bytes) -> Iterator[Form]:
    yield from (Form("JSON key" if is_key else "JSON", each) for is_key, each in _json_texts(text))
    if _PERCENT.search(text):
        yield Form("percent", unquote_to_bytes(text))
    if b"\\" in text:
        yield Form("escapes", _ESCAPE.sub(_unescaped, text))
    yield from (Form("base64", each) for found in _BASE64.finditer(text) for each in _from_base64(found[0]))


def _json_texts(text: bytes) -> Iterator[tuple[bool, bytes]]:
    """Yield all keys together, all texts together, and each text that may be JSON."""
    if text.lstrip()[:1] not in {b"{", b"[", b'"'}:
        return
    try:
        value = json.loads(text)
    except ValueError:
        return
    keys: list[str] = []
    texts: list[str] = []
    _collect(value, keys, texts)
    yield True, _encoded("\n".join(keys))
    yield False, _encoded("\n".join(texts))
    yield from ((False, _encoded(each)) for each in texts if each.lstrip()[:1] in {"{", "[", '"'})


def _collect(value: Any, keys: list[str], texts: list[str]) -> None:
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, dict):
        keys.extend(value)
        for inner in value.values():
            _collect(inner, keys, texts)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, keys, texts)


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return _encoded(chr(int(found[1], 16)))
    return _SIMPLE.get(found[2], found[2])


def _from_base64(text: bytes) -> Iterator[bytes]:
    """Yield what the text decodes to from each of the four characters where the encoded text may begin."""
    standard = text.translate(_TO_STANDARD)
    for start in range(4):
        part = standard[start:]
        with_end = part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part + b"=" * (-len(part) % 4)
        try:
            yield base64.b64decode(with_end)
        except binascii.Error:
            continue


def _unpacked(text: bytes) -> Iterator[bytes]:
    if text.startswith(b"\x1f\x8b"):
        yield _until_damage(zlib.decompressobj(16 + zlib.MAX_WBITS), text)
    if text.startswith(b"\x28\xb5\x2f\xfd"):
        yield _until_damage(zstandard.ZstdDecompressor().decompressobj(), text)
    if text.startswith(_LOCAL_HEADER):
        yield from _members(text)


def _members(text: bytes) -> Iterator[bytes]:
    """Yield what is compressed after each local header of a zip, whatever its directory says."""
    start = text.find(_LOCAL_HEADER)
    while start >= 0:
        sizes = text[start + 26 : start + 30]
        data = start + 30 + int.from_bytes(sizes[:2], "little") + int.from_bytes(sizes[2:], "little")
        yield _until_damage(zlib.decompressobj(-zlib.MAX_WBITS), text[data:])
        start = text.find(_LOCAL_HEADER, start + 4)


def _until_damage(decompressor: Any, text: bytes) -> bytes:
    """Return what can be decompressed of the text, which may be cut off or damaged."""
    parts: list[bytes] = []
    try:
        for start in range(0, len(text), 4096):
            parts.append(decompressor.decompress(text[start : start + 4096]))
            if decompressor.eof:
                break
    except (zlib.error, zstandard.ZstdError):
        pass
    return b"".join(parts)
