r"""Decode what a text may hide: escapes of JSON, however deep, percent escapes of URLs, base64.

All of a text is decoded at once, not each of its strings: what stands between strings has no escapes, and one long text
is searched faster than many short ones. JSON within JSON has escaped escapes, which a second decoding takes out.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator

from .text_places import EncodedRuns, Escapes, Places

DEEPEST = 4
"""How often a text is decoded: JSON within JSON within JSON, and one more."""

_ESCAPE = re.compile(rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.)", re.DOTALL)
_MOST_AT_ONCE = 2 << 20
"""A longer text is decoded escape by escape, which is slower and needs less memory."""
_ASCII = re.compile(rb"\\u00[2-7]")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_PLAIN = {
    b"\\n": b"\n",
    b'\\"': b'"',
    b"\\t": b"\t",
    b"\\r": b"\r",
    b"\\/": b"/",
    b"\\b": b"\b",
    b"\\f": b"\f",
    b"\\\\": b"\\",
}
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_PATH_ENDS = bytes.maketrans(b"/\\!", b"\n\n\n")

SHORTEST_RUN = 22
_RUN = b"a" * SHORTEST_RUN
_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
SHAPE = bytes(b"a"[0] if byte in _CHARACTERS else b" "[0] for byte in range(256))
"""Makes one letter of all characters of base64: to find a run is then to find a word, which is quick."""
_FIRST_OF_TEXT = b"CDIJKLMNOPQRSTUVWXYZabcdef"
"""The characters of base64 that stand for the first six bits of a byte of a text."""
LOOKED_AT = 64
"""How many characters of a run decide whether it stands for a text."""
_TEXT_BYTES = bytes((*range(0x20, 0x7F), 9, 10, 13))
_MOST_OTHERS = 8
"""Of so many bytes, how many may be none of a text: some characters are not ASCII."""


class DecodedText:
    """A decoded text, which finds its places in the text that it was decoded from."""

    __slots__ = ("_parent", "_places", "_source", "data")

    def __init__(self, data: bytes, parent: DecodedText | None = None, source: re.Pattern[bytes] | None = None) -> None:
        self.data = data
        self._parent = parent
        self._source = source
        self._places: Places | None = None

    @property
    def is_original(self) -> bool:
        """Return whether nothing was decoded."""
        return self._parent is None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original the part from `start` to `end` is, whole escapes included."""
        if self._parent is None:
            return start, end
        if self._places is None:
            self._places = self._find_places(self._parent.data)
        start, end = self._places.span(start, end)
        return self._parent.original(start, end)

    def _find_places(self, source: bytes) -> Places:
        assert self._source is not None  # noqa: S101 only originals have none
        decoded = _escape_length if self._source is _ESCAPE else _percent_length
        return Escapes(source, self._source, decoded)


