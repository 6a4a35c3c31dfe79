"""Recognise what a file holds by its content."""

from __future__ import annotations

import re
from typing import BinaryIO

from ..column_values import ArtifactKind, Compression
from .streams.line_blocks import read_sample

SAMPLE_BYTES = 1 << 16
"""Decompressed bytes that are examined at once; the first ones decide for most files."""

SEARCHED_BYTES = 16 << 20
"""Bytes of lines before the first record, such as a banner, that are searched for it."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MAGIC = {b"\x1f\x8b": Compression.GZIP, b"\x28\xb5\x2f\xfd": Compression.ZSTD, b"\xfd7zXZ\0": Compression.XZ}
_BOM = b"\xef\xbb\xbf"
_SPACES = b" \t\r\x0b\x0c"

_LOG_KEYS = {b"message", b"level", b"logger", b"timestamp"}
_TOKEN = re.compile(rb'"((?:[^"\\]++|\\.)*+)("[ \t\r]*+(:)?)?|[\[{]|[\]}]', re.DOTALL)
"""A string (perhaps cut off) or a bracket. The possessive quantifiers keep matching linear on any text."""

_CANDIDATE = re.compile(rb"^[ \t\r\x0b\x0c]*+\{[^\n]{10}", re.MULTILINE)
"""The beginning of a line that may be a record: even one of a single short key has more bytes."""

_LONGEST_KEY = 100
"""Bytes of a string that is cut off, above which it is no key of a record."""


def compression_of(head: bytes) -> Compression:
    """Return how a file that begins with `head` is compressed."""
    for magic, compression in _MAGIC.items():
        if head.startswith(magic):
            return compression
    return Compression.NONE


def is_utf16(head: bytes) -> bool:
    """Return whether a file that begins with `head` is UTF-16: it has a byte order mark, or begins like JSON."""
    return head.startswith((b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{"))


def is_tar(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a tar archive, by the mark that POSIX and GNU tar write."""
    return head[257:262] == b"ustar"


def kind_of(stream: BinaryIO) -> ArtifactKind:
    """Return what the decompressed `stream` holds, by the first line that is a record.

    A line that begins like an object is examined to its end, however long it is; lines before it, up to SEARCHED_BYTES.

    Raises:
        One of UNREADABLE: the bytes cannot be read, and those before the damage do not show the kind.
    """
    lines = _LineScan()
    is_first = True
    while lines.passed_bytes <= SEARCHED_BYTES:
        sample, damage = read_sample(stream, SAMPLE_BYTES)
        if is_first and sample.startswith(_ZIP):
            return ArtifactKind.ARCHIVE
        kind = lines.examine(sample.removeprefix(_BOM) if is_first else sample)
        if kind is None and (damage is not None or len(sample) < SAMPLE_BYTES):
            kind = lines.end()
        if kind is not None:
            return kind
        if damage is not None:
            raise damage
        if len(sample) < SAMPLE_BYTES:
            break
        is_first = False
    return ArtifactKind.UNKNOWN


class _LineScan:
    """Looks for the keys of records in lines that arrive in samples; memory holds one sample.

    `passed_bytes` is the size of the lines that were no records.
    """

    def __init__(self) -> None:
        self.passed_bytes = 0
        self._start_line()

    def examine(self, sample: bytes) -> ArtifactKind | None:
        """Return the kind that the sample shows; None if it does not show one."""
        whole = sample.rfind(b"\n") + 1
        if (
            whole and not self._is_object and not _CANDIDATE.search(sample, 0, whole)
        ):  # of a banner of millions of lines
            self.passed_bytes += whole
            self._start_line()
            sample = sample[whole:]
        for line in sample.splitlines(keepends=True) if b"\n" in sample else [sample]:
            kind = self._examine_part(line)
            if kind is None and line.endswith(b"\n"):
                kind = self.end()
                self._start_line()
            if kind is not None:
                return kind
            self.passed_bytes += 0 if self._is_object else len(line)
        return self.end() if self._is_long else None

    def end(self) -> ArtifactKind | None:
        """Return what the keys of the line show, which has ended, or is long."""
        return ArtifactKind.LOGS if len(self._keys & _LOG_KEYS) >= 2 else None

    def _start_line(self) -> None:
        self._is_object: bool | None = None
        self._is_long = False
        self._depth = 0
        self._keys: set[bytes] = set()
        self._rest = b""

    def _examine_part(self, part: bytes) -> ArtifactKind | None:
        if self._is_object is None and (begin := part.lstrip(_SPACES)):
            self._is_object = begin.startswith(b"{")
        if not self._is_object:
            return None
        text = self._rest + part
        self._rest = b""
        self._is_long = not part.endswith(b"\n")
        for token in _TOKEN.finditer(text):
            if not token[0].startswith(b'"'):
                self._depth += 1 if token[0] in b"[{" else -1
            elif token.end() == len(text) and not token[3]:  # the string, or what follows it, is in the next sample
                self._rest = _shortened(token[0], token[2] or b"")
            elif self._depth == 1 and token[3]:
                if token[1] == b"slices":
                    return ArtifactKind.SNAPSHOTS
                self._keys.add(token[1] if len(token[1]) <= _LONGEST_KEY else b"")
        return None


def _shortened(text: bytes, end: bytes) -> bytes:
    """Return a string, which is cut off or has its `end`, without its middle if it is too long to be a key that matters."""
    if len(text) <= _LONGEST_KEY:
        return text
    backslashes = len(text) - len(text.rstrip(b"\\"))
    return b'"' + b"x" * _LONGEST_KEY + (end or b"\\" * (backslashes % 2))


def top_level_keys(line: bytes) -> list[str]:
    """Return the keys of the JSON object that a line begins with; the line may be cut off anywhere."""
    keys: list[str] = []
    depth = 0
    if line.lstrip().startswith(b"{"):
        for token in _TOKEN.finditer(line):
            if not token[0].startswith(b'"'):
                depth += 1 if token[0] in b"[{" else -1
            elif depth == 1 and token[3]:
                keys.append(token[1].decode(errors="replace"))
    return keys
