"""The library's events become rows, in the form of every release."""

from __future__ import annotations

import json

import pytest
from support.artifact_samples import (
    MOMENT,
    PROMPT_EXECUTED,
    PROMPT_RENDERED,
    ROOT_SESSION,
    TOOL_INVOKED,
    column,
    executed_event,
    lines,
    log_record,
    rendered_event,
    rows,
    slice_of,
    snapshot,
    tool_event,
)

from wink_debug_bundle.artifacts.snapshots.library_events import event_rows


def row_of(slice_type, item, index=0):
    """Return the row of an item in the first snapshot of a session."""
    return next(event_rows(slice_type, [item], "snapshot's session", 1, first=index), None)


class TestClasses:
    """Slice classes that hold events."""

    @pytest.mark.parametrize(
        "slice_type",
        [
            "weakincentives.runtime.events.types:ToolInvoked",
            "weakincentives.runtime.events._types:ToolInvoked",
            "weakincentives.somewhere.else:ToolInvoked",
            "weakincentives:ToolInvoked",
            "ToolInvoked",
        ],
    )
    def test_by_name(self, slice_type):
        """The class name alone identifies an event, because releases keep the class in different modules."""
        assert row_of(slice_type, tool_event()) is not None

    @pytest.mark.parametrize(
        "slice_type",
        ["app:ToolInvoked", "weakincentives_fork.events:ToolInvoked", "weakincentives.runtime.events:Other", ":", ""],
    )
    def test_others(self, slice_type):
        """Classes outside the library, and other classes of the library, are not events."""
        assert row_of(slice_type, tool_event()) is None

    @pytest.mark.parametrize("item", [None, 1, "text", [], ["a"]])
    def test_item_that_is_not_an_object(self, item):
        """An item that is not an object is not an event."""
        assert row_of(TOOL_INVOKED, item) is None

    @pytest.mark.parametrize("slice_type", [TOOL_INVOKED, PROMPT_RENDERED, PROMPT_EXECUTED])
    def test_empty_object(self, slice_type):
        """An event without any field is a row of its snapshot's session, with an id made from its position."""
        row = row_of(slice_type, {}, 7)
        assert row.session_id == "snapshot's session"
        assert row.event_id.startswith("snapshot's session/")
        assert row.event_id.endswith("/7")


class TestToolInvoked:
    """Results of tools."""

    @pytest.mark.parametrize(
        ("result", "success", "source", "message", "value"),
        [
            ({"success": True, "message": "m", "value": [1]}, 1, "result", "m", "[1]"),
            ({"success": False, "message": "m", "value": None}, 0, "result", "m", None),
            ({"success": True, "message": None, "value": 0}, 1, "result", None, "0"),
            ({"success": True, "value": ""}, 1, "result", None, '""'),
            ({"stdout": "x", "stderr": ""}, 1, "assumed", None, '{"stdout":"x","stderr":""}'),
            ({"is_error": True, "content": "no"}, 0, "result", None, '{"is_error":true,"content":"no"}'),
            ({"success": "yes"}, 1, "assumed", None, '{"success":"yes"}'),
            ([{"type": "text"}], 1, "assumed", None, '[{"type":"text"}]'),
            ("plain text", 1, "assumed", None, '"plain text"'),
            (None, 1, "assumed", None, None),
        ],
    )
    def test_outcome(self, result, success, source, message, value):
        """A success flag is stored; without one, a provider's result counts as a success unless it reports an error."""
        row = row_of(TOOL_INVOKED, tool_event(result=result))
        found = (row.result_success, row.success_source, row.result_message, row.result_value)
        assert found == (success, source, message, value)

    @pytest.mark.parametrize(
        ("usage", "tokens"),
        [
            ({"input_tokens": 3, "output_tokens": 2, "cached_tokens": 1}, (3, 2, 1)),
            ({"input_tokens": None, "output_tokens": 0}, (None, 0, None)),
            ({"input_tokens": "3", "output_tokens": True, "cached_tokens": 1.5}, (None, None, None)),
            ({"input_tokens": 2**63, "output_tokens": 10**12, "cached_tokens": -1}, (None, 10**12, None)),
            (None, (None, None, None)),
            ([], (None, None, None)),
        ],
    )
    def test_tokens(self, usage, tokens):
        """Token counts are integers whose sum fits into SQLite, or NULL."""
        row = row_of(TOOL_INVOKED, tool_event(usage=usage))
        assert (row.input_tokens, row.output_tokens, row.cached_tokens) == tokens

    @pytest.mark.parametrize("params", [None, {}, [], "text", {"a": {"b": None}}])
    def test_params(self, params):
        """Parameters of any type are stored as JSON."""
        assert json.loads(row_of(TOOL_INVOKED, tool_event(params=params)).params) == params


