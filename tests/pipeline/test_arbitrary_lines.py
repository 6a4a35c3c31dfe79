"""A file of arbitrary lines is built into a bundle that loses no line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.artifact_samples import (
    PROMPT_EXECUTED,
    PROMPT_RENDERED,
    TOOL_INVOKED,
    executed_event,
    log_record,
    rendered_event,
    slice_of,
    snapshot,
    tool_event,
)
from support.line_file_bundle import assert_nothing_is_lost

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.text(st.characters(codec=None), max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


def _json(value: Any, *, ascii_only: bool) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def json_lines(records: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Return the records as JSON of Python's own writer, ASCII or not."""
    return st.builds(lambda record, ascii_only: _json(record, ascii_only=ascii_only), records, ascii_only=st.booleans())


LOG_RECORDS = st.one_of(
    st.builds(lambda context: log_record(context=context), st.dictionaries(st.text(max_size=5), VALUES, max_size=3)),
    st.builds(log_record, context=VALUES, exc_info=VALUES),
    st.builds(log_record, message=st.text(st.characters(codec=None), max_size=20)),
    st.builds(log_record, message=VALUES, level=VALUES, event=VALUES, context=VALUES, exc_info=VALUES),
    st.builds(
        lambda record, gone: {key: value for key, value in record.items() if key != gone},
        st.just(log_record()),
        st.sampled_from(list(log_record())),
    ),
)
EVENTS = {TOOL_INVOKED: tool_event, PROMPT_RENDERED: rendered_event, PROMPT_EXECUTED: executed_event}
EVENT_ITEMS = st.builds(
    lambda kind, changes: slice_of(kind, EVENTS[kind](**changes)),
    st.sampled_from(list(EVENTS)),
    st.dictionaries(
        st.sampled_from(["event_id", "session_id", "params", "result", "usage", "descriptor", "created_at"]), VALUES
    ),
)
SLICES = st.one_of(
    EVENT_ITEMS, st.builds(lambda items: slice_of("app:Item", *items), st.lists(VALUES, max_size=3)), VALUES
)
SNAPSHOTS = st.one_of(
    st.builds(lambda slices: snapshot("s", *slices), st.lists(SLICES, max_size=3)),
    st.builds(lambda slices: snapshot("s", slices=slices), st.dictionaries(st.text(max_size=5), VALUES, max_size=3)),
    st.builds(
        snapshot, slices=VALUES, tags=VALUES, children_ids=VALUES, parent_id=VALUES, created_at=VALUES, extra=VALUES
    ),
)
UNREADABLE_ZIP = st.one_of(
    st.sampled_from(
        [
            b"",
            b" \t\r",
            b"\0" * 50,
            b"{",
            b"[]",
            b"null",
            b"x" + _json(log_record(), ascii_only=True),
            _json(log_record(), ascii_only=True) * 2,
            b"\xef\xbb\xbf",
            b'{"message": "cut off',
            b'{"message": "a", "message": "b", "slices": [], "slices": []}',
            b'{"message": 1e400, "level": 0.30000000000000004441}',
            b'{"message": "' + b"\xff" + b'", "slices": [], "tags": {"session_id": "s"}}',
            b'{"message": ' + b"[" * 600 + b"]" * 600 + b"}",
            b'{"message": ' + b"[" * 300 + b"1180591620717411303424" + b"]" * 300 + b"}",
            b'{"message": ' + b"9" * 5000 + b"}",
        ]
    ),
    st.binary(max_size=30).map(lambda data: data.replace(b"\n", b"")),
)


def files(records: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Return files of records and of arbitrary lines that do not begin like a zip or a compressed file."""
    line = st.one_of(json_lines(records), json_lines(records), UNREADABLE_ZIP)
    return st.builds(
        lambda mark, body, ending, last: mark + ending.join(body) + last,
        st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
        st.lists(line, max_size=6),
        st.sampled_from([b"\n", b"\r\n"]),
        st.sampled_from([b"", b"\n", b"\n\n"]),
    ).filter(lambda data: not data.startswith((b"PK", b"\x1f\x8b", b"\x28\xb5")))


class TestAnyLines:
    """Generated files."""

    @given(files(LOG_RECORDS))
    def test_logs(self, data):
        """Each line of a log can be rebuilt from its rows or is stored, and every view can be read."""
        assert_nothing_is_lost("x.log", "log_files", data)

    @given(files(SNAPSHOTS))
    def test_snapshots(self, data):
        """Each line of snapshots can be rebuilt from its rows or is stored, and every view can be read."""
        assert_nothing_is_lost("x.jsonl", "session_snapshots", data)

    @pytest.mark.parametrize("size", [40, 200])
    @given(data=files(LOG_RECORDS))
    @settings(max_examples=settings().max_examples // 3)
    def test_in_small_blocks(self, size, data):
        """The same holds for blocks of any size."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("wink_debug_bundle.artifacts.split_reader.BLOCK_BYTES", size)
            patch.setattr("wink_debug_bundle.pipeline.planning.splitting.BLOCK_BYTES", size)
            assert_nothing_is_lost("x.log", "log_files", data)
