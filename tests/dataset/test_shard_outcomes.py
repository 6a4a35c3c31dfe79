"""The outcomes of shards, added up, are the outcome of a bundle of all of them."""

from __future__ import annotations

import json

import pytest
from support.command_runner import run
from support.dataset_files import EVALUATION, build_here, rounded

from wink_debug_bundle import Dataset, DebugBundle
from wink_debug_bundle.dataset.commits import bundle_file_name
from wink_debug_bundle.dataset.shard_outcomes import outcome_reading
from wink_debug_bundle.dataset.shard_outcomes.outcome_adding import all_together
from wink_debug_bundle.dataset.shard_outcomes.outcome_reading import read_shard_outcome
from wink_debug_bundle.dataset.shard_outcomes.outcome_rows import ExperimentSum, NumberSums, ReasonCount, ShardOutcome
from wink_debug_bundle.explore.outcome import EvaluationOutcome, ResultCounts, SessionCounts
from wink_debug_bundle.merging.bundle_merging import merge_bundles

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")

REASON = ReasonCount(None, "run", "ValueError", "no <path>", 2, "no /tmp/a", 3, None)


def test_labelled_evaluations(tmp_path):
    """The outcome of a dataset of labelled evaluations is that of its bundles put together by merge."""
    build_here(EVALUATION, tmp_path / "dataset", labels={"": "most", next(EVALUATION.iterdir()).name: "one"})
    opened = Dataset.open(tmp_path / "dataset")
    merge_bundles([tmp_path / "dataset" / bundle_file_name(each.shard) for each in opened.commits], tmp_path / "all.db")
    assert [each.evaluation for each in opened.outcome.evaluations] == ["most", "one"]
    with DebugBundle.open(tmp_path / "all.db") as bundle:
        assert rounded(opened.outcome) == rounded(bundle.outcome)


def test_commit_alone(built):
    """The outcome needs the commits and no other file."""
    expected = Dataset.open(built).outcome
    for path in built.glob("*/shard=*.parquet"):
        path.unlink()
    assert Dataset.open(built).outcome == expected


def test_left_out(tmp_path, monkeypatch):
    """What a commit does not list is counted, and `info` says so."""
    monkeypatch.setattr(outcome_reading, "MOST_LISTED", 1)
    build_here(EVALUATION, tmp_path / "dataset")
    left_out = json.loads(run("info", tmp_path / "dataset", "--format", "json").stdout)["left_out"]
    assert left_out > 0
    assert f"{left_out} other" in run("info", tmp_path / "dataset").stdout


def test_nothing_left_out(whole):
    """If commits list all, the text says nothing about it."""
    assert Dataset.open(whole).totals.left_out == 0
    assert "Incomplete" not in run("info", whole).stdout


def test_example_of_a_reason():
    """A reason's example is that of the first shard that lists it, with its id among all shards."""
    other = REASON._replace(failure_count=5, example="no /tmp/b", run_id=1)
    outcome = all_together(
        [ShardOutcome(), ShardOutcome(reasons=(REASON,)), ShardOutcome(reasons=(other,))], [0, 10, 20]
    )
    [reason] = outcome.reasons
    assert (reason.count, reason.example, reason.run_id) == (7, "no /tmp/a", 13)


def test_order_of_reasons():
    """Reasons of runs come before those of tools, the most frequent first, and three are named."""
    reasons = [
        REASON._replace(kind=kind, name=name, failure_count=count)
        for kind, name, count in [
            ("log", "a", 9),
            ("tool", "b", 8),
            ("run", "c", 1),
            ("sample", "d", 2),
            ("run", "e", 1),
        ]
    ]
    outcome = all_together([ShardOutcome(reasons=(each,)) for each in reasons], [0] * 5)
    assert [reason.name for reason in outcome.reasons] == ["d", "c", "e"]


def test_rates():
    """Rates and means are of all shards, rounded as SQLite does it."""
    experiments = [
        ExperimentSum(None, "x", 15, 0, 15, 0, 0, 0.0, 15, 100),
        ExperimentSum(None, "x", 2, 1, 0, 0, 1, 1.0, 1, None),
    ]
    [found] = all_together([ShardOutcome(experiments=(each,)) for each in experiments], [0, 0]).experiments
    assert (found.samples, found.passed, found.pass_rate) == (17, 1, 6.3)
    assert (found.mean_score, found.total_tokens) == (0.063, 100)


def test_runs_without_evaluation():
    """Runs of shards without names belong to no evaluation, if others have names."""
    named = ShardOutcome(runs=ResultCounts(passed=1), evaluations=(EvaluationOutcome("a", 1, 1, 0, 0, 0, 100.0),))
    unnamed = ShardOutcome(runs=ResultCounts(failed=2))
    found = all_together([named, unnamed], [0, 1]).evaluations
    assert [(each.evaluation, each.runs, each.failed) for each in found] == [("a", 1, 0), (None, 2, 2)]
    assert all_together([unnamed], [0]).evaluations == ()


def test_sessions_only_in_logs():
    """Sessions that only logs name count if no shard has runs."""
    logs = ShardOutcome(sessions=SessionCounts(not_dumped=2))
    assert all_together([logs], [0]).sessions.not_dumped == 2
    assert all_together([logs, ShardOutcome(runs=ResultCounts(passed=1))], [0, 0]).sessions.not_dumped == 0


def test_unknown_tokens():
    """Tokens from the cache are unknown only if no shard knows them."""
    shards = [ShardOutcome(numbers=NumberSums(cached_tokens=cached)) for cached in (None, 5)]
    assert all_together(shards[:1], [0]).cached_tokens is None
    assert all_together(shards, [0, 0]).cached_tokens == 5


def test_of_a_bundle(tmp_path):
    """A bundle's shard outcome, alone, gives the bundle's own outcome."""
    with DebugBundle.from_directory(EVALUATION, output=tmp_path / "a.db", recursive=True) as bundle:
        expected = bundle.outcome
    assert all_together([read_shard_outcome(tmp_path / "a.db")], [0]) == rounded(expected)
