"""Snapshots in the library's form become rows with the source's own text, and the same rows as by the careful way."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.artifact_samples import (
    PROMPT_RENDERED,
    ROOT_SESSION,
    TOOL_INVOKED,
    rendered_event,
    slice_of,
    snapshot,
    tool_event,
)
from support.random_snapshots import PLAIN_SNAPSHOTS, SNAPSHOTS

from wink_debug_bundle.artifacts.snapshots.snapshot_reader import read_snapshot_block
from wink_debug_bundle.artifacts.snapshots.snapshot_text import read_snapshot_text
from wink_debug_bundle.artifacts.streams.line_blocks import Block
from wink_debug_bundle.rows import ToolInvocationRow

JSON_COLUMNS = {
    "slice_items": (4,),  # payload
    "tool_invocations": (7, 10),  # params, result_value
    "prompt_events": (11, 12),  # tool_names, result
}


def by_value(table, row):
    """Return a row with the values of its JSON columns."""
    columns = JSON_COLUMNS.get(table, ())
    return [
        json.loads(bytes(value) if not isinstance(value, str) else value)
        if place in columns and value is not None
        else value
        for place, value in enumerate(row)
    ]


def rows_of(line, *, carefully):
    """Return the rows of a line, by table, without those of its form."""
    batch = read_snapshot_block(Block(line, 0), 1, None, carefully=carefully)
    found = {table: [by_value(table, row) for row in rows] for table, rows in batch.rows.items() if rows}
    found["slice_keys"] = sorted(found.get("slice_keys", []))
    return {table: rows for table, rows in found.items() if table not in ("line_forms", "raw_records")}


@given(SNAPSHOTS, st.booleans(), st.sampled_from([None, (",", ":")]))
@example(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, tool_event(usage={"input_tokens": 1.0}))), True, None)
@example(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, tool_event(result={"success": None}))), True, None)
@example(snapshot(ROOT_SESSION, slice_of(PROMPT_RENDERED, rendered_event(descriptor={"tools": [{}]}))), True, None)
def test_both_ways_give_the_same_rows(record, is_ascii, separators):
    """Whatever items hold, rows with the text of the source say the same as rows that are written again."""
    text = json.dumps(record, ensure_ascii=is_ascii, separators=separators)
    line = text.encode(errors="surrogatepass") + b"\n"
    assert rows_of(line, carefully=False) == rows_of(line, carefully=True)


@given(PLAIN_SNAPSHOTS)
def test_the_fast_path_reads_what_the_library_writes(record):
    """A line is refused only for a lone surrogate, or for an item that is not an object."""
    line = json.dumps(record).encode()
    has_others = any(not isinstance(item, dict) for each in record["slices"] for item in each["items"])
    assert (read_snapshot_text(line) is None) == (has_others or not is_text(record))


def is_text(value):
    """Return whether no text of a value has a lone surrogate."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class TestTexts:
    """What columns hold of a line in the library's form."""

    @pytest.mark.parametrize(
        "item",
        [
            '{"text": "caf\\u00e9 \\ud83e\\uddf3 \\u0000", "n": 1e-07}',
            '{"n": 0.10000000000000000555, "i": 123456789012345678901234567890, "f": 1e400}',
            '{"a": 1, "a": 2}',
            '{"path": "C:\\\\/x", "literal": "\\\\u0061"}',
            "{}",
        ],
        ids=["escapes", "numbers", "a repeated key", "escaped backslashes", "empty"],
    )
    def test_payload(self, item):
        """A payload is the text of the item, so that nothing of it is lost and the line need not be kept."""
        line = json.dumps(snapshot(ROOT_SESSION, slice_of("app:Note", {"mark": 0}))).replace('{"mark": 0}', item)
        batch = read_snapshot_block(Block(line.encode(), 0), 1, None)
        [row] = batch.rows["slice_items"]
        assert bytes(row[4]).decode() == item
        assert "raw_records" not in batch.rows

    def test_params_and_results(self):
        """JSON of an event is its text, too; a text is decoded."""
        event = tool_event(
            params={"a": [1, "é"]}, result={"success": True, "message": "é", "value": {"b": 1}}, rendered_output="é"
        )
        batch = read_snapshot_block(
            Block(json.dumps(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, event))).encode(), 0), 1, None
        )
        [row] = batch.rows["tool_invocations"]
        row = ToolInvocationRow(*row)
        assert bytes(row.params) == b'{"a": [1, "\\u00e9"]}'
        assert bytes(row.result_value) == b'{"b": 1}'
        assert (row.result_message, row.rendered_output) == ("é", "é")

    def test_keys_of_events(self):
        """Fields that only some releases write are keys of the items that have them, and of no others."""
        new, old = tool_event(run_context=None, usage=None), tool_event("event-2", value=1)
        for written, keys in ((new, {"run_context", "usage"}), (old, {"value"})):
            event = {key: value for key, value in written.items() if key in (*TOOL_KEYS, *keys)}
            line = json.dumps(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, event))).encode()
            found = read_snapshot_block(Block(line, 0), 1, None).rows["slice_keys"]
            assert {key for _, part, key in found if part == "key"} == {*TOOL_KEYS, *keys}


