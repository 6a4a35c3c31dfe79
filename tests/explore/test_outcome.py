"""`bundle.outcome` says what happened, with the numbers of the views, in bundles of all releases."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
from pathlib import Path

import pytest
from support.artifact_samples import (
    OTHER_SESSION,
    PROMPT_EXECUTED,
    PROMPT_RENDERED,
    ROOT,
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
    sqlite_connection,
    tool_event,
)
from support.command_runner import run
from support.live_objects import expected_runs

from wink_debug_bundle import BundleVersionError, DebugBundle, Outcome
from wink_debug_bundle.explore import outcome as outcome_module
from wink_debug_bundle.explore.outcome import ResultCounts, SessionCounts
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle

RELEASES = ("0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0")
WITH_RUNS = RELEASES[2:]
LARGE = ("logs", "slice_items", "entries", "files")
"""Tables that a page or a command must not read from end to end."""


def outcome_of(bundle: Path) -> Outcome:
    """Return the outcome of a bundle."""
    with DebugBundle.open(bundle) as opened:
        return opened.outcome


@pytest.mark.parametrize("version", WITH_RUNS)
def test_runs_by_result(release_bundle, version):
    """Runs are counted by how the library's own objects say that they ended."""
    runs = expected_runs(ROOT / "fixtures" / f"wink-{version}")
    counts = outcome_of(release_bundle(version)).runs
    errors = [run for run in runs if run["status"] == "error"]
    scored = [run["score"]["passed"] for run in runs if run["status"] != "error" and run.get("score")]
    assert counts == ResultCounts(
        scored.count(True), scored.count(False), len(errors), len(runs) - len(errors) - len(scored)
    )
    assert counts.total == len(runs)


@pytest.mark.parametrize("version", RELEASES)
class TestOneSource:
    """Each number is that of the view or table which shows it elsewhere."""

    def test_tokens(self, release_bundle, version):
        """Tokens are the sums over token_usage, and those of the statistics."""
        bundle = release_bundle(version)
        found = outcome_of(bundle)
        sql = "SELECT sum(input_tokens), sum(output_tokens), sum(cached_tokens), sum(total_tokens) FROM token_usage"
        assert rows(bundle, sql) == [(found.input_tokens, found.output_tokens, found.cached_tokens, found.total_tokens)]
        with DebugBundle.open(bundle) as opened:
            statistics = opened.statistics
        assert found.total_tokens == statistics.total_input_tokens + statistics.total_output_tokens

    def test_calls(self, release_bundle, version):
        """Calls are the rows of the table calls, and failed ones those without success."""
        bundle = release_bundle(version)
        found = outcome_of(bundle)
        assert rows(bundle, "SELECT count(*), sum(success = 0) FROM calls") == [
            (found.call_count, found.failed_call_count)
        ]

    def test_reasons(self, release_bundle, version):
        """Reasons are rows of failure_signatures; those of runs and samples come first, then frequent ones."""
        bundle = release_bundle(version)
        reasons = outcome_of(bundle).reasons
        sql = "SELECT kind, name, signature, failure_count, example, example_run_id, example_session_id"
        sql += ", evaluation"
        shown = rows(bundle, f"{sql} FROM failure_signatures")
        assert [dataclasses.astuple(reason) in shown for reason in reasons] == [True] * min(3, len(shown))
        places = [({"tool": 1, "log": 2}.get(reason.kind, 0), -reason.count) for reason in reasons]
        assert places == sorted(places)

    def test_experiments(self, release_bundle, version):
        """Experiments are the rows of experiment_results."""
        bundle = release_bundle(version)
        found = [(each.experiment, each.samples, each.passed) for each in outcome_of(bundle).experiments]
        assert sorted(found) == rows(bundle, "SELECT experiment, samples, passed FROM experiment_results ORDER BY 1")

    def test_problems(self, release_bundle, version):
        """Problems are the rows of the table problems."""
        bundle = release_bundle(version)
        assert [outcome_of(bundle).problem_count] == column(bundle, "SELECT count(*) FROM problems")