class _PathParts(DecodedText):
    """A path whose parts stand on lines of their own: some rules know no slash behind a key."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        return start, end


class _FromBase64(DecodedText):
    """What runs of base64 stand for, each on a line of its own."""

    def __init__(self, parent: DecodedText, runs: list[tuple[int, int, bytes]]) -> None:
        super().__init__(base64_text(runs), parent)
        self._places = EncodedRuns(runs)


def decoded_texts(text: bytes, *, is_path: bool = False) -> list[DecodedText]:
    """Return the text itself, and what comes out when it is decoded in each way, as far as that changes it."""
    texts = [DecodedText(text)]
    while len(texts) <= DEEPEST and b"\\" in texts[-1].data:
        decoded = decode(texts[-1].data)
        if decoded == texts[-1].data:
            break
        texts.append(DecodedText(decoded, texts[-1], _ESCAPE))
    plain = texts[-1]
    if has_percent(text):
        texts.append(DecodedText(decode_percent(plain.data), plain, _PERCENT))
    if is_path and (parts := path_parts(text)) != text:
        texts.append(_PathParts(parts, texts[0]))
    if len(plain.data) >= SHORTEST_RUN and (runs := list(base64_runs(plain.data))):
        texts.append(_FromBase64(plain, runs))
    return texts


def decode(text: bytes) -> bytes:
    """Return the text with the escapes of JSON decoded; a backslash before anything else stays."""
    if len(text) > _MOST_AT_ONCE:
        return _ESCAPE.sub(lambda match: _UNESCAPED[match[0]], text)
    parts = _ESCAPE.split(text)
    parts[1::2] = map(_UNESCAPED.__getitem__, parts[1::2])
    return b"".join(parts)


class _Unescaped(dict[bytes, bytes]):
    """What escapes stand for; only those of characters, which are many, are not kept."""

    def __missing__(self, escape: bytes) -> bytes:
        return _char(escape) if len(escape) > len(r"\u") else escape


_UNESCAPED = _Unescaped(_PLAIN)


def _char(escape: bytes) -> bytes:
    """Return the character of one escape, or of a pair of surrogates."""
    code = int(escape[2:6], 16)
    if len(escape) > len(r"\uXXXX"):
        code = 0x10000 + ((code - 0xD800) << 10) + int(escape[8:12], 16) - 0xDC00
    return chr(code).encode("utf-8", "replace")


def has_percent(text: bytes) -> bool:
    """Return whether a text has percent escapes."""
    return b"%" in text and _PERCENT.search(text) is not None


def hides_ascii(text: bytes) -> bool:
    """Return whether a text has escapes of characters that could be written as they are."""
    return _ASCII.search(text) is not None


def decode_percent(text: bytes) -> bytes:
    """Return the text with its percent escapes decoded."""
    return _PERCENT.sub(_byte, text)


def path_parts(path: bytes) -> bytes:
    """Return a path with its parts on lines of their own."""
    return path.translate(_PATH_ENDS)


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[0][1:].decode())


def _escape_length(match: re.Match[bytes]) -> int:
    escape = match[0]
    if escape[1:2] == b"u" and len(escape) > len(r"\u"):
        return len(_char(escape))
    return 1 if escape in _PLAIN else len(escape)


def _percent_length(match: re.Match[bytes]) -> int:
    del match
    return 1


def base64_text(runs: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Return what runs of base64 stand for, each on a line of its own."""
    return b"\n".join(data for _, _, data in runs)


def base64_runs(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the places of runs of base64 that stand for text, and this text."""
    shape = text.translate(SHAPE)
    end = 0
    while (start := shape.find(_RUN, end)) >= 0:
        end = shape.find(b" ", start)
        end = len(text) if end < 0 else end
        if not stands_for_text(text, start, end):
            continue
        decoded = _from_base64(text[start:end].translate(_TO_STANDARD))
        while text[end : end + 1] == b"=":
            end += 1
        yield start, end, decoded


def stands_for_text(text: bytes, start: int, end: int) -> bool:
    """Return whether a run of base64, which has 22 characters at least, stands for a text."""
    return _may_be_text(text, start, end) and _is_text(
        text[start : min(end, start + LOOKED_AT)].translate(_TO_STANDARD)
    )


def _may_be_text(text: bytes, start: int, end: int) -> bool:
    """Return False for most runs that stand for no text, and never for one that does: the first of four decides a byte."""
    size = min(end - start, LOOKED_AT)
    others = text[start : start + size // 4 * 4 : 4].translate(None, _FIRST_OF_TEXT)
    return len(others) * _MOST_OTHERS <= size * 3 // 4


def _is_text(run: bytes) -> bool:
    decoded = _from_base64(run)
    return len(decoded.translate(None, _TEXT_BYTES)) * _MOST_OTHERS <= len(decoded)


def _from_base64(run: bytes) -> bytes:
    whole = run if len(run) % 4 != 1 else run[:-1]
    return b64decode(whole + b"=" * (-len(whole) % 4))
