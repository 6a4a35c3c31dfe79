"""The forms in which writers put the same JSON into a line: its spaces, escapes and numbers.

A row holds the values of a line as compact UTF-8 JSON. With the line's form it also says what the bytes were. A form is
only accepted if writing the values in it gives the line back, byte for byte.
"""

from __future__ import annotations

import codecs
import json
import re
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

import msgspec
import orjson

from ..column_values import LineStyle


class LineForm(NamedTuple):
    """The form of a line.

    `is_ascii` says whether characters beyond ASCII are escaped; None if the line has none, so that it fits both ways.
    `key_order` is a JSON array of the record's keys, if these are not in the library's order.
    """

    style: LineStyle
    is_ascii: int | None
    line_end: str = ""
    key_order: str | None = None

    def fits(self, other: LineForm) -> bool:
        """Return whether a line of this form is also one of the form `other`."""
        return self[2:] == other[2:] and self.style == other.style and self.is_ascii in (None, other.is_ascii)


LIBRARY = LineForm(LineStyle.LIBRARY, 1)
"""The form that the library writes."""

NEUTRAL = LineForm(LineStyle.LIBRARY, None)
"""The library's form, in a line without characters that need escapes."""

UNSPACED = (",", ":")
_SPACED = (", ", ": ")

_NOT_ASCII = bytes(range(0x80, 0x100))
_ESCAPE = re.compile(rb"\\u(?!00[0-7])[0-9a-f]{4}")
"""An escaped character beyond ASCII, as Python writes it."""

_DELETE = b"\x7f"
"""Python escapes it with the characters beyond ASCII; orjson does not."""

UNWRITABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""Errors of `write_form`: the text is not JSON, or nested too deep."""


def _escape_run(error: UnicodeError) -> tuple[str, int]:
    """Return the escapes of characters that are not ASCII, for a codec."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 only encoding calls it
    return encode_basestring_ascii(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("wink-json-escape", _escape_run)


def escaped(text: bytes) -> bytes:
    """Return JSON text with all characters beyond ASCII escaped, as Python's writer does by default."""
    if not text.isascii():
        text = text.decode().encode("ascii", "wink-json-escape")
    return text.replace(_DELETE, b"\\u007f")


def is_plain(text: bytes) -> bool:
    """Return whether the text has no characters that may be escaped as those beyond ASCII are."""
    return text.isascii() and _DELETE not in text


def spaced(compact: bytes) -> bytes:
    """Return compact JSON with a space after each comma and colon, as Python's writer puts them."""
    return msgspec.json.format(compact, indent=0)


def write_form(compact: bytes, form: LineForm) -> bytes:
    """Return the line that a writer of that form makes of compact JSON; the key order is the one that is given.

    Raises:
        UNWRITABLE: the text is not JSON.
    """
    match form.style:
        case LineStyle.PYTHON | LineStyle.PYTHON_COMPACT:
            return write_value(json.loads(compact), form)
        case LineStyle.COMPACT:
            text = escaped(compact) if form.is_ascii else compact
        case LineStyle.LIBRARY | LineStyle.SPACED:
            text = escaped(spaced(compact)) if form.is_ascii else spaced(compact)
        case _:
            raise ValueError(f"lines of the unknown style {form.style!r}")
    return text + form.line_end.encode()


def write_value(value: object, form: LineForm) -> bytes:
    """Return the line that Python's own writer makes of a value, in a form of one of its styles."""
    return _python_text(value, form) + form.line_end.encode()


def form_of(raw: bytes, compact: bytes, style: LineStyle = LineStyle.LIBRARY) -> LineForm | None:
    """Return the form in which `raw` is exactly what `compact` says; None if it is in none of the quick forms.

    `compact` must be what orjson writes for the value that it read from `raw`. Then equal texts without the characters
    beyond ASCII, and without their escapes, are enough: these characters are those of the value itself. `style` is the
    name of the spaced style.
    """
    text = raw.rstrip(b" \t\r")
    first = text.find(b'":')
    if text[first + 2 : first + 3] == b" ":
        expected = spaced(compact)
    else:
        style, expected = LineStyle.COMPACT, compact
    if text == expected:
        is_ascii = None if is_plain(text) else 0
    elif is_plain(text) and _ESCAPE.sub(b"", text) == expected.translate(None, _NOT_ASCII):
        is_ascii = 1
    else:
        return None
    return LineForm(style, is_ascii, raw[len(text) :].decode())


def python_form(raw: bytes, value: object) -> LineForm | None:
    """Return the form in which Python's own writer makes `raw` of the value; None if it has no such form.

    It differs from the quick forms in its numbers: `1e-07` is what Python writes, `1e-7` what orjson writes.
    """
    text = raw.rstrip(b" \t\r")
    first = text.find(b'":')
    style = LineStyle.PYTHON if text[first + 2 : first + 3] == b" " else LineStyle.PYTHON_COMPACT
    form = LineForm(style, int(text.isascii()), raw[len(text) :].decode())
    try:
        return form if _python_text(value, form) == text else None
    except UNWRITABLE:
        return None


def _python_text(value: object, form: LineForm) -> bytes:
    separators = UNSPACED if form.style == LineStyle.PYTHON_COMPACT else _SPACED
    return json.dumps(value, ensure_ascii=bool(form.is_ascii), separators=separators).encode()


def key_order(keys: list[str], usual: tuple[str, ...]) -> str | None:
    """Return the keys as a JSON array; None if the `usual` ones come first, in their order."""
    expected = [key for key in usual if key in keys]
    if keys[: len(expected)] == expected:
        return None
    return orjson.dumps(keys).decode()
