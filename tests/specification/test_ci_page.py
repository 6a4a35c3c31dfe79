"""The workflow of the page about CI jobs works, step by step, and its figures are right."""

from __future__ import annotations

import re
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import ROOT
from support.many_runs import write_many_runs
from support.next_evaluation import write_next_evaluation
from support.workflow import Job, Ran, workflow_of

from wink_debug_bundle.comparing.gating.gate_data import EXIT_CODES
from wink_debug_bundle.comparing.inference.paired_difference import smallest_difference
from wink_debug_bundle.comparing.plain_numbers import points

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ALL_STEPS = ["Install", "Evaluate", "Build the bundle", "Pack the bundle", "Write the report"]


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """Return the workflow of the page."""
    return workflow_of(PAGE)


@pytest.fixture(scope="module")
def main(workflow, tmp_path_factory) -> tuple[Path, Job, list[Ran]]:
    """Return the evaluation of the main branch, the job that a push to it started, and what that ran."""
    folder = tmp_path_factory.mktemp("main")
    evaluation = write_many_runs(folder / "evaluation", 6)
    job = Job(folder / "job", evaluation=evaluation)
    return evaluation, job, job.run(workflow, "push")


def uploaded(workflow: dict[str, Any]) -> list[str]:
    """Return the files that the job uploads."""
    [job] = workflow["jobs"].values()
    [step] = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    assert step["with"]["name"] == "evaluation"
    return step["with"]["path"].split()


def pull_request(workflow, main, folder: Path, *, lost: int) -> tuple[Job, list[Ran]]:
    """Return the job of a pull request with which so many samples fail, and what it ran."""
    evaluation, before, _ = main
    baseline = folder / "baseline"
    baseline.mkdir()
    for name in uploaded(workflow):
        if (before.work / name).exists():
            (baseline / name).write_bytes((before.work / name).read_bytes())
    write_next_evaluation(evaluation, folder / "evaluation", lost=lost)
    job = Job(folder / "job", evaluation=folder / "evaluation", baseline=baseline)
    return job, job.run(workflow, "pull_request")


def test_push(workflow, main):
    """A push to the main branch makes a baseline: the bundle and the report, but nothing is judged."""
    _, job, ran = main
    assert [(step.name, step.exit_code) for step in ran] == [(name, 0) for name in ALL_STEPS], ran
    assert [name for name in uploaded(workflow) if (job.work / name).exists()] == ["evaluation.db.zst", "report.html"]


@pytest.mark.parametrize(("lost", "code", "heading"), [(0, 0, "## Gate: clean"), (12, 4, "## Gate: regression")])
def test_pull_request(workflow, main, tmp_path, lost, code, heading):
    """Each step of a pull request works; a regression fails one, and everything is uploaded all the same.

    The script of the page finds the same.
    """
    job, ran = pull_request(workflow, main, tmp_path, lost=lost)
    codes = {step.name: step.exit_code for step in ran}
    assert codes == {**dict.fromkeys(ALL_STEPS, 0), "Download the baseline": 0, "Judge": code}, ran
    assert job.summary.read_text().startswith(heading)
    assert [name for name in uploaded(workflow) if (job.work / name).exists()] == uploaded(workflow)

    [code_block] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    script = job.run_python(code_block)
    assert (script.exit_code, script.output.splitlines()[0]) == (code, heading.removeprefix("## ")), script


def test_no_baseline(workflow, main, tmp_path):
    """Without a baseline, a pull request does not pass."""
    job = Job(tmp_path / "job", evaluation=main[0], baseline=tmp_path / "missing")
    codes = {step.name: step.exit_code for step in job.run(workflow, "pull_request")}
    assert codes["Download the baseline"] != 0
    assert "Judge" not in codes


def test_exit_codes():
    """The page has the exit code of each outcome."""
    found = dict(re.findall(r"^\| (\d) \| ([a-z ]+) \|", PAGE, re.MULTILINE))
    assert found == {str(code): str(outcome) for outcome, code in EXIT_CODES.items()}


def test_smallest_differences():
    """The differences that so many pairs show are those that the package computes.

    Of pairs that pass in 7 of 10 cases and correlate by r, 2 · 0.7 · 0.3 · (1 - r) flip.
    """
    flips = 2 * 0.7 * 0.3 * (1 - 0.5)
    found = dict(re.findall(r"^\| (\d+) \| ([\d.]+ points) \|$", PAGE, re.MULTILINE))
    assert list(found) == ["50", "100", "200", "500", "1000", "5000"]
    for pairs, difference in found.items():
        assert difference == points(smallest_difference(sqrt(flips / int(pairs)), int(pairs)))
