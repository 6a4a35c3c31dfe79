"""JSON is read without silent changes, and written so that every SQLite can read it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.artifacts.lossless_json import (
    MAX_DEPTH,
    clean,
    depth_exceeds,
    dump,
    object_of,
    read_object,
    text_or_none,
)
from wink_debug_bundle.artifacts.read_errors import MalformedError

NUMBERS = st.one_of(
    st.from_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(
        ["NaN", "Infinity", "-Infinity", "1e400", "1e-400", "-0", "-0.0", "9007199254740993.0", "9007199254740993e0"]
    ),
)
STRINGS = st.one_of(
    st.text().map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.text(st.characters(codec=None)).map(json.dumps),
    st.sampled_from(['"\\u0022:"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"a\\/b"', '"\\u0000"']),
)
KEYS = st.one_of(st.sampled_from(['"a"', '"\\u0061"', '""']), STRINGS)


def _array(items: list[str]) -> str:
    return "[" + ", ".join(items) + "]"


def _object(pairs: list[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


VALUES = st.recursive(
    st.one_of(NUMBERS, STRINGS, st.sampled_from(["true", "false", "null"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(_array), st.lists(st.tuples(KEYS, inner), max_size=4).map(_object)
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.tuples(KEYS, VALUES), max_size=5).map(_object)


def exact_value(text: str) -> Any:
    """Return the value of the JSON text with every digit of its numbers and every pair of its objects in order."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=lambda pairs: ("object", pairs))


class TestReadObject:
    """Reading."""

    @given(OBJECTS)
    def test_faithful(self, text):
        """The rewritten text has the same value to the last digit, or the losses say what differs."""
        record = read_object(text.encode("utf-8", "surrogatepass"))
        if not record.losses:
            assert exact_value(dump(record.value)) == exact_value(text)

    @given(OBJECTS)
    def test_as_python_reads_it(self, text):
        """The value equals that of Python's own reader if nothing is lost."""
        record = read_object(text.encode())
        if not record.losses:
            assert record.value == json.loads(text)

    @pytest.mark.parametrize(
        ("text", "loss"),
        [
            ('{"a": NaN}', "NaN or Infinity"),
            ('{"a": -Infinity}', "NaN or Infinity"),
            ('{"a": 18446744073709551616}', "an integer over 64 bits"),
            ('{"a": -9223372036854775809}', "an integer over 64 bits"),
            ('{"a": 0.10000000000000000001}', "a number that a double cannot hold"),
            ('{"a": 9007199254740993.0}', "a number that a double cannot hold"),
            ('{"a": 9.9999999999999999}', "a number that a double cannot hold"),
            ('{"a": 9007199254740993e0}', "a number that a double cannot hold"),
            ('{"a": [1.2345678901234567890E+5]}', "a number that a double cannot hold"),
            ('{"a": 123456789012345678e-5, "b": 1}', "a number that a double cannot hold"),
            ('{"a": 1e400}', "a number that a double cannot hold"),
            ('{"a": 1e-400}', "a number that a double cannot hold"),
            ('{"a": 1e-99999999999999999999}', "a number that a double cannot hold"),
            ('{"a": 0e99999999999999999999}', "a number that a double cannot hold"),
            ('{"a": 1e99999999999999999999}', "a number that a double cannot hold"),
            ('{"a": 1.2345E-320}', "a number that a double cannot hold"),
            ('{"a": 1, "a": 2}', "a repeated key"),
            ('{"a": {"b": 1, "b": 1}}', "a repeated key"),
            ('{"a": 1, "\\u0061": 2}', "a repeated key"),
            ('{"a": 1, "a": "\\"\\u003a"}', "a repeated key"),
            ('{"a": 1, "a": "\\u0022:"}', "a repeated key"),
            ('{"a": "\\ud800"}', "a lone surrogate"),
            ('{"\\udfff": 1}', "a lone surrogate"),
        ],
    )
    def test_losses(self, text, loss):
        """Values that a column cannot hold are named as losses."""
        assert read_object(text.encode()).losses == (loss,)

    @pytest.mark.parametrize(
        "text",
        [
            '{"a": 9223372036854775807}',
            '{"a": -9223372036854775808}',
            '{"a": 9007199254740993}',
            '{"a": 0.1}',
            '{"a": 1735689600.123456}',
            '{"a": 5e-324}',
            '{"a": "12345678901234567890"}',
            '{"a": "NaN, 1e-400"}',
            '{"a": "\\ud83d\\ude00"}',
            '{"a": "\\": "}',
        ],
    )
    def test_no_losses(self, text):
        """Values that a column can hold are not named as losses."""
        assert read_object(text.encode()).losses == ()

    def test_invalid_utf8(self):
        """Bytes that are not UTF-8 are replaced, and the replacement is named as a loss."""
        record = read_object(b'{"a": "\xff"}')
        assert (record.value, record.losses) == ({"a": "\ufffd"}, ("bytes that are not UTF-8",))

    def test_byte_order_mark(self):
        """A byte order mark is not a loss."""
        record = read_object(b'\xef\xbb\xbf{"a": 1}')
        assert (record.value, record.losses) == ({"a": 1}, ())

    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"{", "character 2"),
            (b'{"a": 1', "character 8"),
            (b'{"a": 1} x', "Extra data at character 10"),
            (b"", "Expecting value at character 1"),
            (b"\0\0", "Expecting value at character 1"),
            (b"[1]", "expected a JSON object, found an array"),
            (b'"text"', "expected a JSON object, found a string"),
            (b"17", "expected a JSON object, found a number"),
            (b"null", "expected a JSON object, found null"),
            (b"true", "expected a JSON object, found true or false"),
            (b'{"a": ' + b"[" * 550 + b"]" * 550 + b"}", "nested more than 500 levels deep"),
            (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
            (b'{"a": ' + b"9" * 5000 + b"}", "digits"),
        ],
    )
    def test_malformed(self, raw, words):
        """Text that is not a JSON object is refused with the position or the reason."""
        with pytest.raises(MalformedError, match=words):
            read_object(raw)

    def test_errors_do_not_quote(self):
        """The reason does not quote the line, which may hold secrets."""
        with pytest.raises(MalformedError) as caught:
            read_object(b'{"key": "hunter2" "x"}')
        assert "hunter2" not in str(caught.value)

    @given(st.binary())
    def test_any_bytes(self, raw):
        """Any bytes are either read or refused, without another error."""
        with suppress(MalformedError):
            assert isinstance(read_object(raw).value, dict)


