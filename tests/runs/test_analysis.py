"""Views and saved queries say why runs and samples failed and how they differ, as the library's objects did."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import ROOT, archive, column, lines, log_record, rows
from support.live_objects import expected_runs, run_id_of
from support.run_zip_sample import PREFIX, Members
from support.saved_answers import run_query

from wink_debug_bundle import DebugBundle

VERSIONS = ("0.21.0", "0.24.0", "0.27.0")
RUNS = {version: expected_runs(ROOT / "fixtures" / f"wink-{version}") for version in VERSIONS}


def has_score(run: dict[str, Any]) -> bool:
    """Return whether the zip has the sample's score, which only a successful execution writes."""
    return run.get("score") is not None and run["status"] == "success"


@pytest.mark.parametrize("version", VERSIONS)
class TestFailures:
    """Failures of the committed runs of each generation."""

    def test_failed_runs(self, release_bundle, version):
        """Each run that ended with an exception is listed once with its class and message."""
        bundle = release_bundle(version)
        found = rows(bundle, "SELECT run_id, name, message FROM failures WHERE kind = 'run'")
        errors = [(run_id_of(bundle, run), *run["error"].values()) for run in RUNS[version] if run["error"]]
        assert sorted(found) == sorted(errors)

    def test_failed_samples(self, release_bundle, version):
        """Each sample that was scored and did not pass is listed once with the scorer's reason."""
        bundle = release_bundle(version)
        found = rows(bundle, "SELECT run_id, name, message FROM failures WHERE kind = 'sample'")
        failed = [run for run in RUNS[version] if has_score(run) and not run["score"]["passed"]]
        said = [(run["sample_error"], run["score"]["reason"]) for run in failed]
        assert sorted(found) == sorted(
            (run_id_of(bundle, run), "error" if error else "score", error or reason)
            for run, (error, reason) in zip(failed, said, strict=True)
        )

    def test_failed_calls(self, release_bundle, version):
        """Each failed call is listed once with the error that its tool raised."""
        bundle = release_bundle(version)
        for run in RUNS[version]:
            found = rows(
                bundle,
                "SELECT name, message FROM failures WHERE kind = 'tool' AND run_id = ? ORDER BY id",
                (run_id_of(bundle, run),),
            )
            failed = [call for call in run.get("tool_calls", []) if not call["success"]]
            assert Counter(name for name, _ in found) == Counter(call["name"] for call in failed)
            said = " ".join(message for _, message in found)
            assert all(call["raised"]["message"] in said for call in failed if call["raised"])

    def test_error_of_a_call_counts_once(self, release_bundle, version):
        """A log record that ends a failed call is not a failure of its own."""
        bundle = release_bundle(version)
        log_ids = column(bundle, "SELECT log_id FROM failures WHERE log_id IS NOT NULL")
        assert len(log_ids) == len(set(log_ids)) > 0

    def test_signatures_add_up(self, release_bundle, version):
        """Each cause is one row, and its example is one of the counted failures."""
        bundle = release_bundle(version)
        found = run_query(bundle, "failure-reasons")
        [total] = column(bundle, "SELECT count(*) FROM failures")
        assert sum(row["count"] for row in found) == total
        [lost] = [row for row in found if row["reason"] == "PromptEvaluationError: connection reset by <address> 🔌"]
        assert (lost["count"], lost["runs"], lost["kind"]) == (3, 3, "run")
        assert lost["example"] == "connection reset by 10.0.0.7:443 🔌"
        assert "2026-11-22T23:34:50" < lost["first_seen"] <= lost["last_seen"] < "2026-11-22T23:35:01"
        kinds = [row["kind"] for row in found]
        assert kinds == sorted(kinds, key=lambda kind: {"tool": 1, "log": 2}.get(kind, 0))

    def test_last_action(self, release_bundle, version):
        """The last tool call before a run or sample failed is listed with its outcome."""
        bundle = release_bundle(version)
        found = {row["run_id"]: row for row in run_query(bundle, "failed-runs")}
        failed = [run for run in RUNS[version] if run["error"] or (has_score(run) and not run["score"]["passed"])]
        assert len(found) == len(failed) >= 7
        for run in failed:
            row, calls = found[run_id_of(bundle, run)], run["tool_calls"]
            assert row["last_tool"] == (calls[-1]["name"] if calls else None)
            if calls:
                assert (row["last_outcome"] == "succeeded") == calls[-1]["success"]
        [lost] = run_query(bundle, "failed-runs", reason="NO RULER")
        assert (lost["reason"], lost["last_entry_type"]) == ("ValueError: no ruler long enough 📏", "assistant_message")


