"""The guard judges measured ratios by its limits, and the summary has a row for each profile."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest
from support.artifact_samples import ROOT


@pytest.fixture
def guard(monkeypatch):
    """Return the guard with two limits on one profile."""
    monkeypatch.syspath_prepend(str(ROOT))
    module = importlib.import_module("benchmarks.guard")
    wall = module.Clock.WALL
    limits = (module.Limit("logs", "floor", "ours-2", 0.5), module.Limit("logs", "ours-1", "ours-2", 1.5, wall))
    monkeypatch.setattr(module, "LIMITS", limits)
    return module


def measured(*, skipped=(), problem=None, **seconds):
    """Return a result on logs: the seconds of each contender's runs, its underscores as hyphens."""
    times = {name.replace("_", "-"): runs for name, runs in seconds.items()}
    run = {"peak_bytes": 10**8, "output_bytes": 50, "problem": problem}
    return {
        "dataset": {"profile": "logs", "content_bytes": 100},
        "about": dict.fromkeys(times, ""),
        "skipped": dict.fromkeys(skipped, "not installed"),
        "runs": [
            {**run, "round": number, "contender": name, "seconds": each, "cpu_seconds": each}
            for name, runs in times.items()
            for number, each in enumerate(runs)
        ],
    }


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (measured(floor=[1, 4, 1], ours_1=[3, 9, 1], ours_2=[2, 6, 9]), 0),
        (measured(floor=[0.9], ours_1=[3], ours_2=[2]), 1),
        (measured(floor=[1, 1, 9], ours_1=[3, 2, 2], ours_2=[2, 2, 2]), 1),
        (measured(floor=[1], ours_1=[3], ours_2=[2], skipped=["duckdb"]), 2),
        (measured(floor=[1], ours_1=[3], ours_2=[2], problem="no rows to count"), 2),
    ],
)
def test_the_median_of_the_rounds_ratios_is_judged(guard, result, code):
    assert guard.judge([[result]], speed_up=2.0) == code


def test_processor_time_is_judged_without_waiting(guard):
    """A floor that waited for the disk, or for other programs, does not make a build look fast."""
    result = measured(floor=[0.9], ours_1=[3], ours_2=[2])
    result["runs"][0]["seconds"] = 50.0
    assert guard.judge([[result]], speed_up=2.0) == 1


@pytest.mark.parametrize(("speed_up", "code"), [(1.7, 0), (1.8, 1)])
def test_two_jobs_are_judged_on_free_processors_only(guard, capsys, speed_up, code):
    result = measured(floor=[1], ours_1=[2], ours_2=[2])
    assert guard.judge([[result]], speed_up=speed_up) == code
    assert ("no verdict on two jobs" in capsys.readouterr().out) is (code == 0)


@pytest.mark.parametrize(
    ("waiting", "measurements", "code"),
    [
        ([{"floor": [1], "ours_1": [3], "ours_2": [2]}], 1, 0),
        ([{"floor": [1], "ours_1": [3], "ours_2": [9]}, {"floor": [5], "ours_1": [3], "ours_2": [2]}], 2, 0),
        ([{"floor": [1], "ours_1": [1], "ours_2": [2]}, {"floor": [0.1], "ours_1": [3], "ours_2": [2]}], 2, 0),
        ([{"floor": [1], "ours_1": [3], "ours_2": [9]}] * 3, 3, 1),
    ],
)
def test_a_low_ratio_is_measured_again(guard, waiting, measurements, code):
    """Each ratio must be high enough once, and a build that is slow three times is slow."""
    results = iter(waiting)
    attempts = guard.measure_until_passed(lambda: measured(**next(results)))
    assert len(attempts) == measurements
    assert guard.judge([attempts], speed_up=2.0) == code
    assert next(results, None) is None


def test_one_bad_profile_is_enough(guard):
    good, bad = measured(floor=[1], ours_1=[3], ours_2=[2]), measured(floor=[0.1], ours_1=[3], ours_2=[2])
    assert guard.judge([[good], [bad], [good]], speed_up=2.0) == 1


def test_ratio_and_limit_are_printed(guard, capsys):
    guard.judge([[measured(floor=[1.6], ours_1=[3], ours_2=[2])]], speed_up=2.0)
    first, second = capsys.readouterr().out.splitlines()
    assert first.split(" / ours-2, processor")[1].split() == ["0.80,", "at", "least", "0.50", "(62%):", "ok,", "but", "the", "limit",
                                                   "is", "loose"]  # fmt: skip
    assert second.endswith("1.50, at least 1.50 (100%): ok")


def summary(*arguments):
    """Return what the summary prints."""
    command = [sys.executable, "-m", "benchmarks.summary", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def results(tmp_path):
    """Return a file of results: medians of 3 s with one job, 2 s with two, a floor of 1 s, and one peer."""
    path = tmp_path / "logs.json"
    path.write_text(json.dumps(measured(floor=[1], ours_1=[3, 3, 9], ours_2=[1, 2, 2], shell=[5])))
    return path


def test_a_row_has_seconds_and_ratios(results):
    head, _, row = summary(results).splitlines()
    cells = dict(zip(*([cell.strip() for cell in line.strip("|").split("|")] for line in (head, row)), strict=True))
    assert cells == {
        "profile, MB before compression": "`logs` 0",
        "1 job, s": "3.0",
        "2 jobs, s": "2.0",
        "floor, s": "1.0",
        "2 jobs / floor": "2.00",
        "1 job / 2 jobs": "1.50",
        "sample code / 2 jobs": "",
        "others / 2 jobs": "sqlite3 shell 2.50",
        "peak MB": "100",
        "bundle / source": "0.50",
    }


def test_the_table_in_a_document_is_replaced(results, tmp_path):
    document = tmp_path / "performance.md"
    begin, end = "<!-- figures: python -m benchmarks.summary -->", "<!-- end of figures -->"
    document.write_text(f"before\n{begin}\n| old |\n{end}\nafter\n")
    summary(results, "--into", document)
    assert document.read_text() == f"before\n{begin}\n\n{summary(results)}\n{end}\nafter\n"


def test_the_document_of_this_repository_has_the_marks():
    text = (ROOT / "docs" / "performance.md").read_text()
    assert text.count("<!-- figures: python -m benchmarks.summary -->") == text.count("<!-- end of figures -->") == 1
