"""Bundles of artifacts of the real library have the values that the library's objects held in memory."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import zstandard
from support.artifact_samples import FIXTURES, PROMPT_EXECUTED, PROMPT_RENDERED, TOOL_INVOKED, column, expected, rows

CASES = sorted(
    path.relative_to(FIXTURES / "expected").with_suffix("").as_posix()
    for path in (FIXTURES / "expected").rglob("*.json")
)
TOKENS = ("input_tokens", "output_tokens", "cached_tokens")


@pytest.fixture(params=CASES)
def case(request):
    """Return the name of a fixture case."""
    return request.param


@pytest.fixture
def bundle(case, fixture_bundle):
    """Return the case's bundle."""
    return fixture_bundle(case)


@pytest.fixture
def facts(case):
    """Return the values that the library's objects of the case held."""
    return expected(case)


def storable(value: Any) -> Any:
    """Return the value as JSON in a bundle can express it: NaN and Infinity as null, lone surrogates as U+FFFD."""
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return None if isinstance(value, float) and not math.isfinite(value) else value


def untyped(value: Any) -> Any:
    """Return the value without the class names that the library's serializer adds."""
    if isinstance(value, dict):
        return {key: untyped(item) for key, item in value.items() if key != "__type__"}
    return [untyped(item) for item in value] if isinstance(value, list) else value


