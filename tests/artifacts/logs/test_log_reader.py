"""Log records become the same rows whether the fast path or the full JSON reader reads them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import lines, log_record

from wink_debug_bundle.artifacts.logs.log_reader import _row, read_log_block
from wink_debug_bundle.artifacts.streams.line_blocks import Block
from wink_debug_bundle.rows import LogRow

TEXT = st.text(max_size=15)
CONTEXTS = st.dictionaries(
    st.one_of(TEXT, st.just("session_id")),
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(2**70), 2**70),
            st.floats(allow_nan=False, allow_infinity=False),
            TEXT,
        ),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
        max_leaves=5,
    ),
    max_size=4,
)
RECORDS = st.builds(log_record, timestamp=TEXT, level=TEXT, logger=TEXT, event=TEXT, message=TEXT, context=CONTEXTS)


def read(*records, session=None):
    """Return the rows of the records' lines, with text as str."""
    batch = read_log_block(Block(lines(*records), 0), 1, session)
    return [LogRow(*map(as_text, row)) for row in batch.rows["logs"]], batch


def as_text(value):
    """Return what SQLite stores for a value in a text column."""
    return value if value is None or isinstance(value, (str, int)) else bytes(value).decode()


class TestFastPath:
    """The fast path, and the full reader that it must agree with."""

    @given(RECORDS, st.booleans(), st.sampled_from([None, "default"]))
    def test_same_row(self, record, ascii_only, session):
        """A record in the library's exact format gives the same row on the fast path as with the full reader."""
        raw = json.dumps(record, ensure_ascii=ascii_only).encode()
        [row], _ = read(raw, session=session)
        careful, _, _ = _row(raw, 1, 1, session)
        assert row._replace(context=json.loads(row.context)) == careful._replace(context=json.loads(careful.context))

    def test_ordinary(self):
        """The library's records take the fast path: their context is stored as the text in the log."""
        record = log_record(context={"n": 1.50, "text": "é"})
        raw = json.dumps(record).replace("1.5", "1.50")
        [row], _ = read(raw.encode())
        assert row.context == '{"n": 1.50, "text": "\\u00e9"}'

    @pytest.mark.parametrize(
        "changed",
        [
            lambda text: text.replace('", "', '","'),
            lambda text: text.replace('"INFO"', '"IN\\u0046O"'),
            lambda text: text[:-1] + ', "exc_info": "Traceback"}',
            lambda text: text[:-1] + ', "context": {"answer": 43}}',
            lambda text: text + "\r",
            lambda text: " " + text,
            lambda text: text.replace('"context"', '"extra": 1, "context"'),
        ],
    )
    def test_nearly_ordinary(self, changed):
        """A record that differs slightly from the library's format is read in full by the full reader."""
        text = changed(json.dumps(log_record()))
        [row], batch = read(text.encode())
        value = json.loads(text)
        assert (row.level, row.message, json.loads(row.context)) == ("INFO", value["message"], value["context"])
        extra = {key: value[key] for key in value if key in ("exc_info", "extra")}
        assert json.loads(row.extra or "{}") == extra
        assert ("raw_records" in batch.rows) != ("line_forms" in batch.rows)

    @pytest.mark.parametrize("again", ['"event":""', '"lev\\u0065l": ""', '"context":{}', '"timestamp": "t"'])
    @pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
    @pytest.mark.parametrize("first", [True, False])
    def test_a_duplicate_key(self, again, separators, first):
        """A duplicate key is noticed wherever it is in the line, with or without blanks around it."""
        text = json.dumps(log_record(event="", level=""), separators=separators)
        text = "{" + again + ", " + text[1:] if first else text[:-1] + "," + again + "}"
        _, batch = read(text.encode())
        [kept] = batch.rows["raw_records"]
        assert (kept.reason, kept.raw) == ("a repeated key", text.encode())

    @pytest.mark.parametrize(
        "number", ["1e400", "-1e400", "123456789012345678901234567890", "0.1000000000000000055511"]
    )
    def test_number_of_any_size(self, number):
        """The stored context keeps every digit of a number, even of one that no double can hold."""
        text = json.dumps(log_record(context={"n": 0})).replace("0}}", f"{number}}}}}")
        [row], batch = read(text.encode())
        assert row.context == f'{{"n": {number}}}'
        assert "raw_records" not in batch.rows

    def test_message_with_escapes(self):
        """Escapes in a message are decoded; the context beside it is stored as the text in the log."""
        text = json.dumps(log_record(message='a "b"\n\tc\\ \u00e9 \U0001f600', context={"n": 1.50})).replace(
            "1.5", "1.50"
        )
        [row], _ = read(text.encode())
        assert (row.message, row.context) == ('a "b"\n\tc\\ \u00e9 \U0001f600', '{"n": 1.50}')

    @pytest.mark.parametrize("depth", [498, 499, 500, 2000])
    def test_depth(self, depth):
        """A record nested more than 500 levels deep is malformed, because SQLite could not read it."""
        text = json.dumps(log_record(context={"d": 0})).replace("0}}", f"{'[' * depth}{']' * depth}}}}}")
        found, batch = read(text.encode())
        assert [len(found), "problems" in batch.rows] == ([1, False] if depth <= 498 else [0, True])

    @pytest.mark.parametrize("junk", [b"x", b"{", b'{"timestamp": "', b"\r", json.dumps(log_record()).encode()])
    def test_junk_beside_it(self, junk):
        """A record with other text before or after it on its line is malformed; neighbouring lines are read."""
        good = json.dumps(log_record()).encode()
        found, batch = read(good, junk + good, good, good + junk, good)
        wrong = [row.line for row in batch.rows.get("problems", [])]
        assert [row.line for row in found] == [line for line in range(1, 6) if line not in wrong]
        assert wrong == ([] if not junk.strip() else [2, 4])

    def test_neighbours_of_invalid_utf8(self):
        """A line of invalid UTF-8 does not change how its neighbours are read."""
        good = json.dumps(log_record(message="é"), ensure_ascii=False).encode()
        found, batch = read(good, good.replace("é".encode(), b"\xe9"), good)
        assert [row.message for row in found] == ["é", "\ufffd", "é"]
        assert [row.line for row in batch.rows["raw_records"]] == [2]