@pytest.mark.parametrize("version", VERSIONS)
class TestSamples:
    """Results of the committed evaluations."""

    def test_results(self, release_bundle, version):
        """Each sample has its result, score and reason."""
        bundle = release_bundle(version)
        found = {row["run_id"]: row for row in run_query(bundle, "sample-results")}
        wanted = [run for run in RUNS[version] if "sample_id" in run and (has_score(run) or version != "0.21.0")]
        assert len(found) == len(wanted) >= 3
        for run in wanted:
            row = found[run_id_of(bundle, run)]
            if not has_score(run):
                assert (row["result"], row["failure"]) == ("error", run["error"]["message"])
                assert json.loads(row["request"])["name"] == run["name"]
                continue
            passed = run["score"]["passed"]
            assert (row["sample_id"], row["score"]) == (run["sample_id"], run["score"]["value"])
            assert row["result"] == ("passed" if passed else "failed")
            assert (row["failure"] is None) == passed

    def test_one_result_alone(self, release_bundle, version):
        """A result given as parameter selects the samples with that result."""
        assert {row["result"] for row in run_query(release_bundle(version), "sample-results", result="failed")} == {
            "failed"
        }

    def test_pass_rate(self, release_bundle, version):
        """Samples that passed, failed or raised are counted for each experiment."""
        found = run_query(release_bundle(version), "pass-rate")
        assert [row["experiment"] for row in found] == ["baseline", "candidate"]
        for row in found:
            counts = [row["passed"], row["failed"], row["errors"], row["unscored"]]
            assert sum(counts) == row["samples"]
            assert row["pass_rate"] == round(100 * counts[0] / sum(counts[:3]), 1)


@pytest.mark.parametrize("version", VERSIONS)
class TestRuns:
    """Tokens, prompts, repeated calls and conversations of the committed runs."""

    def test_token_totals(self, release_bundle, version):
        """The tokens of all runs are those of their root sessions, if the zips state them."""
        bundle = release_bundle(version)
        with_tokens = [run for run in RUNS[version] if run.get("tokens") and run["status"] == "success"]
        found = run_query(bundle, "token-totals")
        succeeded = [row["total_tokens"] or 0 for row in found if row["status"] == "success"]
        assert sum(succeeded) == sum(run["tokens"]["total_tokens"] or 0 for run in with_tokens)
        assert sum(row["run_count"] for row in found) == len(RUNS[version])

    def test_prompts_of_every_run(self, release_bundle, version):
        """Every run, even a failed one, has its prompt's sections and tools."""
        bundle = release_bundle(version)
        for run in RUNS[version]:
            if not run.get("prompt") or not run["prompt"]["key"]:
                continue
            found = "SELECT DISTINCT kind FROM prompt_parts WHERE run_id = ? AND prompt_ns = ? AND prompt_key = ?"
            prompt = run["prompt"]
            kinds = column(bundle, found, (run_id_of(bundle, run), prompt["ns"], prompt["key"]))
            assert sorted(kinds) == ["section", "tool"], run["name"]

    def test_every_run_has_a_conversation(self, release_bundle, version):
        """A number, bundle id or session id selects a run's conversation, which ends with the failure."""
        bundle = release_bundle(version)
        for run in RUNS[version]:
            run_id = run_id_of(bundle, run)
            entries = run_query(bundle, "conversation", run=run_id)
            assert (
                entries
                == run_query(bundle, "conversation", run=str(run_id))
                == run_query(bundle, "conversation", run=run["bundle_id"])
            )
            if run["session_id"]:
                assert entries == run_query(bundle, "conversation", run=run["session_id"])
            used = Counter(row["tool_name"] for row in entries if row["entry_type"] == "tool_use")
            calls = Counter(
                call["name"] for call in run.get("tool_calls", ()) if call["session_id"] == run["session_id"]
            )
            # The library splits entries that contain a line separator.
            if "unknown" not in {row["entry_type"] for row in entries}:
                assert not calls - used, run["name"]
            if run.get("prompt") and run["prompt"]["key"]:
                assert "user_message" in {row["entry_type"] for row in entries}, run["name"]
            if run["error"]:
                assert entries[-1]["text"] == ": ".join(run["error"].values())

    def test_conversation_of_the_first_failure(self, release_bundle, version):
        """Without a parameter the conversation is that of a failed run."""
        assert run_query(release_bundle(version), "conversation")[-1]["entry_type"] == "failure"
        assert run_query(release_bundle(version), "conversation", run="nobody") == []