def live_sessions(facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return every session of every dump; a later dump of a session replaces an earlier one."""
    for dump in facts["dumps"]:
        yield from dump["sessions"]


def events(facts: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the case's events by id; several sessions may have the same event."""
    return {event["event_id"]: event for session in live_sessions(facts) for event in session[kind]}


def usage(event: dict[str, Any]) -> tuple[Any, ...]:
    """Return the token counts of an event."""
    return tuple((event.get("usage") or {}).get(name) for name in TOKENS)


def from_json(text: str | None) -> Any:
    """Return the value of a JSON column."""
    return None if text is None else json.loads(text)


def test_there_are_cases():
    """The fixtures hold every kind of case."""
    assert {"run", "repeated", "odd-values", "shared-dispatcher", "evaluation/passes"} <= set(CASES)
    assert len(CASES) == 11


class TestSessions:
    """The sessions table."""

    def test_parents(self, bundle, facts):
        """Each session has its parent, even a session without a snapshot."""
        stored = dict(rows(bundle, "SELECT session_id, parent_session_id FROM sessions"))
        live = {session["session_id"]: session["parent_id"] for session in live_sessions(facts)}
        assert {name: stored.get(name, "absent") for name in live} == live

    def test_tags(self, bundle, facts):
        """Each dumped session has the tags of its last dump; other sessions have none."""
        stored = dict(rows(bundle, "SELECT session_id, tags FROM sessions"))
        live = {session["session_id"]: session["tags"] for session in live_sessions(facts) if session["written"]}
        assert {name: json.loads(tags) for name, tags in stored.items() if tags is not None} == live

    def test_no_others(self, bundle, facts):
        """Every session is one of the library's, or named by a log record."""
        known = {session["session_id"] for session in live_sessions(facts)}
        logged = {name for log in facts["logs"] for name in log["by_session"] if name}
        assert set(column(bundle, "SELECT session_id FROM sessions")) == known | logged

    def test_roots(self, bundle, facts):
        """The bundle's root session is the dumped one."""
        roots = {dump["root_session_id"] for dump in facts["dumps"]}
        if roots:
            assert column(bundle, "SELECT root_session_id FROM bundle_meta") == list(roots)

    def test_snapshot_lines(self, bundle, facts):
        """Each line of each dump is a snapshot."""
        written = Counter(session["session_id"] for session in live_sessions(facts) if session["written"])
        assert Counter(column(bundle, "SELECT session_id FROM snapshots")) == written
        assert written.total() == facts["totals"]["snapshot_lines"]

    def test_envelopes(self, bundle, facts):
        """A snapshot's envelope has the policies and children, which have no columns."""
        kept = [json.loads(text) for text in column(bundle, "SELECT envelope FROM snapshots ORDER BY id")]
        live = [session for session in live_sessions(facts) if session["written"]]
        found = [
            (item["tags"]["session_id"], item["parent_id"], item["children_ids"], item["policies"]) for item in kept
        ]
        want = [(item["session_id"], item["parent_id"], item["children_ids"], item["policies"]) for item in live]
        assert sorted(found, key=repr) == sorted(want, key=repr)


class TestSliceItems:
    """The slice_items table."""

    def test_counts(self, bundle, facts):
        """Each dump of each session has all items of each of its classes."""
        stored = rows(bundle, "SELECT session_id, slice_type, count(*) FROM slice_items GROUP BY snapshot_id, 2")
        live = [
            (session["session_id"], name, count)
            for session in live_sessions(facts)
            for name, count in session["slices"].items()
        ]
        assert sorted(stored) == sorted(live)
        assert sum(count for _, _, count in live) == facts["totals"]["slice_items"]

    def test_payloads(self, bundle, facts):
        """Each payload equals the live object, in the order of its slice."""
        telemetry = (TOOL_INVOKED, PROMPT_RENDERED, PROMPT_EXECUTED)
        stored = rows(
            bundle,
            "SELECT session_id, slice_type, json_group_array(json(payload)) "
            "FROM (SELECT * FROM slice_items WHERE slice_type NOT IN (?, ?, ?) ORDER BY snapshot_id, id) "
            "GROUP BY snapshot_id, slice_type",
            telemetry,
        )
        found = [(session, name, untyped(json.loads(items))) for session, name, items in stored]
        live = [
            (session["session_id"], name, storable(items))
            for session in live_sessions(facts)
            for name, items in session["slice_items"].items()
        ]
        assert sorted(found, key=repr) == sorted(live, key=repr)

    def test_positions(self, bundle):
        """Items are counted from 0 within their slice."""
        sql = "SELECT min(item_index), max(item_index) - count(*) FROM slice_items GROUP BY snapshot_id, slice_type"
        assert set(rows(bundle, sql)) <= {(0, -1)}

    def test_last_state(self, bundle, facts):
        """current_slice_items has the items of each session's last dump only."""
        last = {session["session_id"]: session["slices"] for session in live_sessions(facts)}
        live = {(name, kind): count for name, slices in last.items() for kind, count in slices.items()}
        sql = "SELECT session_id, slice_type, count(*) FROM current_slice_items GROUP BY 1, 2"
        assert {(name, kind): count for name, kind, count in rows(bundle, sql)} == live


class TestToolInvocations:
    """The tool_invocations table."""

    def test_fields(self, bundle, facts):
        """Each event is one row, with every field of the live event."""
        columns = (
            "event_id, session_id, prompt_name, adapter, tool_name, call_id, timestamp, result_success, "
            "result_message, rendered_output, input_tokens, output_tokens, cached_tokens"
        )
        live = [
            (
                *(event[key] for key in ("event_id", "session_id", "prompt_name", "adapter", "name", "call_id")),
                *(event[key] for key in ("created_at", "success", "message", "rendered_output")),
                *usage(event),
            )
            for event in events(facts, "tool_events").values()
        ]
        assert sorted(rows(bundle, f"SELECT {columns} FROM tool_invocations")) == sorted(live)

    def test_params_and_values(self, bundle, facts):
        """Parameters and values are the live objects' JSON; a missing value is NULL."""
        stored = rows(bundle, "SELECT event_id, params, result_value FROM tool_invocations")
        found = {name: (untyped(from_json(params)), untyped(from_json(value))) for name, params, value in stored}
        live = {name: (event["params"], event["value"]) for name, event in events(facts, "tool_events").items()}
        assert found == live

    def test_success_is_known(self, bundle):
        """The library's own tools state whether they succeeded."""
        assert set(column(bundle, "SELECT success_source FROM tool_invocations")) <= {"result"}

    def test_totals(self, bundle, facts):
        """Sums of events, successes and tokens count each event once."""
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in TOKENS)
        [found] = rows(bundle, f"SELECT count(*), coalesce(sum(result_success), 0), {sums} FROM tool_invocations")
        totals = facts["totals"]
        tokens = totals["tokens"]["tool_invoked"]
        assert found == (totals["tool_events"], totals["tool_successes"], *(tokens[name] for name in TOKENS))


