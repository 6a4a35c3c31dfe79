"""Tool calls from logs, sessions and transcripts are one row each, even if records are missing or out of order."""

from __future__ import annotations

import gc
import json
import weakref

import pytest
from support.artifact_samples import (
    ROOT_SESSION,
    TOOL_INVOKED,
    archive,
    column,
    lines,
    rows,
    slice_of,
    snapshot,
    tool_event,
)
from support.call_records import (
    CALLS_SQL,
    bridge_finished,
    bridge_started,
    hook_requested,
    record_at,
    session_dispatched,
    timestamp_at,
)

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.logs.event_handlers import EventHandlers
from wink_debug_bundle.batch import Batch


class TestRecordsWithoutIds:
    """Records of starts and ends without ids."""

    def test_nested(self, build):
        """If a tool's agent calls the same tool again, the first end is that of the inner call."""
        log = [
            bridge_started(1, "delegate", n=1),
            bridge_started(2, "delegate", n=2),
            bridge_finished(3, "delegate"),
            bridge_finished(9, "delegate"),
        ]
        path = build({"a.log": lines(*log)})
        found = rows(path, "SELECT params, duration_ms FROM tool_calls ORDER BY id")
        assert found == [('{"n":1}', 8000.0), ('{"n":2}', 1000.0)]

    def test_after_one_that_never_ended(self, build):
        """A call without an end has an unknown outcome, and other calls keep their ends."""
        log = [
            bridge_started(1, "a"),
            bridge_started(2, "b"),
            bridge_finished(3, "b"),
            bridge_started(4, "c"),
            bridge_finished(5, "c", success=False),
        ]
        path = build({"a.log": lines(*log)})
        assert rows(path, CALLS_SQL) == [
            ("a", None, "unknown", None, "bridge"),
            ("b", None, "succeeded", 1, "bridge"),
            ("c", None, "failed", 0, "bridge"),
        ]

    def test_end_without_beginning(self, build):
        """An end without a start is a call too."""
        path = build({"a.log": lines(bridge_finished(3, "b"))})
        assert rows(path, "SELECT tool_name, outcome, duration_ms, params FROM tool_calls") == [
            ("b", "succeeded", None, None)
        ]

    @pytest.mark.parametrize(
        ("event", "outcome"),
        [
            ("bridge.handler_error", "raised"),
            ("bridge.validation_error", "rejected"),
            ("bridge.policy_denied", "denied"),
            ("bridge.visibility_expansion_required", "expanded"),
        ],
    )
    def test_outcomes_of_bridges(self, build, event, outcome):
        """The outcome of a bridged call follows from the event that ends it."""
        log = [
            bridge_started(1, "a", "id-1"),
            record_at(2, event, tool_name="a", error="because"),
            bridge_started(3, "a", "id-2"),
        ]
        path = build({"a.log": lines(*log, bridge_finished(4, "a"))})
        success = 1 if outcome == "expanded" else 0
        assert rows(path, CALLS_SQL) == [
            ("a", "id-1", outcome, success, "bridge"),
            ("a", "id-2", "succeeded", 1, "bridge"),
        ]
        assert column(path, "SELECT error FROM tool_calls") == ["because" if success == 0 else None, None]

    @pytest.mark.parametrize("event", ["tool_handler_exception", "tool_type_error", "tool_validation_failed"])
    def test_outcomes_of_executions(self, build, event):
        """A call of a chat adapter that raises or is rejected has no end record."""
        begin = {"tool_name": "a", "call_id": "c-1", "arguments": {"x": 1}, "prompt_name": "p"}
        log = [
            record_at(1, "tool.execution.start", **begin),
            record_at(2, event, tool="a", call_id="c-1", error="e", reason="r"),
            record_at(3, "tool.execution.start", **{**begin, "call_id": "c-2"}),
            record_at(4, "tool.execution.complete", tool_name="a", success=True, message="m", value="V()"),
        ]
        path = build({"a.log": lines(*log)})
        outcome = "rejected" if event == "tool_validation_failed" else "raised"
        assert rows(path, "SELECT call_id, outcome, duration_ms, prompt_name, message, value FROM tool_calls") == [
            ("c-1", outcome, 1000.0, "p", "r", None),
            ("c-2", "succeeded", 1000.0, "p", "m", '"V()"'),
        ]