def test_conversation_of_a_session(release_bundle):
    """For releases without transcripts the conversation is made of prompts and tool calls."""
    bundle = release_bundle("0.20.0")
    [session] = column(bundle, "SELECT session_id FROM calls GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    entries = run_query(bundle, "conversation", run=session)
    assert entries[0]["entry_type"] == "user_message"
    assert entries[-1]["entry_type"] == "assistant_message"
    assert (
        Counter(row["entry_type"] for row in entries)["tool_use"]
        == Counter(column(bundle, "SELECT session_id FROM calls"))[session]
    )


def test_errors_of_standalone_logs(release_bundle):
    """Errors in standalone logs are failures too, with the session they belong to."""
    found = rows(release_bundle("0.20.0"), "SELECT name, message, run_id FROM failures WHERE kind = 'log'")
    assert ("boto3", "credentials expired 🔥", None) in found


def test_slowest_tools(release_bundle):
    """Sums and quantiles of durations, and the slowest call."""
    bundle = release_bundle("0.27.0")
    for row in run_query(bundle, "slowest-tools"):
        taken = sorted(
            column(
                bundle, "SELECT duration_ms FROM calls WHERE duration_ms NOTNULL AND tool_name = ?", (row["tool_name"],)
            )
        )
        assert row["call_count"] == len(taken)
        assert row["total_ms"] == pytest.approx(sum(taken), abs=0.1)
        assert row["p50_ms"] == pytest.approx(taken[(len(taken) - 1) // 2], abs=0.1)
        assert row["max_ms"] == pytest.approx(taken[-1], abs=0.1)
        [slowest] = column(bundle, "SELECT duration_ms FROM calls WHERE id = ?", (row["slowest_call_id"],))
        assert slowest == taken[-1]


def test_growth_of_one_run(release_bundle):
    """Token counts grow from turn to turn; Codex includes cached tokens in the input."""
    bundle = release_bundle("0.27.0")
    [run] = [run for run in RUNS["0.27.0"] if run["name"] == "codex"]
    found = run_query(bundle, "token-growth", run=run["bundle_id"])
    turns = [(row["turn"], row["mean_context_tokens"], row["mean_growth"]) for row in found]
    assert turns == [(1, 100, None), (2, 130, 30), (3, 150, 20)]


# --- many runs, made from one real run ---------------------------------------------------------------


def changed_members(members: Members, number: int) -> Members:
    """Return a run like the real one; of four, one passes, one fails the evaluation and two raise."""
    found = {name: data for name, data in members.items() if not name.endswith(("manifest.json", "app.jsonl"))}
    manifest = json.loads(members[f"{PREFIX}manifest.json"])
    manifest.pop("integrity")
    manifest["bundle_id"] = f"bundle-{number}"
    log = members[f"{PREFIX}logs/app.jsonl"]
    kind = number % 4
    if kind == 1:  # its prompt is another one
        log = log.replace(b"aa3f0e9dc7f0acc63e07d3cba89353d2a05c2230403de80aa0a6a159aad3f41e", b"b" * 64)
    if kind >= 2:
        manifest["request"]["status"] = "error"
        lost, limit = f"connection reset by 10.0.{number}.7:4{number:04}", f"token {number} at 0x{number:x}"
        error = {"type": "PromptEvaluationError", "message": lost if kind == 2 else limit, "traceback": []}
        found[f"{PREFIX}error.json"] = json.dumps(error).encode()
    else:
        score = {"value": kind, "passed": bool(kind), "reason": "" if kind else f"expected '{number}', got 'x y'"}
        has_score = {"sample_id": f"s-{number}", "experiment_name": "e", "score": score, "latency_ms": number}
        found[f"{PREFIX}eval.json"] = json.dumps(has_score).encode()
    found[f"{PREFIX}manifest.json"] = json.dumps(manifest).encode()
    found[f"{PREFIX}logs/app.jsonl"] = log
    return found


@pytest.fixture(scope="module")
def many(tmp_path_factory, members) -> Path:
    """Return the bundle of twenty such runs."""
    folder = tmp_path_factory.mktemp("many") / "target"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02}.zip").write_bytes(archive(changed_members(members, number)))
    DebugBundle.from_directory(folder, output=folder.with_suffix(".db"), recursive=True).close()
    return folder.with_suffix(".db")


class TestMany:
    """Many runs that fail in different ways."""

    def test_each_cause_is_one_row(self, many):
        """Failures with the same cause are one row, whatever else differs between the runs."""
        found = {row["reason"]: row for row in run_query(many, "failure-reasons") if row["kind"] in ("run", "sample")}
        assert {name: row["runs"] for name, row in found.items()} == {
            "PromptEvaluationError: connection reset by <address>": 5,
            "PromptEvaluationError: token <number> at <address>": 5,
            "expected <text>, got <text>": 5,
        }
        assert {row["percent"] for row in found.values()} == {25.0}
        assert (
            found["PromptEvaluationError: connection reset by <address>"]["example"]
            == "connection reset by 10.0.2.7:40002"
        )

    def test_what_differs_between_runs(self, many):
        """Only the section with two versions is listed, each version with the share of runs that passed."""
        found = run_query(many, "prompt-differences")
        columns = ("prompt", "kind", "name", "runs", "passed", "pass_rate")
        assert [tuple(row[name] for name in columns) for row in found] == [
            ("travel.desk/plan-trip", "section", "trip", 15, 0, 0.0),
            ("travel.desk/plan-trip", "section", "trip", 5, 5, 100.0),
        ]
        assert found[1]["hash"] == "b" * 12
        assert [row["changes"] for row in found] == [None, None]  # the texts are the same

    def test_tools_that_some_runs_lack(self, many, members, tmp_path):
        """A part that only some runs of a prompt have is a difference; runs without it have no hash."""
        folder = tmp_path / "target"
        folder.mkdir()
        cut = {**changed_members(members, 5)}
        log = f"{PREFIX}logs/app.jsonl"
        cut[log] = cut[log].replace(b"name='delegate', contract_hash", b"name='ask', contract_hash")
        (folder / "1.zip").write_bytes(archive(changed_members(members, 1)))
        (folder / "2.zip").write_bytes(archive(cut))
        DebugBundle.from_directory(folder, output=tmp_path / "b.db", recursive=True).close()
        found = [
            row for row in run_query(tmp_path / "b.db", "prompt-differences") if row["prompt"].endswith("plan-trip")
        ]
        assert [(row["name"], row["hash"] == "(absent)", row["runs"]) for row in found] == [
            ("ask", True, 1),
            ("ask", False, 1),
            ("delegate", True, 1),
            ("delegate", False, 1),
        ]


def test_a_message_on_several_lines_is_one_turn(build):
    """A message of several blocks in Claude's transcript is one turn, with its cached tokens added once."""

    def said(number: int, used: int, cached: int, written: int) -> dict[str, Any]:
        usage = {
            "input_tokens": used,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": cached,
            "output_tokens": number,
        }
        message = {
            "role": "assistant",
            "content": [{"type": "text", "text": f"block {number}"}],
            "usage": usage,
        }
        detail = {"sdk_entry": {"type": "assistant", "message": message}}
        context = {
            "prompt_name": "p",
            "adapter": "claude_agent_sdk",
            "entry_type": "assistant_message",
            "sequence_number": number,
            "source": "main",
            "session_id": "s-1",
            "detail": detail,
        }
        return log_record(event="transcript.entry", message="transcript entry", context=context)

    bundle = build({"s-1.log": lines(said(1, 3, 0, 100), said(2, 3, 0, 100), said(3, 5, 100, 300))})
    columns = "turn, input_tokens, cached_tokens, cache_write_tokens, output_tokens, context_tokens, growth"
    assert rows(bundle, f"SELECT {columns} FROM turn_tokens ORDER BY turn") == [
        (1, 3, 0, 100, 2, 103, None),
        (2, 5, 100, 300, 3, 405, 302),
    ]


@pytest.mark.parametrize(("most", "found"), [(1 << 20, ["boom at <address>"]), (0, [])])
def test_errors_of_large_standalone_logs(build, monkeypatch, most, found):
    """Errors in standalone logs above a size limit are only in error_log, not failures."""
    monkeypatch.setattr("wink_debug_bundle.pipeline.planning.plan.STANDALONE_LOG_BYTES", most)
    bundle = build({"session.log": lines(log_record(level="ERROR", message="boom at 0xff", context={}))})
    assert column(bundle, "SELECT signature FROM failures") == found
    assert column(bundle, "SELECT message FROM error_log") == ["boom at 0xff"]


@pytest.mark.parametrize("column", ["run_id", "session_id"])
def test_turns_of_one_run_are_found_by_an_index(release_bundle, column):
    """The turns of one run, or session, cost what it has: a condition reaches the table through the view."""
    sql = f"EXPLAIN QUERY PLAN SELECT * FROM turn_tokens WHERE {column} = 1"
    plan = [row[-1] for row in rows(release_bundle("0.27.0"), sql)]
    assert [step for step in plan if "entries" in step and "entries_of_turns" not in step] == [
        f"SEARCH entries USING INDEX idx_entries_{column.removesuffix('_id')} ({column}=?)"
    ]
