"""Contexts of a log's events are read into structs, and mean the same whichever way they are read."""

from __future__ import annotations

import json
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UnsetType

from wink_debug_bundle.artifacts.logs import event_structs
from wink_debug_bundle.artifacts.logs.event_handlers import EventHandlers
from wink_debug_bundle.batch import Batch

_STRUCTS = {
    "hook.pre_tool_use": event_structs.ToolRequested,
    "tool.execution.start": event_structs.ExecutionStarted,
    "bridge.tool_call.start": event_structs.BridgeStarted,
    "tool.execution.complete": event_structs.ToolEnded,
    "bridge.tool_call.complete": event_structs.ToolEnded,
    "hook.tool_call.complete": event_structs.ToolEnded,
    "bridge.handler_error": event_structs.ToolEnded,
    "session.dispatch_data_event": event_structs.DataDispatched,
    "transcript.entry": event_structs.EntryEvent,
    "transcript.collector.entry": event_structs.CollectedEvent,
    "log_aggregator.log_line": event_structs.LogLineEvent,
}
"""A struct for each event, and so the keys that a context of the event may have."""

_WORDS = ("a", "b", "", "mcp__wink__a", "text", "tool_use", "tool_result", "ToolInvoked", "user", "claude_agent_sdk")
_WORDS += ("failed", "mcpToolCall", "/subagents/a", "\u00fc\U0001f600\u0000\u007f")
_NUMBERS = (
    "0",
    "1",
    "-1",
    "-0",
    "1.0",
    "1e3",
    "0.5",
    f"{10**12}",
    f"{10**12 + 1}",
    f"{2**63}",
    f"{2**64}",
    f"{10**400}",
)
_ODD = ("null", "true", "false", "[]", "{}", "1e999", '["a"]', '{"type": "text"}', '"\\u0061"', *_NUMBERS)

_texts = st.sampled_from([json.dumps(word, ensure_ascii=escaped) for word in _WORDS for escaped in (True, False)])
_numbers = st.sampled_from(_NUMBERS)
_odd = st.sampled_from(_ODD) | _texts


def _values(kind: Any) -> st.SearchStrategy[str]:
    """Return JSON texts of which most have the type of a field, and some another one."""
    choices = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    fitting = [_fitting(choice) for choice in choices if choice not in (float, UnsetType)]
    return st.one_of(*fitting, *fitting, _odd)


def _fitting(kind: Any) -> st.SearchStrategy[str]:
    if get_origin(kind) is list:
        return st.lists(_values(*get_args(kind)), max_size=3).map(lambda items: f"[{', '.join(items)}]")
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _objects(kind)
    return {str: _texts, int: _numbers, bool: st.sampled_from(["true", "false"]), type(None): st.just("null")}.get(
        kind, _odd
    )


def _objects(kind: type[msgspec.Struct]) -> st.SearchStrategy[str]:
    """Return JSON objects with some of the struct's keys, each of them once or twice, and keys that it does not have."""
    fields = {field.encode_name: _values(field.type) for field in msgspec.structs.fields(kind)}
    if kind is event_structs.LogLineEvent:
        fields["content"] |= _objects(event_structs.ClaudeLine).map(json.dumps)
    fields["not_read"] = _odd
    pairs = [st.lists(value.map(f'"{key}": '.__add__), max_size=2) for key, value in fields.items()]
    return st.tuples(*pairs).map(lambda found: f"{{{', '.join(pair for two in found for pair in two)}}}")


_contexts = st.sampled_from(list(_STRUCTS)).flatmap(lambda event: st.tuples(st.just(event), _objects(_STRUCTS[event])))


def _rows(records: list[tuple[str, str]]) -> dict[str, list[Any]]:
    """Return the rows of calls and entries that records with these contexts give."""
    batch, handlers = Batch(1), EventHandlers(1, None, sessions_only=False)
    for number, (event, context) in enumerate(records, 1):
        reader, handle = handlers.handlers[event]
        handle(number, f"2026-01-01T00:00:{number:02}+00:00", "s", reader.read(context.encode()))
    handlers.write(batch)
    return batch.rows


@given(st.lists(_contexts, max_size=8))
def test_both_ways_agree(records):
    """A context gives the same calls and entries if something in it, which is not read, lets the quick way refuse it."""
    refused = [(event, f'{context[:-1]}{", " * (context != "{}")}"refused": "\\ud800"}}') for event, context in records]
    assert _rows(refused) == _rows(records)


def _entry(**detail: object) -> dict[str, Any]:
    return {"entry_type": "tool_result", "source": "main", "detail": detail}