class TestRequested:
    """Calls that an agent requests before they start."""

    def test_id_comes_from_the_hook(self, build):
        """A bridged call without an id gets the id of the hook record before it, and both are one call."""
        log = [hook_requested(1, "mcp__wink__a", "t-1", x=1), bridge_started(2, "a", x=1), bridge_finished(3, "a")]
        path = build({"a.log": lines(*log)})
        assert rows(path, CALLS_SQL) == [("a", "t-1", "succeeded", 1, "bridge,hook")]
        assert rows(path, "SELECT duration_ms, started_at FROM tool_calls") == [(1000.0, timestamp_at(2))]

    def test_requested_together(self, build):
        """Of calls requested at once, the parameters decide which one starts."""
        log = [
            hook_requested(1, "mcp__wink__a", "t-1", x=1),
            hook_requested(2, "mcp__wink__a", "t-2", x=2),
            bridge_started(3, "a", x=2),
            bridge_finished(4, "a"),
            bridge_started(5, "a", x=1),
            bridge_finished(6, "a", success=False),
        ]
        path = build({"a.log": lines(*log)})
        assert rows(path, "SELECT call_id, params, success FROM tool_calls ORDER BY id") == [
            ("t-1", '{"x":1}', 0),
            ("t-2", '{"x":2}', 1),
        ]

    def test_native(self, build):
        """A tool that the agent runs itself starts when it is requested."""
        end = {"tool_name": "Bash", "call_id": "t-1", "success": False, "tool_response": {"stderr": "no"}}
        log = [
            hook_requested(1, "Bash", "t-1", command="x"),
            record_at(3, "hook.tool_call.complete", **end, output_text="no"),
        ]
        path = build({"a.log": lines(*log)})
        assert rows(path, "SELECT outcome, duration_ms, params, value, output, error FROM tool_calls") == [
            ("failed", 2000.0, '{"command":"x"}', '{"stderr":"no"}', "no", "no")
        ]

    def test_ids_used_again(self, build):
        """Two calls to which a provider gives the same id stay two calls."""
        log = [
            bridge_started(1, "a", "1"),
            bridge_finished(2, "a"),
            bridge_started(3, "a", "1"),
            bridge_finished(4, "a", success=False),
        ]
        path = build({"a.log": lines(*log)})
        assert rows(path, CALLS_SQL) == [("a", "1", "succeeded", 1, "bridge"), ("a", "1", "failed", 0, "bridge")]


class TestBlocks:
    """Logs that are read in several blocks."""

    LOG = (
        hook_requested(1, "mcp__wink__a", "t-1", x=1),
        bridge_started(2, "a", x=1),
        bridge_started(3, "b", "t-2"),
        bridge_finished(4, "b", success=False),
        bridge_finished(5, "a"),
        hook_requested(6, "Bash", "t-3"),
        record_at(7, "hook.tool_call.complete", tool_name="Bash", call_id="t-3", success=True),
    )

    @pytest.mark.parametrize("size", [100, 300, 500, 700, 900])
    def test_wherever_it_is_cut(self, build, monkeypatch, size):
        """Wherever a log is split the calls are the same, except for sources that only one part knows."""
        monkeypatch.setattr("wink_debug_bundle.artifacts.split_reader.BLOCK_BYTES", size)
        monkeypatch.setattr("wink_debug_bundle.pipeline.planning.splitting.BLOCK_BYTES", size)
        path = build({"a.log": lines(*self.LOG)})
        assert rows(path, "SELECT tool_name, call_id, outcome, duration_ms, source FROM tool_calls ORDER BY id") == [
            ("a", "t-1", "succeeded", 3000.0, "bridge,hook"),
            ("b", "t-2", "failed", 1000.0, "bridge"),
            ("Bash", "t-3", "succeeded", 1000.0, "hook"),
        ]


