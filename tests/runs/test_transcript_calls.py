"""Tool calls and texts in transcripts."""

from __future__ import annotations

from typing import Any

from support.artifact_samples import column, lines, rows
from support.call_records import CALLS_SQL, record_at


class TestTranscripts:
    """Calls that a transcript has."""

    def entry(self, second: float, entry_type: str, adapter: str, **detail: object) -> dict[str, Any]:
        """Return a transcript entry."""
        context = {"adapter": adapter, "entry_type": entry_type, "source": "main", "sequence_number": 1}
        return record_at(second, "transcript.entry", **context, session_id="s", detail=detail)

    def test_transcript_alone(self, build):
        """A subagent's call that is only in the transcript is a call."""
        use = {"type": "tool_use", "id": "t-1", "name": "Grep", "input": {"q": "x"}}
        result = {"type": "tool_result", "tool_use_id": "t-1", "content": "nothing", "is_error": True}
        log = [self.entry(1, "tool_use", "claude_agent_sdk", sdk_entry=use)]
        log += [self.entry(2, "tool_result", "claude_agent_sdk", sdk_entry=result, tool_name="Grep")]
        path = build({"a.log": lines(*log)})
        assert rows(path, CALLS_SQL) == [("Grep", "t-1", "failed", 0, "transcript")]
        assert rows(path, "SELECT params, output, error FROM tool_calls") == [('{"q":"x"}', "nothing", "nothing")]
        assert column(path, "SELECT tool_call_id FROM transcript_entries") == [1, 1]

    def test_agents_of_the_client_protocol(self, build):
        """An agent of the client protocol reports its tools while they run."""
        log = [
            self.entry(1, "tool_use", "opencode", tool_name="acp:read", tool_call_id="1", input="{'p': 1}"),
            self.entry(
                3, "tool_result", "opencode", tool_name="acp:read", tool_call_id="1", status="failed", output="x"
            ),
            self.entry(4, "thinking", "opencode", text="hm"),
        ]
        path = build({"a.log": lines(*log)})
        assert rows(path, "SELECT tool_name, outcome, duration_ms, output FROM tool_calls") == [
            ("acp:read", "failed", 2000.0, "x")
        ]
        assert rows(path, "SELECT entry_type, text, data FROM transcript_entries ORDER BY id") == [
            ("tool_use", None, "\"{'p': 1}\""),
            ("tool_result", "x", None),
            ("thinking", "hm", None),
        ]

    def test_lines_that_break_no_view(self, build):
        """Whatever a transcript line contains, every entry and every call can be read."""
        content = ["no json", "[1]", '{"type": "user", "message": {"content": NaN}}', '{"type": "assistant"}', "{" * 5]
        content += [
            '{"type": "assistant", "message": {"content": [{"type": "tool_use", "id": 7}, 3, {}]}}',
            "\ud800",
            "",
        ]
        log = [record_at(1, "log_aggregator.log_line", file="f.jsonl", content=line) for line in content]
        log += [record_at(2, "transcript.collector.entry", parsed=parsed, raw_json="x") for parsed in (None, [], {}, 3)]
        log += [
            record_at(3, "transcript.entry", detail=detail) for detail in (None, [], {}, {"sdk_entry": []}, {"text": 1})
        ]
        log += [
            record_at(4, event, tool_name=3, call_id=4, success="?")
            for event in ("tool.execution.start", "tool.execution.complete", "hook.pre_tool_use")
        ]
        path = build({"a.log": lines(*log)})
        texts = column(path, "SELECT text FROM transcript_entries WHERE raw_type = 'line'")
        assert {"no json", "[1]", "{{{{{"} <= set(texts)
        assert column(path, "SELECT count(*) FROM transcript_entries") == [len(content) + 2 + 4 + 5]
        assert len(rows(path, "SELECT * FROM tool_calls")) == 2