def test_models_adapters_and_period(release_bundle):
    """Models are those of transcripts, adapters those of runs, and the period is that of the runs."""
    found = outcome_of(release_bundle("0.27.0"))
    assert found.models == ("example-model-1",)
    assert found.adapters == ("claude_agent_sdk", "codex_app_server")
    [period] = rows(release_bundle("0.27.0"), "SELECT min(started_at), max(ended_at) FROM runs")
    assert (found.first_time, found.last_time) == period


def test_the_period_counts_offsets(build):
    """Times are compared as times, whatever their offsets; what is no time is left out."""
    times = ["2026-01-01T12:00:00+02:00", "2026-01-01T09:59:00Z", "2026-01-01T05:30:00-05:00", "", "yesterday"]
    path = build({"app.log": lines(*(log_record(timestamp=time) for time in times))})
    with DebugBundle.open(path) as bundle:
        period = (bundle.outcome.first_time, bundle.outcome.last_time)
    assert period == ("2026-01-01T09:59:00+00:00", "2026-01-01T10:30:00+00:00")


def test_usual_times_between_others(build):
    """The first and the last usual time count, too, where times with other offsets sort before and after them as text."""
    times = [
        "2026-01-01T01:00:00-09:00",
        "2026-01-01T09:00:00+00:00",
        "2026-01-01T11:00:00+00:00",
        "2026-01-01T19:00:00+09:00",
    ]
    path = build({"app.log": lines(*(log_record(timestamp=time) for time in times))})
    with DebugBundle.open(path) as bundle:
        period = (bundle.outcome.first_time, bundle.outcome.last_time)
    assert period == ("2026-01-01T09:00:00+00:00", "2026-01-01T11:00:00+00:00")


def test_slowest_tool(release_bundle):
    """The slowest tool is the one with the most time in total."""
    slowest = outcome_of(release_bundle("0.27.0")).slowest_tool
    sql = "SELECT tool_name, round(sum(duration_ms), 3) AS total FROM calls GROUP BY 1 ORDER BY total DESC LIMIT 1"
    assert slowest is not None
    assert rows(release_bundle("0.27.0"), sql) == [(slowest.name, round(slowest.total_ms, 3))]


class TestSessions:
    """Sessions outside of runs."""

    def test_a_prompt_without_a_result(self, release_bundle):
        """The session of release 0.19 whose provider was lost has no result; the others finished."""
        assert outcome_of(release_bundle("0.19.0")).sessions == SessionCounts(finished=5, unfinished=1)

    def test_samples_of_sessions(self, release_bundle):
        """Samples that only sessions of release 0.20 record are counted by result."""
        found = outcome_of(release_bundle("0.20.0"))
        assert found.session_samples == ResultCounts(passed=4, failed=1, error=1)
        assert found.runs.total == 0

    def test_an_error_in_the_log(self, build):
        """A session whose prompt was not executed, and whose log has an error, ended with an error."""
        rendered = slice_of(PROMPT_RENDERED, rendered_event())
        error = log_record(level="ERROR", message="lost", context={"session_id": ROOT_SESSION})
        bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, rendered)), "a.log": lines(error)})
        assert outcome_of(bundle).sessions == SessionCounts(error=1)

    def test_an_error_before_the_result(self, build):
        """A session whose prompt was executed finished, whatever its log says."""
        slices = [slice_of(PROMPT_RENDERED, rendered_event()), slice_of(PROMPT_EXECUTED, executed_event())]
        error = log_record(level="ERROR", message="lost", context={"session_id": ROOT_SESSION})
        bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, *slices)), "a.log": lines(error)})
        assert outcome_of(bundle).sessions == SessionCounts(finished=1)

    def test_a_session_that_only_a_log_names(self, build):
        """Without runs, a session that was not dumped is counted as such."""
        bundle = build({"a.log": lines(log_record(context={"session_id": OTHER_SESSION}))})
        assert outcome_of(bundle).sessions == SessionCounts(not_dumped=1)

    @pytest.mark.parametrize("version", WITH_RUNS)
    def test_sessions_of_runs_are_not_counted_again(self, release_bundle, version):
        """Sessions in the zips of runs are part of their runs."""
        assert outcome_of(release_bundle(version)).sessions == SessionCounts()