class TestSessions:
    """Calls that sessions have as events too."""

    def events(self, *changes: dict[str, object]) -> bytes:
        """Return a dump of the root session with one ToolInvoked for each of the changes."""
        items = [tool_event(f"e-{number}", **change) for number, change in enumerate(changes)]
        return lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, *items)))

    def test_without_ids(self, build):
        """A call and an event without a common id are one if the event falls into the call's time."""
        log = [
            bridge_started(1, "a"),
            bridge_finished(2, "a"),
            bridge_started(3, "a"),
            record_at(4, "bridge.handler_error", tool_name="a"),
        ]
        log += [bridge_started(5, "a"), bridge_finished(6, "a")]
        dump = self.events(
            {"name": "a", "call_id": None, "created_at": timestamp_at(1.5)},
            {"name": "a", "call_id": None, "created_at": timestamp_at(5.5)},
        )
        path = build({f"{ROOT_SESSION}.log": lines(*log), f"{ROOT_SESSION}.jsonl": dump})
        assert rows(path, "SELECT event_id, outcome, source FROM tool_calls ORDER BY id") == [
            ("e-0", "succeeded", "slices,bridge"),
            (None, "raised", "bridge"),
            ("e-1", "succeeded", "slices,bridge"),
        ]

    def test_dispatched_session_decides(self, build):
        """An event belongs to the inner or outer call whose session received it."""
        inner = "44444444-4444-4444-8444-444444444444"
        log = [
            bridge_started(1, "a", n=1),
            bridge_started(2, "a", n=2),
            session_dispatched(3, inner),
            bridge_finished(4, "a"),
        ]
        log += [session_dispatched(5, ROOT_SESSION), bridge_finished(6, "a")]
        dump = self.events({"name": "a", "call_id": None, "created_at": timestamp_at(5)})
        path = build({f"{ROOT_SESSION}.log": lines(*log), f"{ROOT_SESSION}.jsonl": dump})
        found = rows(path, "SELECT session_id, params, event_id FROM tool_calls ORDER BY params")
        assert found == [(ROOT_SESSION, '{"n":1}', "e-0"), (inner, '{"n":2}', None)]

    def test_sessions_alone(self, build):
        """Without a log, the library's messages in the events reveal exceptions that it caught."""
        outcomes = {
            "raised": "Tool 'a' execution failed: boom",
            "rejected": "Tool validation failed: no x",
            "failed": "Tool broke",
        }
        changes = [
            {
                "name": "a",
                "call_id": str(number),
                "created_at": timestamp_at(number),
                "result": {"success": False, "message": message, "value": None, "exclude_value_from_context": False},
            }
            for number, message in enumerate(outcomes.values())
        ]
        path = build({f"{ROOT_SESSION}.jsonl": self.events(*changes)})
        assert column(path, "SELECT outcome FROM tool_calls ORDER BY id") == list(outcomes)
        assert column(path, "SELECT error FROM tool_calls ORDER BY id") == list(outcomes.values())


def test_other_runs_in_one_log(tmp_path):
    """Calls of other runs in a run's log are counted once, in the run they belong to."""
    sessions = ["aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"]
    log = []
    for number, session in enumerate(sessions):
        log += [
            bridge_started(10 * number + 1, "a", f"t-{number}"),
            session_dispatched(10 * number + 2, session),
            bridge_finished(10 * number + 3, "a"),
        ]
    for number, session in enumerate(sessions):
        manifest = {"request": {"session_id": session, "status": "success"}}
        content = {"debug_bundle/manifest.json": json.dumps(manifest), "debug_bundle/logs/app.jsonl": lines(*log)}
        (tmp_path / f"{number}.zip").write_bytes(archive(content))
    with DebugBundle.from_directory(tmp_path, output=tmp_path / "b.db"):
        pass
    found = rows(
        tmp_path / "b.db", "SELECT r.path, c.call_id, c.session_id FROM calls c JOIN runs r ON r.id = c.run_id"
    )
    assert found == [("0.zip", "t-0", sessions[0]), ("1.zip", "t-1", sessions[1])]


@pytest.fixture
def large_log(monkeypatch):
    """Return the files of a log that counts as large, beside a session with one of its calls."""
    monkeypatch.setattr("wink_debug_bundle.pipeline.planning.plan.STANDALONE_LOG_BYTES", 1000)
    end = record_at(3, "hook.tool_call.complete", tool_name="Bash", call_id="t-1", success=False)
    event = tool_event("e-1", name="Bash", call_id="t-1", result={"stderr": "no"})
    dump = lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, event)))
    return {"a.log": lines(*[bridge_started(1, "a"), bridge_finished(2, "a")] * 3, end), "s.jsonl": dump}


def test_large_standalone_logs(build, large_log):
    """Standalone logs above a size limit are imported, but their calls are not matched."""
    path = build(large_log)
    assert column(path, "SELECT count(*) FROM logs") == [7]
    assert rows(path, "SELECT event_id, source FROM calls") == [("e-1", "slices")]
    assert rows(path, "SELECT result_success, success_source FROM tool_invocations") == [(0, "log")]


def test_calls_in_large_logs_that_are_asked_for(build, large_log):
    """With `calls_in_logs` the calls of large logs are matched, and merged with those of sessions."""
    path = build(large_log, calls_in_logs=True)
    found = rows(path, "SELECT event_id, source FROM calls ORDER BY id")
    assert found == [*[(None, "bridge")] * 3, ("e-1", "slices,hook")]
    assert rows(path, "SELECT result_success, success_source FROM tool_invocations") == [(0, "log")]


def test_the_calls_of_a_block_are_freed():
    """After the rows of a block are made, no cycle keeps its calls in memory: a build does not collect cycles."""
    gc.disable()
    try:
        handlers = EventHandlers(None, None, sessions_only=False)
        freed = weakref.ref(handlers)
        handlers.write(Batch(1))
        del handlers
        assert freed() is None
    finally:
        gc.enable()