@pytest.mark.parametrize(
    ("result", "columns"),
    [
        ('{"message": "m", "success": true, "value": null}', (1, "m", None, "result")),
        ('{"exclude_value_from_context": true, "success": false, "value": [1]}', (0, None, "[1]", "result")),
        ('{"extra": 1, "message": "m", "success": true, "value": 2}', (1, "m", "2", "result")),
        ('{"is_error": true, "success": true, "value": 2}', (1, None, "2", "result")),
        ('{"exclude_value_from_context": 1, "success": true}', (1, None, None, "result")),
        ('{"is_error": true}', (0, None, '{"is_error": true}', "result")),
        ('{"stdout": "x"}', (1, None, '{"stdout": "x"}', "assumed")),
        ('"x"', (1, None, '"x"', "assumed")),
        ("null", (1, None, None, "assumed")),
    ],
)
def test_results(result, columns):
    """A result of the library's own tools, of another form, or of a native tool gives the same columns in any company."""
    own = tool_event(result={"message": "", "success": True, "value": None})
    mixed = [tool_event("event-2", result=json.loads(result)), own]
    for events in (mixed[:1], mixed, mixed[::-1]):
        line = json.dumps(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, *events))).encode()
        found = read_snapshot_block(Block(line, 0), 1, None).rows["tool_invocations"]
        [row] = [row for row in (ToolInvocationRow(*each) for each in found) if row.event_id == "event-2"]
        value = None if row.result_value is None else bytes(row.result_value).decode()
        assert (row.result_success, row.result_message, value, row.success_source) == columns


TOOL_KEYS = (
    "adapter call_id created_at event_id name params prompt_name rendered_output result session_id".split()  # noqa: SIM905
)

NOTE = snapshot(ROOT_SESSION, slice_of("app:Note", {"a/b": 1, "text": "é"}, {"n": 2}))
LINE = json.dumps(NOTE)
REFUSED = {
    "compact": json.dumps(NOTE, separators=(",", ":")),
    "two spaces": LINE.replace(": ", ":  "),
    "a space less in an item": LINE.replace('"n": 2', '"n":2'),
    "a space less between items": LINE.replace("}, {", "},{", 1),
    "a space before": f" {LINE}",
    "NaN": LINE.replace("2}", "NaN}"),
    "a lone surrogate": LINE.replace("\\u00e9", "\\ud83e"),
    "half of a pair": LINE.replace("\\u00e9", "\\udc00\\ud83e"),
    "a needless escape in a key": LINE.replace('"text"', '"te\\u0078t"'),
    "an escaped slash": LINE.replace("a/b", "a\\/b"),
    "escaped and not escaped": LINE.replace("\\u00e9", "é").replace('"version"', '"versi\\u00f6n"'),
    "an item that is no object": json.dumps(snapshot(ROOT_SESSION, slice_of("app:Note", {}, 1))),
    "an item that is nested too deep": json.dumps(
        snapshot(ROOT_SESSION, slice_of("app:Note", {"a": json.loads("[" * 520 + "]" * 520)}))
    ),
    "an event that is nested too deep": json.dumps(
        snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, tool_event(params=json.loads("[" * 520 + "]" * 520))))
    ),
    "a result that is nested too deep beside its value": json.dumps(
        snapshot(
            ROOT_SESSION,
            slice_of(TOOL_INVOKED, tool_event(result={"success": True, "a": json.loads("[" * 520 + "]" * 520)})),
        )
    ),
    "a number of too many digits": LINE.replace("2}", f"{'2' * 5000}}}").replace("app:Note", TOOL_INVOKED),
    "the same items elsewhere": json.dumps({"items": NOTE["slices"][0]["items"], **NOTE}),
    "slices as an object": json.dumps({**NOTE, "slices": {"app:Note": [{}]}}),
    "a slice without items": json.dumps(snapshot(ROOT_SESSION, {"slice_type": "app:Note", "item_type": "app:Note"})),
    "a repeated key beside the items": LINE.replace('"version"', '"version": "0", "version"'),
    "something after it": f"{LINE} {{}}",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refused(text):
    """A line that its rows would not give back, or whose text not every SQLite reads, is read the careful way."""
    line = text.encode()
    assert read_snapshot_text(LINE.encode()) is not None
    assert read_snapshot_text(line) is None
    assert rows_of(line, carefully=False) == rows_of(line, carefully=True)


@pytest.mark.parametrize("byte", [b"\xff", b"\xed\xa0\x80", b"\xc3"])
def test_invalid_utf8(byte):
    """A line with bytes that are not UTF-8 is read the careful way."""
    assert read_snapshot_text(LINE.encode().replace(b"\\u00e9", byte)) is None


@pytest.mark.parametrize(
    "text",
    [
        f"{LINE}\r",
        f"{LINE} \t",
        LINE.replace("\\u00e9", "é"),
        LINE.replace("\\u00e9", "\x7f"),
        LINE.replace("app:Note", "app:N\\u00f6te"),
        json.dumps({**NOTE, "zebra": {"items": [{"n": 2}]}}),
        json.dumps(snapshot(ROOT_SESSION, {**slice_of("app:Note", {"n": 2}), "extra": [1]})),
        json.dumps(snapshot(ROOT_SESSION, slice_of("app:Note"), slice_of("app:Note", {}))),
        json.dumps(snapshot(ROOT_SESSION)),
    ],
    ids=[
        "a carriage return",
        "spaces at the end",
        "not escaped",
        "DELETE",
        "escaped beside the items",
        "an unknown key",
        "an unknown key of a slice",
        "an empty slice",
        "no slices",
    ],
)
def test_accepted(text):
    """Line ends, characters that are not escaped and unknown keys do not hinder the fast path."""
    assert read_snapshot_text(text.encode()) is not None
    assert rows_of(text.encode(), carefully=False) == rows_of(text.encode(), carefully=True)