def test_a_failure_without_a_message(build):
    """A call that failed without a word is named by its tool alone, in the outcome and in the query."""
    failed = tool_event(result={"success": False, "message": "", "value": None})
    bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, failed)))})
    with DebugBundle.open(bundle) as opened:
        asked = [row["reason"] for row in opened.ask("failure-reasons")]
    assert [reason.reason for reason in outcome_of(bundle).reasons] == asked == [failed["name"]]


def test_nothing_happened(build):
    """A bundle of one log record has an outcome without runs, samples, calls, tokens and reasons."""
    found = outcome_of(build({"a.log": lines(log_record())}))
    assert (found.runs.total, found.session_samples.total, found.experiments, found.reasons) == (0, 0, (), ())
    assert (found.call_count, found.total_tokens, found.slowest_tool, found.models) == (0, 0, None, ())


def statements() -> list[str]:
    """Return the statements that read the outcome."""
    return [value for name, value in vars(outcome_module).items() if isinstance(value, str) and "SELECT" in value]


def test_large_tables_are_read_by_indexes(release_bundle):
    """No statement of the outcome scans a table that holds most of a large bundle, but for indexes of a few rows."""
    with sqlite_connection(release_bundle("0.27.0")) as connection:
        plans = [row[3] for sql in statements() for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert len(plans) > 50
    scans = {plan for plan in plans if any(plan.startswith(f"SCAN {table}") for table in LARGE)}
    assert scans <= {"SCAN entries USING COVERING INDEX idx_entries_run_model"}


class TestEarlierBundles:
    """Bundles that an earlier release built."""

    @pytest.fixture
    def earlier(self, release_bundle, tmp_path):
        """Return a copy of a bundle without what this release added to the schema."""
        path = Path(shutil.copy(release_bundle("0.27.0"), tmp_path / "earlier.db"))
        with sqlite3.connect(path) as connection:
            views = ("evaluation_results", "experiment_results", "sample_results", "session_results", "session_samples")
            views += ("call_evaluations", "failure_evaluations", "failed_runs", "failure_signatures")
            for view in (*views, "token_usage", "prompt_versions"):
                connection.execute(f"DROP VIEW {view}")
            for column_name in ("result", "evaluation"):
                connection.execute(f"ALTER TABLE runs DROP COLUMN {column_name}")
        connection.close()
        return path

    def test_error(self, earlier):
        """The error says what to do."""
        with DebugBundle.open(earlier) as opened, pytest.raises(BundleVersionError, match="build it again"):
            _ = opened.outcome

    def test_statistics(self, earlier):
        """Statistics are those of the sessions' prompts, as the earlier release counted them."""
        with DebugBundle.open(earlier) as opened:
            statistics = opened.statistics
        [used] = column(earlier, "SELECT sum(total_tokens) FROM token_summary")
        assert statistics.total_input_tokens + statistics.total_output_tokens == used

    def test_migration(self, earlier, release_bundle):
        """After a migration the outcome is that of a bundle built anew."""
        migrate_bundle(earlier)
        assert outcome_of(earlier) == outcome_of(release_bundle("0.27.0"))


@pytest.fixture
def hostile(release_bundle, tmp_path):
    """Return a copy of a bundle whose columns hold bytes and texts where others hold texts and numbers."""
    path = Path(shutil.copy(release_bundle("0.27.0"), tmp_path / "hostile.db"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys = 0")
        for table, changes in {
            "failures": "signature = x'ff', name = 5, message = x'00', session_id = x'ff', run_id = NULL",
            "runs": "result = '<x>', experiment = x'fe', started_at = x'01', input_tokens = 'x', cached_tokens = x'ff'",
            "entries": "model = x'ff', input_tokens = 'many', output_tokens = x'ff'",
            "calls": "duration_ms = 'long', tool_name = x'ff'",
        }.items():
            connection.execute(f"UPDATE {table} SET {changes}")
    connection.close()
    return path


@pytest.mark.parametrize(
    "arguments",
    [["info"], ["info", "--format", "json"], ["cost"], ["cost", "--by", "turn"], ["cost", "--format", "json"]],
)
def test_values_of_any_kind(hostile, arguments):
    """A stranger's bundle with values of other kinds is described without an error, and without control characters."""
    name, *options = arguments
    done = run(name, hostile, *options)
    assert done.exit_code == 0, done.output
    assert all(char.isprintable() or char == "\n" for char in done.output)
