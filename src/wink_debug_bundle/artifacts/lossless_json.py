"""Read JSON fast without losing anything, and write JSON that every SQLite reads.

orjson refuses some of what Python's own writer produces (NaN, Infinity, lone surrogates) and silently changes some of
what it accepts (integers over 64 bits, long decimals, repeated keys). Both cases are detected; such a line is read
with Python's slower reader, and its record lists what the written JSON cannot express.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any, NamedTuple

import orjson

from .json_forms import LineForm, form_of, python_form
from .read_errors import MalformedError

JsonObject = dict[str, Any]

_SHAPES = {**dict.fromkeys(b"0123456789.", b"0"), **dict.fromkeys(b"eE", b"e"), ord("-"): b"-"}
_SHAPE = b"".join(_SHAPES.get(byte, b" ") for byte in range(256))
_HARD_SHAPES = (b"0" * 16, b"0e-000")
"""Shapes of numbers that a double may not hold: over 15 digits, or too small. All others survive a round trip."""

_LONG_INTEGER = b"0" * 19
"""Shape of integers that may not fit in 64 bits, which orjson reads as other numbers than Python."""

_NUMBER_ENDS = b"eE,]} \t\r\n"
"""Bytes that may follow the digits of a number; the text may also end there."""

_HIDDEN = re.compile(rb"\\u00(?:22|3[aA])")
"""Escapes of a quote and of a colon, which would be missed when keys are counted."""

_NEEDLESS_ESCAPE = re.compile(rb"\\(?:/|u00(?:[2-6]|7[0-9a-eA-E]))")
"""What looks like an escape of a character that no writer has to escape, unless the backslash is itself escaped."""

_BACKSLASH = ord("\\")

_NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS = bytes.maketrans(b"[{]}", b"\1\1\xff\xff")

_DECODED_BYTES = 256 << 10
"""Bytes that are decoded at once: their text stays in the processor's cache."""

_SURROGATE = re.compile("[\ud800-\udfff]")
MAX_DEPTH = 500
"""Nesting levels that are read: SQLite's JSON functions stop at 1000, and so does the recursion of Python, callers included."""

MAX_COUNT = 10**12
"""Largest believable count of tokens. SQLite's SUM fails the whole query when it overflows 64 bits."""

_KINDS = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object read from a line; `losses` names what `dump` cannot write again, and is usually empty.

    `form` is the form that gives the line back from what `dump` writes; None if it has no such form.
    """

    value: JsonObject
    losses: tuple[str, ...] = ()
    form: LineForm | None = None


def read_object(raw: bytes) -> Record:
    """Read one JSON object.

    Raises:
        MalformedError: the bytes are not JSON, or not an object.
    """
    record = _read_fast(raw) or _read_carefully(raw)
    if not isinstance(record.value, dict):
        raise MalformedError(f"expected a JSON object, found {_KINDS[type(record.value)]}")
    return record


def object_of(raw: bytes) -> JsonObject:
    """Return the same object as `read_object`, without finding out what its form is and what is lost of it.

    Raises:
        MalformedError: the bytes are not JSON, or not an object.
    """
    if not depth_may_exceed(raw) and _LONG_INTEGER not in raw.translate(_SHAPE):
        with suppress(orjson.JSONDecodeError):
            value = orjson.loads(raw)
            if isinstance(value, dict):
                return value
    return read_object(raw).value


class ReadValues(NamedTuple):
    """Values that were read, and what `dump` cannot write of them again; `is_plain` if `read_plain_values` reads them."""

    values: list[Any]
    losses: tuple[str, ...]
    is_plain: bool


def read_values(text: bytes) -> ReadValues:
    """Read the JSON values in `text`, which has commas between them.

    Raises:
        MalformedError: the text is not JSON.
    """
    raw = b"[%b]" % text
    record = _read_fast(raw)
    is_plain = record is not None
    record = record or _read_carefully(raw)
    values: Any = record.value
    return ReadValues(values, record.losses, is_plain)


def read_plain_values(text: bytes) -> list[Any]:
    """Return the JSON values in `text`, which `read_values` found to be plain, without checking them again."""
    values: list[Any] = orjson.loads(b"[%b]" % text)
    return values


def dump(value: object) -> str:
    """Return a `value` that was read here as JSON text that every SQLite reads. Lone surrogates become U+FFFD."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # nested over 254 levels, an integer over 64 bits, a lone surrogate
        return clean(json.dumps(value, ensure_ascii=False))


def dump_all(values: Sequence[object]) -> list[str]:
    """Return what `dump` gives for each of the values."""
    try:
        return [text.decode() for text in map(orjson.dumps, values)]
    except TypeError:
        return [dump(value) for value in values]