class TestPrompts:
    """Renderings and executions."""

    def test_characters(self):
        """Characters are counted as Python counts them."""
        assert row_of(PROMPT_RENDERED, rendered_event(rendered_prompt="é👀\n")).char_count == 3

    @pytest.mark.parametrize(
        ("descriptor", "count", "names"),
        [
            ({"tools": [{"name": "a"}, {"name": "b"}]}, 2, '["a","b"]'),
            ({"tools": []}, 0, "[]"),
            ({"tools": [{"name": 1}, "x", {}]}, 0, "[]"),
            ({}, None, None),
            (None, None, None),
        ],
    )
    def test_tools(self, descriptor, count, names):
        """The tools are those of the descriptor; without a descriptor the number of tools is NULL, not 0."""
        row = row_of(PROMPT_RENDERED, rendered_event(descriptor=descriptor))
        assert (row.tool_count, row.tool_names) == (count, names)

    @pytest.mark.parametrize(
        ("usage", "total"),
        [
            ({"input_tokens": 30, "output_tokens": 20, "cached_tokens": 5}, 50),
            ({"input_tokens": 30, "output_tokens": None}, 30),
            ({"input_tokens": None, "output_tokens": None}, None),
            (None, None),
        ],
    )
    def test_total(self, usage, total):
        """The total is the sum of the known counts; cached tokens are not added, as they are input tokens already."""
        assert row_of(PROMPT_EXECUTED, executed_event(usage=usage)).total_tokens == total

    def test_too_large_to_be_counts(self, build):
        """Impossibly large counts do not spoil the sums of the other counts."""
        events = [executed_event(str(n), usage={"input_tokens": n, "output_tokens": 1}) for n in (5, 2**63 - 1, 2**62)]
        path = build({"a.jsonl": lines(snapshot(ROOT_SESSION, slice_of(PROMPT_EXECUTED, *events)))})
        assert rows(path, "SELECT total_input_tokens, total_tokens FROM token_summary") == [(5, 8)]

    def test_no_result(self):
        """An execution without a result has NULL for it."""
        assert row_of(PROMPT_EXECUTED, executed_event(result=None)).result is None


