r"""Private keys in PEM: as plain text, in JSON of any depth, behind the line numbers of a listing, and cut by log records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .found_secret import FoundSecret, Ranked, without_overlaps
from .linear_regex import ByteRegex, byte_regex

RULE, KIND = "pem-private-key", "PRIVATE_KEY"
_MOST_TEXTS = 400
"""How many texts a key may be spread over."""
_LONGEST_PAUSE = 40
"""How many texts without a part of it there may be between two of its parts."""

_LINE_END = re.compile(rb"\\+[nrt]|[\r\n]+")
_LINE_NUMBER = re.compile(
    rb"^[\s\"',+>#*]*(?:\d{1,6}(?:\xe2\x86\x92|[|:\t]))?[\s\"',+>#*]*|[\s\"',\\]*(?: \+)?[\s\"',\\]*$"
)
_BEGIN = r"-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----"
_END = r"-----END[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----"
_LINE = r"[A-Za-z0-9+/]{40,}={0,2}"
_SHORT_LINE = r"[A-Za-z0-9+/]{4,}={0,2}"


def plain_pem(block: bytes) -> bytes:
    """Return a block as its file has it: its lines, without escapes, line numbers and quotes."""
    lines = (_LINE_NUMBER.sub(b"", line) for line in _LINE_END.split(block))
    return b"\n".join(filter(None, lines))


class PemAcrossTexts:
    """Finds keys that begin in one text and end in another, as log records cut them."""

    def __init__(self) -> None:
        """Compile what keys look like.

        Raises:
            BundleError: the extra `redact` is not installed.
        """
        self._marks: ByteRegex = byte_regex(f"(?P<begin>{_BEGIN})|(?P<end>{_END})")
        self._body: ByteRegex = byte_regex(f"({_LINE})|(?:^|[\"'\\s:>]|\\\\n)({_SHORT_LINE})(?:\\\\+n|[\"'\\s]|$)")

    def found(self, texts: Sequence[bytes]) -> list[list[FoundSecret]]:
        """Return the parts of such keys in each of the texts, which are in the order in which they were written.

        All parts of a key have the same value, the whole key. Keys that one text holds whole are not among them.
        """
        ranked: list[list[Ranked]] = [[] for _ in texts]
        first = next(self._open_ends(texts, 0), None)
        while first is not None:
            following = self._collect(texts, first, ranked)
            first = next(self._open_ends(texts, following), None)
        return [without_overlaps(parts) if parts else [] for parts in ranked]

    def _open_ends(self, texts: Sequence[bytes], first: int) -> Iterator[int]:
        """Yield the texts in which a key begins that does not end there."""
        for index in range(first, len(texts)):
            if b"PRIVATE KEY" in texts[index] and self._open_place(texts[index]) is not None:
                yield index

    def _open_place(self, text: bytes) -> int | None:
        """Return where the last mark of a beginning is, if no mark of an end follows it."""
        place = None
        for mark in self._marks.finditer(text):
            place = mark.span()[0] if mark.groups()[0] else None
        return place

    def _collect(self, texts: Sequence[bytes], first: int, ranked: list[list[Ranked]]) -> int:
        """Note the parts of the key that begins in text `first`; return the text behind its last one."""
        start = self._open_place(texts[first]) or 0
        parts = [(first, start, start + texts[first][start:].index(b"KEY") + len(b"KEY"))]
        parts += [(first, *span) for span in self._lines(texts[first], start)]
        parts[0] = (first, start, max(end for _, _, end in parts))
        del parts[1:]
        index = first
        for index in range(first + 1, min(first + _MOST_TEXTS, len(texts))):
            end = self._end(texts[index])
            parts += [(index, *span) for span in self._lines(texts[index], 0, end)]
            if end is not None or index - parts[-1][0] > _LONGEST_PAUSE:
                break
        value = plain_pem(b"\n".join(texts[number][start:end] for number, start, end in parts))
        for number, start, end in parts:
            ranked[number].append((0, FoundSecret(start, end, RULE, KIND, value)))
        return max(index, first + 1)

    def _end(self, text: bytes) -> int | None:
        """Return where the first mark is, if it is one of an end or of another beginning."""
        mark = self._marks.search(text)
        return mark.span()[0] if mark else None

    def _lines(self, text: bytes, start: int, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield the lines of a key's body between two places of a text."""
        for match in self._body.finditer(text[start:end]):
            long = match.groups()[0] is not None
            first, last = match.span(1 if long else 2)
            if _is_body(text[start + first : start + last]):
                yield start + first, start + last


def _is_body(line: bytes) -> bool:
    """Return whether a run of base64 is no word and no digest."""
    if re.fullmatch(rb"[0-9a-f]+", line):
        return False
    return line.endswith(b"=") or (
        any(65 <= byte <= 90 for byte in line[1:]) and any(48 <= byte <= 57 for byte in line)
    )