def clean(text: str) -> str:
    """Return `text` with lone surrogates replaced by U+FFFD, so that it can be stored as UTF-8."""
    if text.isascii():
        return text
    try:
        text.encode()  # much faster than searching with the pattern
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def is_utf8(data: bytes) -> bool:
    """Return whether all of `data` is UTF-8, without making a string of all of it."""
    if data.isascii():
        return True
    decode = codecs.getincrementaldecoder("utf-8")().decode
    view = memoryview(data)
    try:
        for begin in range(0, len(data), _DECODED_BYTES):
            decode(view[begin : begin + _DECODED_BYTES], begin + _DECODED_BYTES >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def has_needless_escape(text: bytes | memoryview) -> bool:
    """Return whether JSON has an escape of a character that no writer has to escape.

    By a path, SQLite 3.40 does not find a key that is written so.
    """
    return any(_is_escape(text, match.start()) for match in _NEEDLESS_ESCAPE.finditer(text))


def _is_escape(text: bytes | memoryview, backslash: int) -> bool:
    """Return whether the backslash at that place begins an escape: an even number of others is before it."""
    begin = backslash
    while text[begin - 1] == _BACKSLASH:  # a text begins with a bracket
        begin -= 1
    return (backslash - begin) % 2 == 0


def text_or_none(value: object) -> str | None:
    """Return `value` if it is a string, else None."""
    if not isinstance(value, str):
        return None
    return value if value.isascii() else clean(value)


def text_at(item: JsonObject, key: str) -> str | None:
    """Return the string at a key of an object; None where something else is there, nothing, or an empty string."""
    value = item.get(key)
    if not value or not isinstance(value, str):
        return None
    return value if value.isascii() else clean(value)


def integer_or_none(value: object) -> int | None:
    """Return `value` if it is an integer that SQLite can hold, else None."""
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def count_or_none(value: object) -> int | None:
    """Return `value` if it is a count small enough that sums of many do not overflow, else None."""
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None


def as_object(value: object) -> JsonObject:
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def depth_may_exceed(raw: bytes, limit: int = MAX_DEPTH) -> bool:
    """Return whether JSON has enough brackets to be nested more than `limit` levels deep: a quick first test.

    The brackets are replaced, the first ones again, because `replace` is faster than `count` until Python 3.12.
    """
    return b"{" in raw.replace(b"[", b"{").replace(b"{", b"[", limit)


def depth_exceeds(text: str, limit: int = MAX_DEPTH) -> bool:
    """Return whether `text`, which is valid JSON, is nested more than `limit` levels deep."""
    raw = text.encode(errors="surrogatepass")
    return depth_may_exceed(raw, limit) and max(accumulate(memoryview(_steps(raw)).cast("b")), default=0) > limit


def _steps(raw: bytes) -> bytes:
    """Return, for each bracket outside strings, 1 if it opens and -1 if it closes, as signed bytes."""
    unescaped = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = unescaped.translate(None, _NO_BRACKETS).replace(b'""', b"")  # strings without brackets are dropped at once
    return b"".join(marks.split(b'"')[::2]).translate(_STEPS)


def _read_fast(raw: bytes) -> Record | None:
    """Read with orjson; return None if that fails or would change the data.

    The value is written again and compared. If that gives the same bytes in a known form, nothing was changed. Else a
    repeated key shows as a pair fewer, and a number that does not fit a double or 64 bits shows as different digits.
    """
    try:
        value = orjson.loads(raw)
        again = orjson.dumps(value)
    except (orjson.JSONDecodeError, TypeError):
        return None
    if (form := form_of(raw, again)) is not None:
        return Record(value, (), form)
    if raw.count(b'":') != again.count(b'":') or (b"\\u00" in raw and _HIDDEN.search(raw)):
        return None
    hard = _hard_numbers(raw)
    return None if hard and hard != _hard_numbers(again) else Record(value, (), python_form(raw, value))


def _hard_numbers(text: bytes) -> list[bytes]:
    """Return each part of `text` that has a hard shape and ends like a number, also within strings."""
    shapes = text.translate(_SHAPE)
    found: list[bytes] = []
    for hard in _HARD_SHAPES:
        begin = shapes.find(hard)
        while begin >= 0:
            end = begin + len(hard)
            while shapes[end : end + 1] == b"0":
                end += 1
            if text[end : end + 1] in _NUMBER_ENDS:  # UUIDs have the shape too, but letters follow it
                found.append(text[begin:end])
            begin = shapes.find(hard, end)
    return found


def _read_carefully(raw: bytes) -> Record:
    """Read with Python's own reader, and note what the written JSON cannot express.

    Raises:
        MalformedError: the bytes are not JSON, or nested too deep.
    """
    losses: dict[str, None] = {}
    text = raw.decode(errors="replace")
    if text.encode(errors="replace") != raw:
        losses["bytes that are not UTF-8"] = None
    try:
        value = _decoder(losses).decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise MalformedError(f"{error.msg.removesuffix(' at')} at character {error.pos + 1}") from None
    except RecursionError:
        raise MalformedError("nested too deep to be read") from None
    except ValueError as error:  # an integer of more digits than Python converts
        raise MalformedError(str(error)) from None
    if depth_exceeds(text):
        raise MalformedError(f"nested more than {MAX_DEPTH} levels deep")
    if "\\u" in text and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        losses["a lone surrogate"] = None
    return Record(value, tuple(losses), None if losses else python_form(raw, value))


def _is_exact(text: str, value: float) -> bool:
    """Return whether `value`, written again, is the same number as `text`."""
    try:
        return Decimal(repr(value)) == Decimal(text)
    except InvalidOperation:  # an exponent over 64 bits
        return False


def _decoder(losses: dict[str, None]) -> json.JSONDecoder:
    """Return Python's JSON reader, which notes losses in `losses`; NaN, Infinity and too large numbers become null."""

    def constant(_: str) -> None:
        losses["NaN or Infinity"] = None

    def decimal(text: str) -> float | None:
        value = float(text)
        if not math.isfinite(value) or not _is_exact(text, value):
            losses["a number that a double cannot hold"] = None
        return value if math.isfinite(value) else None

    def integer(text: str) -> int:
        value = int(text)
        if not -(2**63) <= value < 2**63:
            losses["an integer over 64 bits"] = None
        return value

    def pairs(items: list[tuple[str, Any]]) -> JsonObject:
        if len(result := dict(items)) != len(items):
            losses["a repeated key"] = None
        return result

    return json.JSONDecoder(parse_constant=constant, parse_float=decimal, parse_int=integer, object_pairs_hook=pairs)
