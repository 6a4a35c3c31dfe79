"""Fail if building has become slow: `python -m benchmarks.guard`, exit 1 if a ratio is too low, 2 if it is unknown.

Ratios are compared, not seconds, because seconds differ from machine to machine. A ratio is that of the best runs of
two contenders: other programs on the machine only ever add time. So a ratio that is too low is measured again, and
the new runs count beside the old ones: a build that has become slow is slow in all of them. What one contender needs
more than another is judged by processor time; what two jobs save, by the clock, where two processors are free.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contenders.registry import CONTENDERS
from benchmarks.data import DATA
from benchmarks.dataset import Recipe
from benchmarks.machine import two_process_speed_up
from benchmarks.run import Settings, add_run_options, compare, fetch, settings_of

GIGABYTES = 0.08
ROUNDS = 5

ATTEMPTS = 3
"""How often the rounds are run at most until every ratio of a profile is high enough."""

SLACK = 0.85
"""The share of a measured ratio that its limit should be: a lower limit lets a slow build pass."""

FREE_PROCESSORS = 1.8
"""How much faster than one process two must be at work without files, or the clock says nothing about two jobs."""


class Clock(StrEnum):
    """What is measured of a run: the field of the results."""

    PROCESSOR = "cpu_seconds"
    WALL = "seconds"


@dataclass(frozen=True)
class Limit:
    """On `profile`, the contender `slow` must take at least `times` as long as `fast`."""

    profile: str
    slow: str
    fast: str
    times: float
    clock: Clock = Clock.PROCESSOR


LIMITS = (
    Limit("evaluation", "floor-unpacked", "ours-2", 0.17),
    Limit("evaluation", "ours-1", "ours-2", 1.13, Clock.WALL),
    Limit("snapshots", "floor", "ours-2", 0.13),
    Limit("snapshots", "specification", "ours-2", 0.97),
    Limit("snapshots", "ours-1", "ours-2", 1.02, Clock.WALL),
    Limit("logs", "floor", "ours-2", 0.16),
    Limit("logs", "specification", "ours-2", 1.16),
    Limit("logs", "duckdb-sqlite", "ours-2", 0.62),
    Limit("logs", "ours-1", "ours-2", 0.96, Clock.WALL),
)
"""SLACK of the lowest ratios of several runs on a machine with 2 processors: where other programs run, two processes at
once need up to a sixth more processor time than one by itself. A run prints both."""


@dataclass(frozen=True)
class Verdict:
    """A limit and the ratio that was measured."""

    limit: Limit
    ratio: float

    @property
    def passed(self) -> bool:
        """Return whether the ratio keeps the limit."""
        return self.ratio >= self.limit.times

    def line(self) -> str:
        """Return the line that is printed."""
        limit = self.limit
        share = limit.times / self.ratio
        word = "TOO LOW" if not self.passed else "ok" if share >= SLACK else "ok, but the limit is loose"
        compared = f"{limit.slow} / {limit.fast}, {limit.clock.name.lower()}"
        return f"{limit.profile:>12} {compared:<36} {self.ratio:5.2f}, at least {limit.times:.2f} ({share:.0%}): {word}"


def limits_of(profile: str) -> list[Limit]:
    """Return the limits of one profile."""
    return [limit for limit in LIMITS if limit.profile == profile]


def verdicts(result: dict[str, Any]) -> list[Verdict]:
    """Return each limit of the result's profile with the measured ratio."""
    return [
        Verdict(limit, _best(result, limit.slow, limit.clock) / _best(result, limit.fast, limit.clock))
        for limit in limits_of(result["dataset"]["profile"])
    ]


def _best(result: dict[str, Any], contender: str, clock: Clock) -> float:
    return min(float(run[clock]) for run in result["runs"] if run["contender"] == contender)


def unfit(result: dict[str, Any]) -> list[str]:
    """Return why the result cannot be judged: the contenders that did not run or failed."""
    reasons = [f"{name}: {reason}" for name, reason in result["skipped"].items()]
    return reasons + [f"{run['contender']}: {run['problem']}" for run in result["runs"] if run["problem"]]


def judge(results: Iterable[dict[str, Any]], *, speed_up: float) -> int:
    """Print the verdicts on all profiles; return the exit code.

    `speed_up` is how much faster two processes were than one; below FREE_PROCESSORS, the clock judges nothing.
    """
    codes = [_judge(result, speed_up) for result in results]
    return max(codes, default=2)


def _judge(result: dict[str, Any], speed_up: float) -> int:
    reasons = unfit(result)
    if reasons:
        print(f"{result['dataset']['profile']}: no verdict:", *reasons, sep="\n  ")
        return 2
    judged = [verdict for verdict in verdicts(result) if _is_fair(verdict.limit, speed_up)]
    print(*[verdict.line() for verdict in judged], sep="\n")
    if not all(_is_fair(limit, speed_up) for limit in limits_of(result["dataset"]["profile"])):
        print(f"{'':>12} no verdict on two jobs: two processes were only {speed_up:.2f} times as fast as one")
    return int(not all(verdict.passed for verdict in judged))


def _is_fair(limit: Limit, speed_up: float) -> bool:
    return limit.clock is Clock.PROCESSOR or speed_up >= FREE_PROCESSORS


def measure_until_passed(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Measure a profile, and again while a ratio is too low, ATTEMPTS times at most; return all runs in one result."""
    result = measure()
    for _ in range(ATTEMPTS - 1):
        if unfit(result) or all(verdict.passed for verdict in verdicts(result)):
            break
        again = measure()
        result = {**again, "runs": [*result["runs"], *again["runs"]]}
    return result


def _measure(profile: str, data: Path, settings: Settings) -> dict[str, Any]:
    names = sorted({name for limit in limits_of(profile) for name in (limit.slow, limit.fast)})
    path = compare(fetch(Recipe(profile, GIGABYTES), data), [CONTENDERS[name] for name in names], settings)
    result: dict[str, Any] = json.loads(path.read_text())
    return result


def main() -> None:
    """Run the small profiles and judge them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the datasets")
    add_run_options(parser, ROUNDS)
    options = parser.parse_args()
    profiles = dict.fromkeys(limit.profile for limit in LIMITS)
    speed_up = two_process_speed_up()
    results = [
        measure_until_passed(partial(_measure, profile, options.data, settings_of(options))) for profile in profiles
    ]
    sys.exit(judge(results, speed_up=min(speed_up, two_process_speed_up())))


if __name__ == "__main__":
    main()
