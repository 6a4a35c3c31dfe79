"""Log lines give the same rows, forms and ledger whether they are read many at once or one by one."""

from __future__ import annotations

import json
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import log_record

from wink_debug_bundle.artifacts.logs import fast_path, log_reader
from wink_debug_bundle.artifacts.logs.fast_path import read_library_line, read_library_lines
from wink_debug_bundle.artifacts.logs.log_reader import read_log_block
from wink_debug_bundle.artifacts.streams.line_blocks import Block

TEXTS = st.one_of(
    st.sampled_from(["", "plain", 'said "no"', "a\nb", "C:\\temp", "Ü 東京", "\x7f", "\ud800", "}", '", "context": {']),
    st.text(max_size=8),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=4,
)
KEYS = st.sampled_from(["session_id", "tool_name", "call_id", "data_type", "detail", "raw"])
CONTEXTS = st.dictionaries(st.one_of(TEXTS, KEYS), st.one_of(VALUES, st.just("ToolInvoked")), max_size=3)
HANDLED = ["hook.turn_start", "tool.execution.start", "session.dispatch_data_event", "transcript.entry"]
EVENTS = st.one_of(TEXTS, st.sampled_from(HANDLED))
LEVELS = st.one_of(st.just("INFO"), TEXTS)
RECORDS = st.builds(
    log_record, timestamp=TEXTS, level=LEVELS, logger=LEVELS, event=EVENTS, message=TEXTS, context=CONTEXTS
)
WRITERS = st.sampled_from(
    [
        {"ensure_ascii": False},
        {"ensure_ascii": True},
        {"ensure_ascii": False, "separators": (",", ":")},
        {"sort_keys": True},
    ]
)
USUAL = json.dumps(log_record(context={"session_id": "s", "n": [1, {"a": "b"}]}))
CHANGES = st.sampled_from(
    [
        ("", ""),
        ('"level": "INFO"', '"level": "INFO", "level": "INFO"'),
        ('"level": "INFO"', '"level":  "INFO"'),
        ('"level": "INFO", ', ""),
        ('"context": {', '"context": {}, "context": {'),
        ('"context": {', '"context": {}, "c\\u006fntext": {'),
        ('"session_id": "s"', '"session_id": "t", "session_id": "s"'),
        ('"session_id": "s"', '"session_id": 3'),
        ('"session_id": "s"', '"session_id": ""'),
        ("}}", "}, 5}"),
        ("}}", "} }"),
        ("{", "{\n"),
        ('", ', '",\n'),
        ("[1", "[" * 498 + "1"),
        ('"n": [1', '"n": [' + "[[], {}], " * 300 + "1"),
    ]
)
LINES = st.one_of(
    st.builds(lambda record, how: json.dumps(record, **how).encode(errors="surrogatepass"), RECORDS, WRITERS),
    st.builds(lambda change: USUAL.replace(*change).encode(), CHANGES),
    st.sampled_from([b"", b" ", b"\r", b"x", b"{", b"[]", b"{}", b'"\xff"', b"\xef\xbb\xbf{}", USUAL.encode() + b"\r"]),
    st.just(USUAL.encode()),
    st.just(USUAL.encode() + USUAL.encode()),
    st.builds(lambda text: USUAL.replace('"s"', text).encode("latin-1"), st.sampled_from(['"\xe9"', '"s", "\xe9": 1'])),
)
BLOCKS = st.builds(
    lambda lines, end: b"\n".join(lines) + end, st.lists(LINES, max_size=12), st.sampled_from([b"", b"\n"])
)


def everything(data, session, *, sessions_only):
    """Return all that is read of a block, with the contexts as bytes."""
    batch = read_log_block(Block(data, 7), 1, session, 3, sessions_only=sessions_only)
    rows = {
        table: [
            tuple(value if value is None or isinstance(value, (str, int, float)) else bytes(value) for value in row)
            for row in found
        ]
        for table, found in batch.rows.items()
    }
    return rows, batch.line_count, batch.record_count, batch.source_bytes


class TestManyLines:
    """Lines that are read at once."""

    @given(BLOCKS, st.sampled_from([1, 300, 1 << 16]), st.sampled_from([None, "default"]), st.booleans())
    def test_same_as_one_by_one(self, data, at_once, session, sessions_only):
        """A block gives the same rows if its lines are read one by one, whatever is in them."""
        with patch.object(fast_path, "_BYTES_AT_ONCE", at_once):
            together = everything(data, session, sessions_only=sessions_only)
        with patch.object(log_reader, "read_library_lines", lambda *_: None):
            assert everything(data, session, sessions_only=sessions_only) == together

    @given(st.lists(st.builds(lambda record: json.dumps(record, ensure_ascii=False), RECORDS), min_size=1, max_size=9))
    def test_all_or_none(self, lines):
        """Lines are read at once if each of them can be read alone, and then give the same records."""
        encoded = [line.encode(errors="surrogatepass") + b"\n" for line in lines]
        alone = [read_library_line(line) for line in encoded]
        together = read_library_lines(b"".join(encoded), {})
        if together is None:
            assert None in alone
            return
        forms = dict(together.forms)
        sessions = [context.session_id for context in together.contexts]
        found = zip(together.records, sessions, strict=True)
        assert alone == [(*each, forms.get(index, fast_path.NEUTRAL)) for index, each in enumerate(found)]

    @pytest.mark.parametrize("odd", [b"", b"x", b'{"event": ""}', USUAL.replace(": ", ":").encode()])
    def test_one_odd_line(self, odd):
        """One line in another form changes nothing for thousands of neighbours."""
        lines = [USUAL.encode()] * 3000
        lines[1000] = odd
        rows, count, _, _ = everything(b"\n".join(lines), None, sessions_only=True)
        contexts = {row[8]: row[6] for row in rows["logs"]}
        kept = json.dumps(json.loads(USUAL)["context"]).encode()
        assert count == 3000
        assert all(contexts[line] == kept for line in range(1, 3001) if line != 1001)