def outcome(read, raw):
    """Return how Python writes what was read, with the type of each number, or the reason for which it was refused."""
    try:
        return repr(read(raw))
    except MalformedError as error:
        return f"refused: {error}"


class TestObjectOf:
    """Reading without the form and the losses."""

    @given(st.one_of(OBJECTS.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary()))
    def test_same_object(self, raw):
        """The object, or the reason of a refusal, is that of `read_object`."""
        assert outcome(object_of, raw) == outcome(lambda each: read_object(each).value, raw)

    @pytest.mark.parametrize("depth", [253, 254, 255, 499, 500, 501, 1100])
    @pytest.mark.parametrize("extra", ["", ', "b": 18446744073709551616', ', "b": -9223372036854775809'])
    def test_same_depth(self, depth, extra):
        """It is nested as deep as `read_object` allows, and has the same large integers."""
        raw = ('{"a": ' + "[" * depth + "]" * depth + extra + "}").encode()
        assert outcome(object_of, raw) == outcome(lambda each: read_object(each).value, raw)

    @pytest.mark.parametrize("raw", [b"[1]", b"null", b'{"a": "\xff"}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b""])
    def test_same_refusal(self, raw):
        """What orjson refuses, or is no object, is read or refused as `read_object` does it."""
        assert outcome(object_of, raw) == outcome(lambda each: read_object(each).value, raw)


class TestDump:
    """Writing."""

    @given(OBJECTS)
    def test_sqlite_reads_it(self, text):
        """The written text is UTF-8, and valid JSON for Python's own SQLite."""
        written = dump(read_object(text.encode()).value)
        with closing(sqlite3.connect(":memory:")) as database:
            assert database.execute("SELECT json_valid(?)", (written,)).fetchone() == (1,)

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ({"a": 2**70}, '{"a": 1180591620717411303424}'),
            ("\ud800x", '"\ufffdx"'),
            ({"\udc00": None}, '{"\ufffd": null}'),
            ("größe", '"größe"'),
        ],
    )
    def test_what_sqlite_cannot_read(self, value, text):
        """Lone surrogates are written as U+FFFD, and large integers keep all digits."""
        assert json.loads(dump(value)) == json.loads(text)
        assert dump(value) == text

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
    @pytest.mark.parametrize("beside", ["1", "1180591620717411303424", '"\\ud800"'])
    def test_infinities_and_nan(self, number, beside):
        """NaN and infinities are written as null, whatever is beside them."""
        value = read_object(f'{{"a": [{number}], "b": {beside}}}'.encode()).value
        assert json.loads(dump(value))["a"] == [None]

    def test_deep(self):
        """A value nested up to the limit is written, and SQLite reads it."""
        value: Any = 1
        for _ in range(MAX_DEPTH):
            value = [value]
        with closing(sqlite3.connect(":memory:")) as database:
            assert database.execute("SELECT json_valid(?)", (dump(value),)).fetchone() == (1,)


class TestText:
    """Strings."""

    def test_clean(self):
        """Lone surrogates are replaced, and all other characters stay."""
        assert clean("a\ud800\U0001f600\x00é") == "a\ufffd\U0001f600\x00é"

    @pytest.mark.parametrize("value", [None, 1, ["a"], {"a": 1}, True])
    def test_value_that_is_not_a_string(self, value):
        """A value that is not a string gives None."""
        assert text_or_none(value) is None


class TestDepth:
    """Depth of nesting."""

    @pytest.mark.parametrize("opening", ["[", '{"a":'])
    @pytest.mark.parametrize(("levels", "deep"), [(5, False), (6, True)])
    def test_levels(self, opening, levels, deep):
        """A text exceeds a limit as soon as it is nested one level deeper."""
        closing_brackets = ("]" if opening == "[" else "}") * levels
        assert depth_exceeds(opening * levels + "1" + closing_brackets, 5) is deep

    def test_brackets_in_strings(self):
        """Brackets within strings do not count as nesting."""
        assert not depth_exceeds(json.dumps(["[[[[[[[[[{{{{{{{{{", '"[[[[[[[[[[']), 5)

    def test_brackets_side_by_side(self):
        """Many brackets side by side do not count as nesting."""
        assert not depth_exceeds(json.dumps([[], [], [], {}, {}, [], []]), 5)
