"""`create` and `info` tell the outcome in lines of 80 columns that hostile names cannot break."""

from __future__ import annotations

import json

import pytest
from support.artifact_samples import ROOT, ROOT_SESSION, TOOL_INVOKED, lines, slice_of, snapshot, tool_event
from support.command_runner import run
from wcwidth import wcswidth

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.cli.output.outcome_lines import outcome_lines
from wink_debug_bundle.explore.outcome import ExperimentOutcome, Outcome, ResultCounts, SessionCounts

RELEASES = ("0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0")


def outcome_block(output: str) -> list[str]:
    """Return the lines below the heading of the outcome."""
    _, _, rest = output.partition("\nOutcome:\n")
    found: list[str] = []
    for line in rest.splitlines():
        if not line.startswith("  "):
            return found
        found.append(line)
    return found


class TestInfo:
    """The outcome in `info`."""

    @pytest.mark.parametrize("version", RELEASES)
    def test_lines_fit_a_terminal(self, release_bundle, version):
        """Each line takes less than 80 columns, wide characters included, and there are at most 16."""
        block = outcome_block(run("info", release_bundle(version)).stdout)
        assert 4 < len(block) < 17
        assert max(map(wcswidth, block)) < 80

    def test_values_of_an_evaluation(self, release_bundle):
        """An evaluation and its runs are told by result, experiment, reason, period, model, call and token."""
        block = outcome_block(run("info", release_bundle("0.27.0")).stdout)
        assert [line for line in block if "Slowest" not in line] == [
            "  Runs: 13 (1 passed, 2 failed, 5 ended with an error, 5 not scored)",
            "  Experiment baseline: 0 of 4 samples passed (0.0 %), mean score 0.0",
            "  Experiment candidate: 1 of 2 samples passed (50.0 %), mean score 1.0",
            "  Most frequent failures:",
            "    3x PromptEvaluationError: connection reset by <address> 🔌 (run 11)",
            "    1x UnknownJobError: no prompt for 'juggle' 🤷 (run 45)",
            "    1x ValueError: no ruler long enough 📏 (run 19)",
            "  Period: 2026-11-22 23:34:57 to 23:35:00 UTC",
            "  Model: example-model-1",
            "  Adapters: claude_agent_sdk, codex_app_server",
            "  Tool calls: 44, 16 of them failed",
            "  Tokens: 3,086 (2,780 input, 306 output, 80 cached); unknown for 5 runs",
            "  Problems at import: 2",
        ]

    def test_values_of_samples_in_sessions(self, release_bundle):
        """Samples of an evaluation of 0.20 are told like runs."""
        block = outcome_block(run("info", release_bundle("0.20.0")).stdout)
        assert block[:3] == [
            "  Samples: 6 (4 passed, 1 failed, 1 ended with an error)",
            "  Sessions: 16 (12 finished, 1 ended with an error, 3 only in logs)",
            "  Experiment baseline: 4 of 6 samples passed (66.7 %), mean score 0.667",
        ]

    def test_calls_of_all_sources(self, release_bundle):
        """Where sessions have fewer calls than all sources, the statistics say what counts what."""
        shown = run("info", release_bundle("0.27.0")).stdout
        assert "  Tool invocations: 27 in sessions (with logs and transcripts: 44)\n" in shown

    @pytest.mark.parametrize("version", RELEASES)
    def test_json(self, release_bundle, version):
        """The JSON has the outcome of the API."""
        shown = json.loads(run("info", release_bundle(version), "--format", "json").stdout)["outcome"]
        with DebugBundle.open(release_bundle(version)) as bundle:
            outcome = bundle.outcome
        assert (shown["runs"]["error"], shown["total_tokens"]) == (outcome.runs.error, outcome.total_tokens)
        assert [reason["count"] for reason in shown["reasons"]] == [reason.count for reason in outcome.reasons]

    def test_next_commands(self, release_bundle):
        """The run of the most frequent failure, the reasons and the pages are one command away."""
        bundle = release_bundle("0.27.0")
        assert run("info", bundle).stdout.endswith(
            f"\nNext:\n  wink-debug-bundle show {bundle} 11\n"
            f"  wink-debug-bundle query {bundle} --name failure-reasons\n"
            f"  wink-debug-bundle serve {bundle}\n"
        )

    def test_hostile_names(self, build):
        """Line ends, controls and long names of tools and adapters stay on their lines, escaped and cut."""
        event = tool_event(name="a\nb\x1b[2J" * 30, adapter="x\n  Runs: 9 (9 passed)", result=None)
        bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, event)))})
        block = outcome_block(run("info", bundle).stdout)
        assert not any("\x1b" in line or line.startswith("  Runs") for line in block)
        assert max(map(len, block)) < 80


class TestCreate:
    """The outcome at the end of `create`."""

    def test_it_is_that_of_info(self, tmp_path):
        """`create` ends with the outcome that `info` shows, and with the same commands."""
        bundle = tmp_path / "b.db"
        created = run("create", ROOT / "fixtures" / "wink-0.24.0", "-r", "-o", bundle).stdout
        shown = run("info", bundle).stdout
        assert outcome_block(created) == outcome_block(shown) != []
        assert created.partition("\nNext:\n")[2] == shown.partition("\nNext:\n")[2]

    def test_transcripts_that_repeat_the_log(self, tmp_path):
        """Transcripts without records of their own say that the logs have them all."""
        created = run("create", ROOT / "fixtures" / "wink-0.27.0" / "runs", "-o", tmp_path / "b.db").stdout
        assert "transcripts (" in created
        assert "): the logs have all of their records, too\n" in created


def test_many_experiments_and_models():
    """Three experiments and three models are named, and the others are counted."""
    experiments = tuple(ExperimentOutcome(f"e{n}", 1, 1, 0, 0, 0, 100.0, None, None) for n in range(5))
    outcome = Outcome(
        *(ResultCounts(passed=5), ResultCounts(), SessionCounts(), experiments, None, None),
        *(tuple("abcde"), (), (), 0, 0, 0, 0, None, 0, 0, None, 0, 0),
    )
    assert list(outcome_lines(outcome)) == [
        "Outcome:",
        "  Runs: 5 (5 passed)",
        "  Experiment e0: 1 of 1 sample passed (100.0 %)",
        "  Experiment e1: 1 of 1 sample passed (100.0 %)",
        "  Experiment e2: 1 of 1 sample passed (100.0 %)",
        "    and 2 more experiments (query --name pass-rate)",
        "  Models: a, b, c and 2 more",
    ]
