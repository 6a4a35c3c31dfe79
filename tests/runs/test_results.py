"""Runs and samples have one result and tokens that are counted once, in bundles of all releases."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from support.artifact_samples import (
    OTHER_SESSION,
    PROMPT_EXECUTED,
    ROOT,
    ROOT_SESSION,
    column,
    executed_event,
    lines,
    rows,
    slice_of,
    snapshot,
    sqlite_connection,
)
from support.live_objects import expected_cases, expected_runs, run_id_of

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.saved_queries import saved_query

WITH_RUNS = ("0.21.0", "0.24.0", "0.27.0")
WITHOUT_RUNS = ("0.19.0", "0.20.0")
EVAL_RESULT = "weakincentives.evals._types:EvalResult"


def expected_result(run: dict[str, Any]) -> str:
    """Return how a run of the library ended, from its live objects."""
    if run["status"] == "error":
        return "error"
    if not run.get("score"):
        return "unscored"
    return "passed" if run["score"]["passed"] else "failed"


def expected_samples() -> dict[str, dict[str, Any]]:
    """Return the results that the sessions of release 0.20 held, by their samples."""
    sessions = [
        session
        for case in expected_cases(ROOT / "fixtures" / "wink-0.20.0")
        for dump in case["dumps"]
        for session in dump["sessions"]
    ]
    items = [item for session in sessions for item in session.get("slice_items", {}).get(EVAL_RESULT, [])]
    return {item["sample_id"]: item for item in items}


def sample(sample_id: str, **changes: Any) -> dict[str, Any]:
    """Return a sample's result as a slice item of release 0.20."""
    score = {"value": 1.0, "passed": True, "reason": ""}
    return {"sample_id": sample_id, "experiment_name": "e", "score": score, "latency_ms": 5, "error": None, **changes}


def ask(bundle, name: str, **parameters: object) -> list[dict[str, Any]]:
    """Return the rows of a saved query as dicts."""
    query = saved_query(name)
    with sqlite_connection(bundle) as connection:
        cursor = connection.execute(query.sql, {**dict.fromkeys(query.parameters), **parameters})
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


class TestRuns:
    """The column runs.result."""

    @pytest.mark.parametrize("version", WITH_RUNS)
    def test_result_is_that_of_the_library(self, release_bundle, version):
        """Each run passed, failed, raised or was not scored, as the library's objects say."""
        bundle = release_bundle(version)
        found = dict(rows(bundle, "SELECT id, result FROM runs"))
        for run in expected_runs(ROOT / "fixtures" / f"wink-{version}"):
            assert found[run_id_of(bundle, run)] == expected_result(run)

    @pytest.mark.parametrize("version", WITH_RUNS)
    def test_samples_show_the_result_of_their_run(self, release_bundle, version):
        """The view sample_results has the same result for a run as the table runs."""
        sql = "SELECT count(*) FROM sample_results s JOIN runs r ON r.id = s.run_id WHERE s.result != r.result"
        assert column(release_bundle(version), sql) == [0]

    @pytest.mark.parametrize("version", WITH_RUNS)
    def test_runs_that_did_not_pass_are_failures(self, release_bundle, version):
        """Each run with the result error or failed is one failure of a run or a sample, and no other run is."""
        bundle = release_bundle(version)
        bad = column(bundle, "SELECT id FROM runs WHERE result IN ('error', 'failed') ORDER BY id")
        assert column(bundle, "SELECT run_id FROM failures WHERE kind IN ('run', 'sample') ORDER BY run_id") == bad


class TestTokens:
    """The view token_usage."""

    @pytest.mark.parametrize("version", [*WITHOUT_RUNS, *WITH_RUNS])
    def test_statistics_show_its_sum(self, release_bundle, version):
        """The statistics of a bundle count the tokens that the view counts."""
        bundle = release_bundle(version)
        with DebugBundle.open(bundle) as opened:
            statistics = opened.statistics
        [sums] = rows(bundle, "SELECT sum(input_tokens), sum(output_tokens) FROM token_usage")
        assert (statistics.total_input_tokens, statistics.total_output_tokens) == sums

    @pytest.mark.parametrize("version", WITH_RUNS)
    def test_runs_count_once(self, release_bundle, version):
        """Tokens of runs are not counted again as those of their sessions' prompts."""
        bundle = release_bundle(version)
        assert column(bundle, "SELECT sum(total_tokens) FROM token_usage WHERE run_id > 0") == column(
            bundle, "SELECT sum(total_tokens) FROM runs"
        )
        assert not column(
            bundle, "SELECT 1 FROM token_usage WHERE run_id IS NULL AND session_id IN (SELECT session_id FROM runs)"
        )

    @pytest.mark.parametrize("version", WITHOUT_RUNS)
    def test_sessions_count_their_prompts(self, release_bundle, version):
        """Without runs, each executed prompt counts once."""
        bundle = release_bundle(version)
        executed = "SELECT session_id, total_tokens FROM prompt_events WHERE event_type = 'executed'"
        used = rows(bundle, "SELECT session_id, total_tokens FROM token_usage")
        assert Counter(used) == Counter(rows(bundle, executed))

    def test_model_is_that_of_the_transcript(self, release_bundle):
        """A run whose transcript names one model shows it; a run whose transcript names none shows NULL."""
        models = dict(rows(release_bundle("0.27.0"), "SELECT adapter, max(model) FROM token_usage GROUP BY adapter"))
        assert models == {"claude_agent_sdk": "example-model-1", "codex_app_server": None}