class TestColumns:
    """Column values of unusual records."""

    @pytest.mark.parametrize(
        ("record", "column", "value"),
        [
            ({"message": "m"}, "timestamp", ""),
            ({"message": "m"}, "event", None),
            ({"message": "m"}, "context", None),
            (log_record(event=""), "event", ""),
            (log_record(event=None), "event", None),
            (log_record(context=None), "context", "null"),
            (log_record(context=[1]), "context", "[1]"),
            (log_record(message={"a": 1}), "message", '{"a":1}'),
            (log_record(level=30), "level", "30"),
            (log_record(message="\ud800"), "message", "\ufffd"),
            (log_record(exc_info="Traceback"), "extra", '{"exc_info":"Traceback"}'),
            (log_record(), "extra", None),
        ],
    )
    def test_value(self, record, column, value):
        """Text columns get text; a missing value is '' if the column needs a value, and NULL otherwise."""
        [row], _ = read(record)
        assert getattr(row, column) == value

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            ({"message": "m", "level": "l", "logger": "x"}, "no timestamp"),
            (log_record(level=30), "level is not a string"),
            (log_record(event=None), "event is not a string"),
            (log_record(message=None), "message is not a string"),
            (log_record(context={"x": float("nan")}), "NaN or Infinity"),
        ],
    )
    def test_raw_record(self, record, reason):
        """If the columns cannot hold all of a record, the loss is named and the whole line is stored."""
        _, batch = read(record)
        [kept] = batch.rows["raw_records"]
        assert reason in kept.reason
        assert kept.raw + b"\n" == lines(record)


class TestSession:
    """The session that a record belongs to."""

    @pytest.mark.parametrize(
        ("context", "session"),
        [
            ({"session_id": "s"}, "s"),
            ({"session_id": ""}, "default"),
            ({"session_id": None}, "default"),
            ({"session_id": 7}, "default"),
            ({"nested": {"session_id": "s"}}, "default"),
            ({}, "default"),
            ([], "default"),
            (None, "default"),
        ],
    )
    def test_context_first(self, context, session):
        """The context's session id is used if it is a non-empty string, otherwise the file's session."""
        [row], _ = read(log_record(context=context), session="default")
        assert row.session_id == session
