"""Comparison of a bundle with the library's live objects.

A release writes artifacts, and its `expected` files record what its objects in memory ("live objects") held then.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from support.artifact_samples import column, rows, sqlite_connection

Expected = dict[str, Any]

BUNDLED = ("runs", "evaluation")
"""Folders of a release's output that hold zips of runs; their `expected` files have the same names."""


def expected_runs(release: Path) -> list[Expected]:
    """Return what is expected of each run zip of a release."""
    loaded = [json.loads((release / "expected" / f"{name}.json").read_text(encoding="utf-8")) for name in BUNDLED]
    return [run for file in loaded for run in file["runs"]]


def expected_sessions(release: Path) -> list[Expected]:
    """Return what is expected of each folder of session files of an early release, with the run's folder first."""
    folder = release / "expected"
    files = [folder / "run.json", *sorted((folder / "evaluation").iterdir())]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def expected_cases(release: Path) -> list[Expected]:
    """Return what is expected of each folder of a release that wrote no run zips."""
    files = sorted((release / "expected").rglob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def assert_run(bundle: Path, run: Expected) -> None:
    """Assert that the bundle has all values of the run that the live objects held."""
    run_id = run_id_of(bundle, run)
    assert_identity(bundle, run_id, run)
    assert_tokens(bundle, run_id, run)
    assert_evaluation(bundle, run_id, run)
    assert_calls(bundle, run_id, run)
    assert_logs(bundle, run_id, run)
    assert_transcript(bundle, run_id, run)
    assert_members(bundle, run_id, run)
    assert_snapshots(bundle, run_id, run)


def run_id_of(bundle: Path, run: Expected) -> int:
    """Return the id of the run's row."""
    [run_id] = column(bundle, "SELECT id FROM runs WHERE path = ?", (run["file"],))
    return int(run_id)


def assert_identity(bundle: Path, run_id: int, run: Expected) -> None:
    """Assert that ids, status, error, prompt, context and overrides are the run's."""
    [found] = _dicts(bundle, "SELECT * FROM runs WHERE id = ?", run_id)
    for key in ("bundle_id", "request_id", "session_id"):
        if run.get(key) is not None:
            assert found[key] == run[key], key
    assert found["status"] == run["status"]
    error = run.get("error")
    assert (found["error_type"], found["error_message"]) == (
        (error["type"], error["message"]) if error else (None, None)
    )
    assert (error is None) == (found["traceback"] is None)
    for key, value in (run.get("manifest") or {}).items():
        if key in ("started_at", "ended_at", "status"):
            assert found[key] == value, key
    for key in ("ns", "key"):
        assert found[f"prompt_{key}"] == ((run.get("prompt") or {}).get(key) or None)
    context = run.get("run_context") or {"run_id": None}
    assert found["execution_id"] == context["run_id"]
    for key in ("attempt", "worker_id", "trace_id", "span_id") if "run_context.json" in _paths(run) else ():
        assert found[key] == context[key], key
    overrides = _member(bundle, run_id, "prompt_overrides.json")
    assert (overrides and overrides["overrides"]) == run.get("overrides")


def assert_tokens(bundle: Path, run_id: int, run: Expected) -> None:
    """Assert that the tokens are those of the root session, and NULL for a run that executed no prompt."""
    if not (tokens := run.get("tokens")):
        return
    [found] = _dicts(bundle, "SELECT * FROM runs WHERE id = ?", run_id)
    keys = ("input_tokens", "output_tokens", "total_tokens")
    if tokens["prompts"]:
        assert [found[key] for key in keys] == [tokens[key] for key in keys]
        assert (found["cached_tokens"] or 0) == tokens["cached_tokens"] or found["tokens_source"] == "logs"
    else:
        assert [found[key] for key in keys] == [None, None, None]


def assert_evaluation(bundle: Path, run_id: int, run: Expected) -> None:
    """Assert that sample, experiment and score are the evaluation's, and NULL for samples without a score."""
    [found] = _dicts(bundle, "SELECT * FROM runs WHERE id = ?", run_id)
    keys = ("sample_id", "score", "passed", "score_reason", "latency_ms")
    if "sample_id" not in run or "eval.json" not in _paths(run):
        assert [found[key] for key in keys] == [None] * len(keys)
        return
    score = run["score"]
    want = [run["sample_id"], score["value"], int(score["passed"]), score["reason"], run["latency_ms"]]
    assert [found[key] for key in keys] == want
    assert found["experiment"] == run["experiment"]
    assert found["sample_error"] == run["sample_error"]


def assert_calls(bundle: Path, run_id: int, run: Expected) -> None:
    """Assert that the bundle has each tool call once, in order, with its parameters and its outcome."""
    found = _dicts(bundle, "SELECT * FROM tool_calls WHERE run_id = ? ORDER BY id", run_id)
    wanted = run.get("tool_calls") or []
    assert [call["tool_name"] for call in found] == [live["name"] for live in wanted]
    for call, live in zip(found, wanted, strict=True):
        assert_call(call, live)


def assert_call(call: dict[str, Any], want: Expected) -> None:
    """Assert that the row of one tool call has the values that the live objects held."""
    label = f"{want['order']} {want['name']} ({call['source']})"
    sources = call["source"].split(",")
    assert call["success"] == int(want["success"]), label
    assert call["call_id"] == want["call_id"] or (call["call_id"] is None and "transcript" not in sources), label
    if not want["native"] or not want["name"].startswith("codex:"):
        assert _without_defaults(json.loads(call["params"] or "{}"), want["arguments"]) == want["arguments"], label
    if want["session_id"]:
        assert call["session_id"] == want["session_id"], label
    assert_outcome(call, want, label)
    if want["answer"]:
        assert call["output"] == want["answer"]["text"], label
    if want["message"] is not None:
        assert call["message"] == want["message"], label
    if "slices" in sources and not want["native"]:
        assert json.loads(call["value"] or "null") == want["value"], label
    if {"bridge", "tool.execution"} & set(sources):
        assert_times(call, want, label)


def assert_outcome(call: dict[str, Any], want: Expected, label: str) -> None:
    """Assert that outcome and error of the call are what the tool raised or was rejected for."""
    raised = want["raised"]
    if raised is None:
        assert call["outcome"] != "raised", label
    elif raised["type"] == "TypeError":  # a bridge logs it like parameters that it refuses
        assert call["outcome"] in ("raised", "rejected"), label
    else:
        assert call["outcome"] == "raised", label
    if raised is not None:
        assert raised["message"] in call["error"], label
    assert (call["error"] is None) == want["success"], label


def assert_times(call: dict[str, Any], want: Expected, label: str) -> None:
    """Assert that the handler ran between the times in the log."""
    assert call["duration_ms"] >= 0, label
    if want["started_at"]:
        assert call["started_at"] <= want["started_at"] <= want["ended_at"] <= call["ended_at"], label


def assert_logs(bundle: Path, run_id: int, run: Expected) -> None:
    """Assert that the bundle has as many log records of each event and each level as were logged."""
    if (logs := run.get("logs")) is None:
        return
    of_run = "FROM logs JOIN artifacts a ON a.id = logs.artifact_id WHERE a.container_id = ? GROUP BY 1"
    by_event = dict(rows(bundle, f"SELECT coalesce(event, ''), count(*) {of_run}", (run_id,)))
    by_level = dict(rows(bundle, f"SELECT level, count(*) {of_run}", (run_id,)))
    assert by_event == logs["by_event"]
    assert by_level == logs["by_level"]
    assert column(bundle, "SELECT log_count FROM runs WHERE id = ?", (run_id,)) == [logs["records"]]


def assert_transcript(bundle: Path, run_id: int, run: Expected) -> None:
    """Assert that the bundle has all transcript entries by type and source, and each result with its call."""
    found = rows(bundle, "SELECT DISTINCT log_id, raw_type, source FROM entries WHERE run_id = ?", (run_id,))
    want = run.get("transcript") or {"entries": 0, "by_type": {}, "by_source": {}}
    assert len(found) == want["entries"]
    assert Counter(raw_type for _, raw_type, _ in found) == want["by_type"]
    assert Counter(source for _, _, source in found) == want["by_source"]
    results_without_call = (
        "SELECT count(*) FROM transcript_entries WHERE run_id = ? AND call_id IS NOT NULL AND tool_call_id IS NULL"
    )
    assert column(bundle, results_without_call, (run_id,)) == [0]


def assert_members(bundle: Path, run_id: int, run: Expected) -> None:
    """Assert that every member of the zip is somewhere in the bundle, with its size and its hash."""
    if "files" not in run:
        return
    found = {
        *rows(bundle, "SELECT path, size_bytes, sha256 FROM run_members WHERE run_id = ?", (run_id,)),
        *rows(bundle, "SELECT 'filesystem/' || path, size_bytes, sha256 FROM files WHERE artifact_id = ?", (run_id,)),
        *(
            (path.partition("!debug_bundle/")[2], size, sha256)
            for path, size, sha256 in rows(
                bundle, "SELECT path, size_bytes, sha256 FROM artifacts WHERE container_id = ?", (run_id,)
            )
        ),
    }
    assert found == {(file["path"], file["size"], file["sha256"]) for file in run["files"]}


def assert_snapshots(bundle: Path, run_id: int, run: Expected) -> None:
    """Assert that the bundle has the root session's items of each class, before and after the run."""
    sessions = run.get("sessions") or []
    expected = {"before": run.get("before") or {}, "after": sessions[0]["slices"] if sessions else {}}
    for name, slices in expected.items():
        if f"session/{name}.jsonl" in _paths(run):
            found = rows(
                bundle,
                "SELECT i.slice_type, count(*) FROM slice_items i JOIN snapshots s ON s.id = i.snapshot_id "
                "JOIN artifacts a ON a.id = s.artifact_id WHERE a.container_id = ? AND a.path LIKE ? GROUP BY 1",
                (run_id, f"%/{name}.jsonl"),
            )
            assert dict(found) == slices, name


def assert_sessions(bundle: Path, case: Expected) -> None:
    """Assert that the bundle of a folder of session files has the values that the live objects held."""
    sessions = [session for dump in case["dumps"] for session in dump["sessions"]]
    events = [event for session in sessions for event in session["tool_events"]]
    for event in events:
        [call] = _dicts(bundle, "SELECT * FROM tool_calls WHERE event_id = ?", event["event_id"])
        assert (call["tool_name"], call["call_id"]) == (event["name"], event["call_id"])
        assert (call["success"], call["session_id"]) == (int(event["success"]), event["session_id"])
        assert json.loads(call["value"] or "null") == event["value"]
    wanted = case["facts"]["tool_calls"]
    of_root = "SELECT * FROM tool_calls WHERE session_id = ? ORDER BY id"
    found = [call for session in sessions for call in _dicts(bundle, of_root, session["session_id"])]
    assert len(found) == len(wanted) == len(events)
    by_id = {(call["session_id"], call["call_id"]): call for call in found}
    for want in wanted:
        session = want["session_id"] or case["facts"]["session_id"]
        assert_call(by_id[session, want["call_id"]], want)
    for session in sessions:
        of_session = "SELECT slice_type, count(*) FROM slice_items WHERE session_id = ? GROUP BY 1"
        held = {name: count for name, count in session["slices"].items() if count}
        assert dict(rows(bundle, of_session, (session["session_id"],))) == held


def assert_totals(bundle: Path, case: Expected) -> None:
    """Assert that a folder's bundle has as many rows as were written, and the tokens that were used."""
    counts = {
        "snapshot_lines": "SELECT count(*) FROM snapshots",
        "sessions": "SELECT count(*) FROM sessions WHERE source = 'snapshot'",
        "slice_items": "SELECT count(*) FROM slice_items",
        "tool_events": "SELECT count(*) FROM tool_invocations",
        "tool_successes": "SELECT count(*) FROM tool_invocations WHERE result_success",
        "prompts_rendered": "SELECT count(*) FROM prompt_events WHERE event_type = 'rendered'",
        "prompts_executed": "SELECT count(*) FROM prompt_events WHERE event_type = 'executed'",
        "log_records": "SELECT count(*) FROM logs",
        "files": "SELECT count(*) FROM files",
    }
    totals = case["totals"]
    assert {key: column(bundle, sql)[0] for key, sql in counts.items()} == {key: totals[key] for key in counts}
    tokens = "SELECT coalesce(sum(total_tokens), 0) FROM prompt_events WHERE event_type = 'executed'"
    assert column(bundle, tokens) == [totals["tokens"]["prompt_executed"]["total_tokens"]]
    event_ids = "SELECT count(*), count(DISTINCT event_id) FROM calls WHERE event_id NOTNULL"
    assert rows(bundle, event_ids) == [(totals["tool_events"], totals["tool_events"])]


def _dicts(bundle: Path, sql: str, *parameters: object) -> list[dict[str, Any]]:
    with sqlite_connection(bundle) as connection:
        cursor = connection.execute(sql, parameters)
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _member(bundle: Path, run_id: int, path: str) -> Any:
    found = column(bundle, "SELECT content FROM run_members WHERE run_id = ? AND path = ?", (run_id, path))
    return json.loads(found[0]) if found else None


def _paths(run: Expected) -> set[str]:
    return {file["path"] for file in run.get("files") or ()}


def _without_defaults(found: Any, wanted: Any) -> Any:
    """Return the parameters without those that the model did not give; a session has them with their defaults."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {key: _without_defaults(found[key], wanted[key]) for key in wanted if key in found}
    return found