class TestSamplesOfSessions:
    """Samples of release 0.20, which only sessions record."""

    def test_results(self, release_bundle):
        """Each sample that a session holds has its result, score and experiment."""
        found = rows(release_bundle("0.20.0"), "SELECT sample_id, result, score, experiment FROM sample_results")
        wanted = [
            (
                name,
                "error" if item["error"] else "passed" if item["score"]["passed"] else "failed",
                item["score"]["value"],
                item["experiment_name"],
            )
            for name, item in expected_samples().items()
        ]
        assert sorted(found) == sorted(wanted)
        assert len(found) > 4

    def test_failures(self, release_bundle):
        """Samples that did not pass are failures of their sessions, with the error or the score as message."""
        found = rows(
            release_bundle("0.20.0"),
            "SELECT name, message, run_id FROM failures WHERE kind = 'sample' ORDER BY name",
        )
        error = expected_samples()["unreadable-output"]["error"]
        assert found == [("error", error, None), ("score", "score 0.0", None)]

    def test_reasons_name_a_session(self, release_bundle):
        """The query failure-reasons gives the session of the example, and the percentage of all samples."""
        bundle = release_bundle("0.20.0")
        reasons = [row for row in ask(bundle, "failure-reasons") if row["kind"] == "sample"]
        sessions = column(bundle, "SELECT session_id FROM session_samples WHERE result IN ('failed', 'error')")
        assert sorted(row["session_id"] for row in reasons) == sorted(sessions)
        assert {row["percent"] for row in reasons} == {round(100 / len(expected_samples()), 1)}

    def test_pass_rate(self, release_bundle):
        """The query pass-rate counts them."""
        [row] = ask(release_bundle("0.20.0"), "pass-rate")
        assert (row["samples"], row["passed"], row["failed"], row["errors"]) == (6, 4, 1, 1)

    def test_failed_samples_are_listed(self, release_bundle):
        """The query sample-results lists those of one result, without a run."""
        found = ask(release_bundle("0.20.0"), "sample-results", result="failed")
        assert [(row["sample_id"], row["run_id"]) for row in found] == [("wrong-answer", None)]

    def test_last_snapshot_counts(self, build):
        """A session that was dumped twice counts each sample once, as its last snapshot has it."""
        failed = sample("one", score={"value": 0.0, "passed": False, "reason": "no"})
        before = snapshot(ROOT_SESSION, slice_of(EVAL_RESULT, failed), created_at="2026-01-01T00:00:00+00:00")
        after = snapshot(ROOT_SESSION, slice_of(EVAL_RESULT, sample("one")), created_at="2026-01-02T00:00:00+00:00")
        bundle = build({"a.jsonl": lines(before), "b.jsonl": lines(after)})
        assert rows(bundle, "SELECT sample_id, result FROM sample_results") == [("one", "passed")]

    def test_several_samples_share_a_session(self, build):
        """Samples of one session have their own reasons, and no tokens, as nobody knows whose they are."""
        no, never = ({"value": 0.0, "passed": False, "reason": reason} for reason in ("no", "never"))
        samples = slice_of(
            EVAL_RESULT, sample("one", score=no), sample("two", score=never), sample("three", score=None)
        )
        bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, samples, slice_of(PROMPT_EXECUTED, executed_event())))})
        found = rows(
            bundle,
            "SELECT sample_id, result, failure_signature, total_tokens FROM sample_results ORDER BY sample_id",
        )
        assert found == [
            ("one", "failed", "no", None),
            ("three", "unscored", None, None),
            ("two", "failed", "never", None),
        ]

    def test_odd_items_do_not_stop_the_views(self, build):
        """Items of the class that are no objects, or hold other types, are samples without a result."""
        odd = slice_of(EVAL_RESULT, None, 3, ["x"], {"score": "high", "latency_ms": "soon", "sample_id": {"a": 1}})
        bundle = build({"a.jsonl": lines(snapshot(OTHER_SESSION, odd))})
        assert column(bundle, "SELECT DISTINCT result FROM sample_results") == ["unscored"]

    def test_other_classes_of_the_name_are_no_samples(self, build):
        """A class of the same name that is not the library's is not a sample."""
        bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, slice_of("app.types:EvalResult", sample("one"))))})
        assert column(bundle, "SELECT count(*) FROM sample_results") == [0]


class TestExperiments:
    """The view experiment_results."""

    @pytest.mark.parametrize("version", ["0.20.0", *WITH_RUNS])
    def test_counts_add_up(self, release_bundle, version):
        """The samples of an experiment are those that passed, failed, raised or were not scored."""
        bundle = release_bundle(version)
        found = rows(bundle, "SELECT samples, passed + failed + errors + unscored FROM experiment_results")
        assert found
        assert all(samples == together for samples, together in found)
        assert sum(samples for samples, _ in found) == column(bundle, "SELECT count(*) FROM sample_results")[0]

    def test_values(self, release_bundle):
        """An experiment has its pass rate, mean score and tokens."""
        columns = "experiment, samples, passed, errors, pass_rate, mean_score, total_tokens"
        found = rows(release_bundle("0.27.0"), f"SELECT {columns} FROM experiment_results ORDER BY experiment")
        assert found == [("baseline", 4, 0, 2, 0.0, 0.0, 285), ("candidate", 2, 1, 1, 50.0, 1.0, 176)]
