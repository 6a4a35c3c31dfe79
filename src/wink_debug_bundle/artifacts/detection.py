"""Recognise what a file holds by its first bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ..column_values import ArtifactKind, Compression
from .streams.line_blocks import read_sample

SAMPLE_BYTES = 1 << 16
"""Decompressed bytes that are examined."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MAGIC = {b"\x1f\x8b": Compression.GZIP, b"\x28\xb5\x2f\xfd": Compression.ZSTD, b"\xfd7zXZ\0": Compression.XZ}

_LOG_KEYS = {"message", "level", "logger", "timestamp"}
_TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)(?:"(\s*:)?)?|[\[{]|[\]}]', re.DOTALL)
"""A string (perhaps cut off) or a bracket. The possessive quantifiers keep matching linear on any text."""


def compression_of(head: bytes) -> Compression:
    """Return how a file that begins with `head` is compressed."""
    for magic, compression in _MAGIC.items():
        if head.startswith(magic):
            return compression
    return Compression.NONE


def is_utf16(head: bytes) -> bool:
    """Return whether a file that begins with `head` is UTF-16: it has a byte order mark, or begins like JSON."""
    return head.startswith((b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{"))


def kind_of(stream: BinaryIO) -> ArtifactKind:
    """Return what the decompressed `stream` holds, by its first 64 KiB.

    Raises:
        One of UNREADABLE: the bytes cannot be read, and those before the damage do not show the kind.
    """
    sample, damage = read_sample(stream, SAMPLE_BYTES)
    if sample.startswith(_ZIP):
        return ArtifactKind.ARCHIVE
    for line in sample.removeprefix(b"\xef\xbb\xbf").splitlines():
        keys = set()
        for key in top_level_keys(line.decode(errors="replace")):
            if key == "slices":  # the rest of the line, which may be long, does not matter
                return ArtifactKind.SNAPSHOTS
            keys.add(key)
        if len(keys & _LOG_KEYS) >= 2:
            return ArtifactKind.LOGS
    if damage is not None:
        raise damage
    return ArtifactKind.UNKNOWN


def top_level_keys(text: str) -> Iterator[str]:
    """Yield the keys of the JSON object that `text` begins with; `text` may be cut off anywhere."""
    if not text.lstrip().startswith("{"):
        return
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0][0] != '"':
            depth += 1 if token[0] in "[{" else -1
        elif depth == 1 and token[2]:
            yield token[1]
