"""Loops, retries, stalls and lost caches are found in artifacts made by hand, with what they cost."""

from __future__ import annotations

import pytest
from support.artifact_samples import lines, log_record, rows
from support.saved_answers import run_query
from support.turn_records import message, result, second


def calls(*made: tuple[str, dict[str, object], str, bool]) -> bytes:
    """Return the log of calls, one in each turn of 100 and more tokens, which end half a second later."""
    records = []
    for number, (name, given, text, failed) in enumerate(made):
        call = f"c-{number}"
        records.append(message(second(10 * number), 100 + number, 0, 0, (call, name, given)))
        records.append(result(second(10 * number + 0.5), call, text, failed=failed))
    return lines(*records)


READ = ("Read", {"path": "a"}, "text", False)
TEST = ("Bash", {"command": "test"}, "1 failed", False)


class TestLoops:
    """Calls that an agent makes again without learning anything."""

    def test_the_same_call_three_times(self, build):
        """A call made three times with the same result is a loop, which costs the turns of the last two."""
        [loop] = run_query(build({"s-1.log": calls(READ, TEST, READ, READ)}), "loops")
        shown = ("kind", "tools", "params", "extra_calls", "extra_tokens", "result", "session_id")
        assert [loop[name] for name in shown] == ["same call", "Read", '{"path":"a"}', 2, 103 + 104, "text", "s-1"]
        assert (loop["first_call"], loop["last_call"]) == (second(0), second(30))

    def test_twice_or_with_another_result_is_no_loop(self, build):
        """Two calls are no loop, nor are three with different results or parameters."""
        other = ("Read", {"path": "a"}, "other text", False)
        third = ("Read", {"path": "b"}, "text", False)
        assert run_query(build({"s-1.log": calls(READ, other, READ, third)}), "loops") == []

    def test_alternation(self, build):
        """Two calls that take turns twice are a loop; the first of each is not extra."""
        bundle = build({"s-1.log": calls(READ, TEST, READ, TEST)})
        [loop] = run_query(bundle, "loops")
        assert (loop["kind"], loop["tools"], loop["extra_calls"]) == ("alternation", "Read, Bash", 2)
        assert loop["other_params"] == '{"command":"test"}'
        assert loop["extra_tokens"] == 103 + 104
        ids = [number for (number,) in rows(bundle, "SELECT id FROM calls ORDER BY id")]
        assert (loop["first_call_id"], loop["last_call_id"]) == (ids[0], ids[3])

    def test_calls_of_one_turn_cost_it_once(self, build):
        """Three calls that one message requests share the tokens of its turn."""
        uses = [(f"c-{number}", "Read", {"path": "a"}) for number in range(3)]
        log = [message(second(0), 100, 20, 5, *uses)]
        log += [result(second(1), call, "text") for call, _, _ in uses]
        [loop] = run_query(build({"s-1.log": lines(*log)}), "loops")
        assert (loop["extra_calls"], loop["extra_tokens"]) == (2, 126)


class TestRetries:
    """Failed calls that are made again."""

    def test_changed_until_it_succeeds(self, build):
        """Neighbouring calls of one tool are tries at one thing, and end with the success."""
        wrong = ("Read", {"path": "x"}, "no such file", True)
        wrong_again = ("Read", {"path": "y"}, "no such file", True)
        [retry] = run_query(build({"s-1.log": calls(wrong, wrong_again, READ, TEST)}), "retries")
        shown = ("tool_name", "ended", "parameters", "failed_count", "tokens", "first_error")
        assert [retry[name] for name in shown] == ["Read", "succeeded", "changed", 2, 102 + 103, "no such file"]
        assert (retry["first_params"], retry["last_params"]) == ('{"path":"x"}', '{"path":"a"}')

    def test_the_same_later(self, build):
        """A call with the same parameters is a retry even if others were made between; it may fail again."""
        wrong = ("Read", {"path": "x"}, "no such file", True)
        [retry] = run_query(build({"s-1.log": calls(wrong, TEST, wrong)}), "retries")
        assert [retry[name] for name in ("ended", "parameters", "failed_count")] == ["gave up", "same", 2]

    def test_failures_without_another_try(self, build):
        """A failed call that is not made again, and a success that is, are no retries."""
        wrong = ("Read", {"path": "x"}, "no such file", True)
        assert run_query(build({"s-1.log": calls(READ, READ, wrong, TEST, READ)}), "retries") == []


class TestStalls:
    """Gaps in a log."""

    def test_a_gap_of_more_than_half_a_minute(self, build):
        """The records before and after a gap are shown; a lower limit shows shorter gaps, too."""
        moments = (0, 1, 41, 51)
        log = [log_record(timestamp=second(each), event=f"e-{each}", context={}) for each in moments]
        bundle = build({"a.log": lines(*log)})
        [stall] = run_query(bundle, "stalls")
        assert (stall["seconds"], stall["event_before"], stall["event_after"]) == (40.0, "e-1", "e-41")
        assert [row["seconds"] for row in run_query(bundle, "stalls", seconds="10")] == [40.0, 10.0]

    def test_the_tool_that_was_running(self, build):
        """A gap between a call's start and end names the tool."""
        start = {"tool_name": "Slow", "tool_use_id": "c", "arguments": {}, "session_id": "s-1"}
        end = {"tool_name": "Slow", "tool_use_id": "c", "success": True, "message": "", "session_id": "s-1"}
        log = [
            log_record(timestamp=second(0), event="bridge.tool_call.start", context=start),
            log_record(timestamp=second(60), event="bridge.tool_call.complete", context=end),
            log_record(timestamp=second(120), event="e", context={}),
        ]
        stalls = run_query(build({"s-1.log": lines(*log)}), "stalls")
        assert [(row["seconds"], row["running_tool"]) for row in stalls] == [(60.0, "Slow"), (60.0, None)]


class TestLostCache:
    """Turns that read little of what the turn before had in the cache."""

    @pytest.mark.parametrize(
        ("later", "change", "why"),
        [
            (20, {}, "unknown"),
            (20, {"model": "m-2"}, "model m-1 → m-2"),
            (20, {"adapter": "other"}, "adapter claude_agent_sdk → other"),
            (20, {"prompt_name": "q"}, "prompt p → q"),
            (400, {}, "pause of over 5 minutes"),
            (4000, {"model": "m-2"}, "model m-1 → m-2; pause of over an hour"),
        ],
    )
    def test_why(self, build, later, change, why):
        """Another model, adapter or prompt and a pause are reasons; the tokens that the cache lost are counted."""
        log = [
            message(second(0), 10, 0, 900),
            message(second(10), 10, 900, 50),
            message(second(later), 1000, 0, 0, **change),
        ]
        [lost] = run_query(build({"s-1.log": lines(*log)}), "lost-cache")
        assert (lost["why"], lost["turn"], lost["cached_before"]) == (why, 3, 950)
        assert (lost["lost_tokens"], lost["pause_seconds"]) == (950, later - 10)

    def test_a_shorter_context(self, build):
        """A context that was shortened cannot be in the cache whole."""
        log = [message(second(0), 10, 0, 900), message(second(1), 300, 0, 0)]
        [lost] = run_query(build({"s-1.log": lines(*log)}), "lost-cache")
        assert (lost["why"], lost["lost_tokens"]) == ("context shortened", 300)

    def test_a_kept_cache(self, build):
        """A turn that reads what the turn before wrote has lost nothing."""
        log = [message(second(0), 10, 0, 900), message(second(1), 10, 900, 50), message(second(2), 10, 950, 50)]
        assert run_query(build({"s-1.log": lines(*log)}), "lost-cache") == []