class TestPromptEvents:
    """The prompt_events table."""

    def test_rendered(self, bundle, facts):
        """Each rendering has its names, its full text and its tools."""
        columns = (
            "event_id, session_id, timestamp, prompt_ns, prompt_key, prompt_name, adapter, char_count, "
            "rendered_text, tool_count, tool_names"
        )
        stored = rows(bundle, f"SELECT {columns} FROM prompt_events WHERE event_type = 'rendered'")
        found = {
            (*row[:8], hashlib.sha256(row[8].encode()).hexdigest(), row[9], tuple(json.loads(row[10])))
            for row in stored
        }
        keys = ("event_id", "session_id", "created_at", "prompt_ns", "prompt_key", "prompt_name", "adapter")
        live = {
            (
                *(event[key] for key in keys),
                event["char_count"],
                event["text_sha256"],
                len(event["tool_names"]),
                tuple(event["tool_names"]),
            )
            for event in events(facts, "prompt_events").values()
            if event["event_type"] == "rendered"
        }
        assert found == live
        assert len(stored) == facts["totals"]["prompts_rendered"]

    def test_executed(self, bundle, facts):
        """Each execution has its text, its output and its tokens."""
        columns = "event_id, session_id, timestamp, prompt_name, adapter, input_tokens, output_tokens, cached_tokens"
        stored = rows(
            bundle, f"SELECT {columns}, total_tokens, result FROM prompt_events WHERE event_type = 'executed'"
        )
        found = {
            row[0]: (*row[1:9], (result := json.loads(row[9]))["text"], untyped(result["output"])) for row in stored
        }
        keys = ("session_id", "created_at", "prompt_name", "adapter")
        live = {
            name: (
                *(event[key] for key in keys),
                *usage(event),
                (event["usage"] or {}).get("total_tokens"),
                event["text"],
                event["output"],
            )
            for name, event in events(facts, "prompt_events").items()
            if event["event_type"] == "executed"
        }
        assert found == live
        assert len(stored) == facts["totals"]["prompts_executed"]

    def test_total_tokens(self, bundle, facts):
        """The bundle's tokens are those of its executed prompts."""
        sql = "SELECT coalesce(sum(total_input_tokens), 0), coalesce(sum(total_output_tokens), 0) FROM token_summary"
        tokens = facts["totals"]["tokens"]["prompt_executed"]
        assert rows(bundle, sql) == [(tokens["input_tokens"], tokens["output_tokens"])]


def logged(facts: dict[str, Any], key: str) -> Counter[str]:
    """Return the counts of one kind over all logs of the case."""
    return sum((Counter(log[key]) for log in facts["logs"]), Counter())