class TestInBundles:
    """Events of hand-made snapshots."""

    def test_slices_as_a_mapping(self, build):
        """Slices in the specification's form, a mapping of classes to items, are read like a list of slices."""
        mapping = snapshot(slices={TOOL_INVOKED: [tool_event()], "app:Note": [{"text": "a"}, {"text": "b"}]})
        path = build({"s.jsonl": lines(mapping)})
        assert column(path, "SELECT tool_name FROM tool_invocations") == ["tool"]
        assert rows(path, "SELECT slice_type, item_index, item_type FROM slice_items") == [
            (TOOL_INVOKED, 0, TOOL_INVOKED),
            ("app:Note", 0, "app:Note"),
            ("app:Note", 1, "app:Note"),
        ]

    def test_same_event_twice(self, build):
        """An event in two snapshots is one row, from the first snapshot; both snapshots keep the item."""
        twice = [snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, tool_event()), created_at=f"{day}") for day in (1, 2)]
        path = build({"s.jsonl": lines(*twice)})
        assert rows(path, "SELECT event_id, snapshot_id FROM tool_invocations") == [("event-1", 1)]
        assert column(path, "SELECT snapshot_id FROM slice_items") == [1, 2]

    @pytest.mark.parametrize("event", ["hook.tool_invoked", "hook.tool_call.complete", "tool.execution.complete"])
    @pytest.mark.parametrize("key", ["tool_name", "tool"])
    def test_success_from_the_log(self, build, event, key):
        """The success of a native tool call is taken from the log, because its result does not state it."""
        item = tool_event(result={"stdout": ""}, call_id="c1", name="Bash")
        record = log_record(event=event, context={key: "Bash", "call_id": "c1", "success": False})
        path = build({"s.jsonl": lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, item))), "x.log": lines(record)})
        assert rows(path, "SELECT result_success, success_source FROM tool_invocations") == [(0, "log")]

    @pytest.mark.parametrize(
        "context",
        [
            {"tool_name": "Bash", "call_id": "c2", "success": False},
            {"tool_name": "Read", "call_id": "c1", "success": False},
            {"tool_name": "Bash", "success": False},
            {"tool_name": "Bash", "call_id": "c1", "success": "no"},
            {"tool_name": "Bash", "call_id": "c1"},
            [],
        ],
    )
    def test_another_call_s_log(self, build, context):
        """Log records of another call, or without an outcome, do not change the success of a call."""
        item = tool_event(result={"stdout": ""}, call_id="c1", name="Bash")
        record = log_record(event="hook.tool_invoked", context=context)
        path = build({"s.jsonl": lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, item))), "x.log": lines(record)})
        assert rows(path, "SELECT result_success, success_source FROM tool_invocations") == [(1, "assumed")]

    def test_own_flag_over_the_log(self, build):
        """A result's own success flag takes precedence over the log."""
        record = log_record(
            event="tool.execution.complete", context={"tool_name": "tool", "call_id": "call-1", "success": False}
        )
        whole = lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, tool_event())))
        path = build({"s.jsonl": whole, "x.log": lines(record)})
        assert rows(path, "SELECT result_success, success_source FROM tool_invocations") == [(1, "result")]

    @pytest.mark.parametrize(
        "entry", [None, 1, "x", [], {"slice_type": "a:B"}, {"slice_type": "a:B", "items": {}}, {"items": None}]
    )
    def test_a_slice_without_items(self, build, entry):
        """A slice without a list of items stays in the envelope, and the whole line is stored."""
        path = build({"s.jsonl": lines(snapshot(ROOT_SESSION, entry, slice_of("app:Note", {"a": 1})))})
        assert column(path, "SELECT slice_type FROM slice_items") == ["app:Note"]
        assert column(path, "SELECT json_extract(envelope, '$.slices[0]') IS NULL FROM snapshots") == [
            int(entry is None)
        ]
        assert column(path, "SELECT reason FROM raw_records") == ["a slice without a list of items"]

    def test_last_snapshot(self, build):
        """The current items are those of the snapshot with the latest time, whatever the order of the files."""
        late = snapshot(ROOT_SESSION, slice_of("a:Late", {}), created_at="2026-02-02")
        early = snapshot(ROOT_SESSION, slice_of("a:Early", {}), created_at=MOMENT)
        path = build({"1.jsonl": lines(late), "2.jsonl": lines(early)})
        assert column(path, "SELECT slice_type FROM current_slice_items") == ["a:Late"]
        assert column(path, "SELECT created_at FROM sessions") == [MOMENT]

    def test_last_tags(self, build):
        """A session with two snapshots has the tags of the later one, whatever the order of the files."""
        late = snapshot(ROOT_SESSION, created_at="2026-02-02", tags={"session_id": ROOT_SESSION, "n": "2"})
        early = snapshot(ROOT_SESSION, created_at=MOMENT, tags={"session_id": ROOT_SESSION, "n": "1"})
        path = build({"1.jsonl": lines(late), "2.jsonl": lines(early)})
        assert column(path, "SELECT tags ->> 'n' FROM sessions") == ["2"]