class TestWrongTypes:
    """A value of a type that the library does not write counts as null, and hides nothing else."""

    @pytest.mark.parametrize("number", ["1.0", "true", '"1"', str(10**400), "[1]"])
    def test_no_count(self, number):
        """Only an integer that SQLite can add up is a count."""
        usage = f'{{"input_tokens": {number}, "output_tokens": 7}}'
        context = f'{{"detail": {{"sdk_entry": {{"message": {{"model": "m", "usage": {usage}}}}}}}}}'
        (row,) = _rows([("transcript.entry", context)])["entries"]
        assert row[11:14] == ("m", None, 7)

    @pytest.mark.parametrize("parsed", ["null", "5", '"line"', "[]"])
    def test_no_parsed_line(self, parsed):
        """A line that the library could not parse is in `raw_json`."""
        (row,) = _rows([("transcript.collector.entry", f'{{"parsed": {parsed}}}')])["entries"]
        assert row[16] == "$.raw_json"

    @pytest.mark.parametrize("code", ["1", "-1", '"killed"', "[]", "0.5"])
    def test_exit_code(self, code):
        """Every exit code but 0 and null is a failure of the Codex agent's command, whatever its type is."""
        item = f'{{"type": "commandExecution", "id": "i", "exitCode": {code}}}'
        context = f'{{"entry_type": "tool_result", "detail": {{"notification": {{"item": {item}}}}}}}'
        (row,) = _rows([("transcript.entry", context)])["entries"]
        assert row[10] == 1

    def test_context_that_is_no_object(self):
        """A context that is no object says nothing about calls and entries."""
        assert _rows([(event, "[1]") for event in _STRUCTS]) == {}


class TestNumbersOfManyDigits:
    """Numbers with more digits than Python converts."""

    @pytest.mark.parametrize("event", ["transcript.entry", "transcript.collector.entry", "log_aggregator.log_line"])
    def test_not_read(self, event):
        """Such a number hides nothing if it is not read."""
        (row,) = _rows([(event, f'{{"not_read": {"1" * 5000}, "sequence_number": 3}}')])["entries"]
        assert row[5] == 3

    def test_read(self):
        """A context that has such a number where a count belongs says nothing."""
        assert _rows([("transcript.entry", f'{{"sequence_number": {"1" * 5000}}}')]) == {}

    def test_in_the_agents_line(self):
        """A line that an agent wrote is read although it has such a number."""
        line = json.dumps(f'{{"type": "user", "not_read": {"1" * 5000}, "message": {{"content": "c"}}}}')
        (row,) = _rows([("log_aggregator.log_line", f'{{"content": {line}}}')])["entries"]
        assert row[6] == "user_message"
        assert row[16] == "$.message.content"


class TestEscapes:
    """Names that are written with escapes are the same names."""

    def test_data_type(self):
        """A session's ToolInvoked event is one, if a letter of the name is escaped."""
        records = [
            ("bridge.tool_call.start", '{"tool_name": "a"}'),
            ("session.dispatch_data_event", '{"session_id": "s", "data_type": "\\u0054oolInvoked"}'),
        ]
        (row,) = _rows(records)["call_fragments"]
        assert row[3] == 1

    def test_key(self):
        """A key is the same key if it is escaped."""
        (row,) = _rows([("hook.pre_tool_use", '{"tool\\u005fname": "a"}')])["call_fragments"]
        assert row[4] == "a"


class TestArguments:
    """Of two waiting calls, a start record without an id belongs to the one with the same arguments."""

    @pytest.mark.parametrize(
        "arguments", ['{"n": 2, "m": [1]}', '{"m":[1],"n":2}', '{"m":[1.0],"n":2.0}', '{"n": 1, "n": 2, "m": [1]}']
    )
    def test_written_otherwise(self, arguments):
        """Arguments are the same however they are written."""
        records = [
            ("hook.pre_tool_use", '{"tool_name": "a", "tool_use_id": "1", "tool_input": {"n": 1, "m": [1]}}'),
            ("hook.pre_tool_use", '{"tool_name": "a", "tool_use_id": "2", "tool_input": {"n": 2, "m": [1]}}'),
            ("bridge.tool_call.start", f'{{"tool_name": "a", "arguments": {arguments}}}'),
        ]
        assert [row[8] for row in _rows(records)["call_fragments"]] == [None, 3]

    @pytest.mark.parametrize("arguments", ["", ', "arguments": null'])
    def test_none(self, arguments):
        """Null is as good as no arguments."""
        records = [
            ("hook.pre_tool_use", '{"tool_name": "a", "tool_use_id": "1", "tool_input": {}}'),
            ("hook.pre_tool_use", '{"tool_name": "a", "tool_use_id": "2", "tool_input": null}'),
            ("bridge.tool_call.start", f'{{"tool_name": "a"{arguments}}}'),
        ]
        assert [row[8] for row in _rows(records)["call_fragments"]] == [None, 3]