class TestLogs:
    """The logs table."""

    @pytest.mark.parametrize("name", ["level", "logger", "event"])
    def test_counts(self, bundle, facts, name):
        """The bundle has as many records of each level, logger and event as a second log handler counted."""
        assert Counter(column(bundle, f"SELECT {name} FROM logs")) == logged(facts, f"by_{name}")

    def test_sessions(self, bundle, facts):
        """A record belongs to the session it names, or else to the session dumped beside it."""
        live: Counter[str | None] = Counter()
        for log in facts["logs"]:
            folder = log["file"].rpartition("/")[0]
            beside = [d["root_session_id"] for d in facts["dumps"] if d["file"].rpartition("/")[0] == folder]
            for session, count in log["by_session"].items():
                live[session or next(iter(beside), None)] += count
        assert Counter(column(bundle, "SELECT session_id FROM logs")) == live

    def test_problems(self, bundle, facts):
        """The error log has every warning and error with its message."""
        levels = ("WARNING", "ERROR", "CRITICAL")
        live = [tuple(problem) for log in facts["logs"] for problem in log["problems"] if problem[0] in levels]
        assert sorted(rows(bundle, "SELECT level, logger, event, message FROM error_log")) == sorted(live)

    def test_order(self, bundle):
        """Records are in the order of their file."""
        assert column(bundle, "SELECT line FROM logs ORDER BY artifact_id, id") == column(
            bundle, "SELECT line FROM logs ORDER BY artifact_id, line"
        )

    def test_contexts_are_the_file_s_own_text(self, bundle, case):
        """Each context equals the context in the file's line."""
        for path, number, context in rows(
            bundle, "SELECT path, line, context FROM logs JOIN artifacts ON artifacts.id = logs.artifact_id"
        ):
            line = (FIXTURES / case / path).read_bytes().split(b"\n")[number - 1]
            assert json.loads(context) == storable(json.loads(line)["context"])


class TestFiles:
    """The files table and the blobs behind it."""

    def test_listing(self, bundle, facts):
        """Each file of each archive has its size, its hash and whether it is text."""
        live = [
            (file["path"], file["size"], file["sha256"], int(not file["is_utf8"]))
            for archive in facts["archives"]
            for file in archive["files"]
        ]
        assert sorted(rows(bundle, "SELECT path, size_bytes, sha256, is_binary FROM files")) == sorted(live)
        assert len(live) == facts["totals"]["files"]

    def test_bytes(self, bundle):
        """The bytes of each file are in the bundle, as text or as chunks of a blob."""
        decompress = zstandard.ZstdDecompressor().decompress
        for content, sha256 in rows(bundle, "SELECT content, sha256 FROM files"):
            if content is None:
                chunks = column(bundle, "SELECT data FROM blob_chunks WHERE sha256 = ? ORDER BY seq", (sha256,))
                data = b"".join(decompress(chunk) for chunk in chunks)
            else:
                data = content.encode()
            assert hashlib.sha256(data).hexdigest() == sha256

    def test_archives(self, bundle, facts):
        """An archive has the name of its file and belongs to the session dumped beside it."""
        names = {archive["file"].rpartition("/")[2].removesuffix(".zip") for archive in facts["archives"]}
        roots = {dump["root_session_id"] for dump in facts["dumps"]}
        found = rows(bundle, "SELECT DISTINCT archive_id, session_id FROM files")
        assert found == [(name, root) for name in names for root in roots]


class TestWholeBundle:
    """Whole bundles."""

    def test_no_problems(self, bundle):
        """The library's artifacts are imported completely, without a problem."""
        assert set(column(bundle, "SELECT status FROM artifacts")) == {"imported"}
        assert column(bundle, "SELECT count(*) FROM problems") == [0]

    def test_log_records(self, bundle, facts):
        """All log records are imported."""
        assert column(bundle, "SELECT count(*) FROM logs") == [facts["totals"]["log_records"]]

    def test_artifact_hashes(self, bundle, case):
        """Each artifact is listed with its size and hash."""
        for path, size, sha256 in rows(bundle, "SELECT path, size_bytes, sha256 FROM artifacts"):
            data = (FIXTURES / case / path).read_bytes()
            assert (size, sha256) == (len(data), hashlib.sha256(data).hexdigest())


class TestSharedDispatcher:
    """An event in the slices of a parent and of its child."""

    def test_one_row(self, fixture_bundle):
        """The event is one row, of the session that the event names."""
        [event] = events(expected("shared-dispatcher"), "tool_events").values()
        bundle = fixture_bundle("shared-dispatcher")
        assert rows(bundle, "SELECT event_id, session_id FROM tool_invocations") == [
            (event["event_id"], event["session_id"])
        ]
        assert column(bundle, f"SELECT count(*) FROM slice_items WHERE slice_type = '{TOOL_INVOKED}'") == [2]
