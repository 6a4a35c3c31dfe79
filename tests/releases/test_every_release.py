"""Every release of the library writes artifacts, and their bundle has the values that its live objects held.

`tox -e releases` installs each release into an environment of its own, below the folder that WINK_RELEASES names;
`-k 0.26.0` selects one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import ROOT, column, rows, sqlite_connection
from support.live_objects import assert_run, assert_sessions, assert_totals, expected_cases, expected_runs
from support.processor_time import processor_time_below

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.saved_queries import SavedQuery, saved_queries, saved_query

ENVIRONMENTS = os.environ.get("WINK_RELEASES")

pytestmark = pytest.mark.skipif(ENVIRONMENTS is None, reason="needs every release of the library; run: tox -e releases")

SESSIONS = ("0.12.0", "0.13.0", "0.16.0", "0.19.0")
THREE_FILES = ("0.20.0",)
RUNS = ("0.21.0", "0.22.0", "0.24.0", "0.25.0", "0.26.0", "0.27.0")

SAMPLES = int(os.environ.get("WINK_SAMPLES", "1000"))


def run_script(name: str, *arguments: str | Path) -> None:
    """Run one of the scripts that make fixtures, in the existing environments."""
    command = [sys.executable, ROOT / "fixtures" / name, *arguments, "--venv", str(ENVIRONMENTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def bundle_of(folder: Path) -> Path:
    """Build the bundle of a folder beside it and return its path."""
    output = folder.with_name(f"{folder.name}.db")
    DebugBundle.from_directory(folder, output=output, recursive=True).close()
    return output


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Callable[[str], Path]:
    """Return a function that gives the folder that a release wrote, made once."""
    made: dict[str, Path] = {}

    def make(version: str) -> Path:
        if version not in made:
            folder = tmp_path_factory.mktemp("release")
            run_script("make.py", "--release", version, "--output", folder)
            made[version] = folder / f"wink-{version}"
        return made[version]

    return make


def test_every_release_is_here():
    """The tested releases are all releases that fixtures can be made of."""
    command = [sys.executable, ROOT / "fixtures" / "make.py", "--help"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"\d+\.\d+\.\d+", output)) == {*SESSIONS, *THREE_FILES, *RUNS}


@pytest.mark.parametrize("version", RUNS)
def test_scenarios(written, version):
    """Tools succeed, fail and raise; runs fail and are retried; samples pass, score low, and fail."""
    runs = expected_runs(written(version))
    calls = [call for run in runs for call in run.get("tool_calls") or ()]
    assert {(call["success"], call["raised"] is not None) for call in calls} == {
        (True, False),
        (False, False),
        (False, True),
    }
    assert {run["run_context"]["attempt"] for run in runs if "run_context" in run} == {1, 2}
    samples = {(run["status"], run["score"]["passed"]) for run in runs if "sample_id" in run}
    assert samples >= {("success", True), ("success", False), ("error", False)}


@pytest.mark.parametrize("version", RUNS)
def test_runs(written, version):
    """Every run and sample has its ids, score, error, tokens, calls, log, transcript, items and files."""
    folder = written(version)
    bundle = bundle_of(folder)
    runs = expected_runs(folder)
    assert len(runs) >= 13
    for run in runs:
        assert_run(bundle, run)
    assert rows(bundle, "SELECT * FROM problems WHERE kind != 'unrecognised'") == []
    assert rows(bundle, "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("version", SESSIONS)
def test_sessions(written, version):
    """Every folder of session files has its items, its events, and one call for each event."""
    folder = written(version)
    cases = expected_cases(folder)
    assert len(cases) >= 5
    for case in cases:
        bundle = bundle_of(folder / case["name"])
        assert_totals(bundle, case)
        assert_sessions(bundle, case)


@pytest.mark.parametrize("version", THREE_FILES)
def test_three_files(written, version):
    """Every folder of session files, logs and archives passes the tests of the committed ones."""
    folder = written(version)
    for case in expected_cases(folder):
        assert_totals(bundle_of(folder / case["name"]), case)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        ROOT / "tests/pipeline/test_fixture_contents.py",
    ]
    environment = os.environ | {"WINK_FIXTURES": str(folder)}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_evaluation(tmp_path):
    """In an evaluation of many samples each has its calls, error and score, and the sums are right."""
    run_script("make_evaluation.py", tmp_path / "run", "--samples", str(SAMPLES))
    bundle = bundle_of(tmp_path / "run" / "evaluation")
    expected = json.loads((tmp_path / "run" / "expected.json").read_text(encoding="utf-8"))
    totals = expected["totals"]
    assert column(bundle, "SELECT count(*) FROM runs") == [totals["samples"]]
    assert column(bundle, "SELECT count(*) FROM runs WHERE passed") == [totals["passed"]]
    used = "SELECT sum(total_tokens) FROM runs"
    assert column(bundle, f"{used} WHERE status = 'success'") == [totals["tokens"]["total_tokens"]]
    assert column(bundle, used) == [totals["tokens_of_failed_runs_too"]["total_tokens"]]
    by_tool = "SELECT tool_name, count(*), sum(success = 0), sum(outcome = 'raised') FROM calls GROUP BY 1 ORDER BY 1"
    wanted = [(name, *counts.values()) for name, counts in sorted(totals["tool_calls"].items())]
    assert rows(bundle, by_tool) == wanted
    for sample in expected["samples"]:
        assert_sample(bundle, sample)
    assert_answers(bundle, expected)


CAUSES = {
    "wrong-answer": "expected <text>, got <text>",
    "no-output": "No output from AgentLoop",
    "connection-reset": "PromptEvaluationError: connection reset by <address>",
    "rate-limited": "PromptEvaluationError: 429 too many requests, request <id>",
    "out-of-range": "PromptEvaluationError: token <number> of <number> at <address>",
    "unscorable": "ValueError: no ruler long enough 📏",
}


def assert_answers(bundle: Path, expected: dict[str, Any]) -> None:
    """Assert that the saved queries answer right, each within a second of processor time."""
    answers = {query.name: run_query(bundle, query) for query in saved_queries()}
    totals = expected["totals"]
    causes = {CAUSES[cause["cause"]]: cause["count"] for cause in totals["failures"]}
    reasons = [row for row in answers["failure-reasons"] if row["kind"] in ("run", "sample")]
    assert {row["reason"]: row["count"] for row in reasons} == causes
    assert all(row["example"] for row in reasons)
    rates = {row["experiment"]: {"samples": row["samples"], "passed": row["passed"]} for row in answers["pass-rate"]}
    assert rates == totals["experiments"]
    failures = {row["tool_name"]: row["call_count"] - row["success_count"] for row in answers["tool-success"]}
    assert failures == {name: counts["failures"] for name, counts in totals["tool_calls"].items()}
    assert {row["tool_name"] for row in answers["slowest-tools"]} == set(failures)
    used = sum(row["total_tokens"] for row in answers["token-totals"])
    assert used == totals["tokens_of_failed_runs_too"]["total_tokens"]
    differing = {(row["kind"], row["name"]) for row in answers["prompt-differences"]}
    assert differing == {("section", "quiz"), ("tool", "charge_card"), ("tool", "confuse_types")}
    assert len(answers["failed-runs"]) == totals["failed"]
    [sample] = [item for item in expected["samples"] if item["sample_id"] == "sample-00001"]
    turns = run_query(bundle, saved_query("conversation"), run=sample["session_id"])
    assert [row["tool_name"] for row in turns if row["entry_type"] == "tool_use"] == [
        name for name, *_ in sample["tool_calls"]
    ]


def run_query(bundle: Path, query: SavedQuery, **parameters: str) -> list[dict[str, Any]]:
    """Return the rows of a saved query as dicts."""
    with sqlite_connection(bundle) as connection, processor_time_below(1):
        cursor = connection.execute(query.sql, {**dict.fromkeys(query.parameters), **parameters})
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def assert_sample(bundle: Path, sample: dict[str, Any]) -> None:
    """Assert that one sample of the evaluation has its values."""
    path = str(sample["file"]).removeprefix("evaluation/")
    columns = "id, session_id, error_type, error_message, sample_id, passed"
    [(run_id, session, *error, sample_id, passed)] = rows(bundle, f"SELECT {columns} FROM runs WHERE path = ?", (path,))
    assert session == sample["session_id"]
    assert error == (list(sample["error"].values()) if sample["error"] else [None, None])
    if sample_id is not None:
        assert (sample_id, bool(passed)) == (sample["sample_id"], sample["passed"])
    calls = "SELECT tool_name, success, outcome = 'raised' FROM calls WHERE run_id = ? ORDER BY id"
    found = [[name, bool(success), bool(raised)] for name, success, raised in rows(bundle, calls, (run_id,))]
    assert found == sample["tool_calls"]
