"""Fail if building has become slow: `python -m benchmarks.guard`, exit 1 if a ratio is too low, 2 if it is unknown.

Ratios are compared, not seconds, because seconds differ from machine to machine. A ratio is the median of the rounds'
ratios: the runs of a round follow each other, so that a processor that is slow for a while slows both contenders. If a
ratio is too low, the rounds are run again: a build that has become slow is slow each time. What one contender needs
more than another is judged by processor time; what two jobs save, by the clock, where two processors are free.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
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
    Limit("evaluation", "ours-1", "ours-2", 1.0, Clock.WALL),
    Limit("evaluation", "floor-of-merge", "merge", 0.25),
    Limit("snapshots", "floor", "ours-2", 0.135),
    Limit("snapshots", "specification", "ours-2", 1.05),
    Limit("snapshots", "ours-1", "ours-2", 1.0, Clock.WALL),
    Limit("logs", "floor", "ours-2", 0.16),
    Limit("logs", "specification", "ours-2", 1.2),
    Limit("logs", "duckdb-sqlite", "ours-2", 0.66),
)
"""SLACK of the lowest of several ratios on two machines with 2 processors and other programs: two processes at once
need up to a sixth more processor time than one by itself there. For 80 MB of logs, two jobs save no time."""


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


def verdicts(attempts: Sequence[dict[str, Any]]) -> list[Verdict]:
    """Return each limit of the profile with the highest ratio of all attempts to measure it."""
    limits = limits_of(attempts[0]["dataset"]["profile"])
    return [Verdict(limit, max(_ratio(attempt, limit) for attempt in attempts)) for limit in limits]


def _ratio(result: dict[str, Any], limit: Limit) -> float:
    """Return the median of the ratios of all rounds."""
    slow, fast = (_times(result, name, limit.clock) for name in (limit.slow, limit.fast))
    return statistics.median(slow[number] / fast[number] for number in slow)


def _times(result: dict[str, Any], contender: str, clock: Clock) -> dict[int, float]:
    """Return what a contender took in each round."""
    return {run["round"]: float(run[clock]) for run in result["runs"] if run["contender"] == contender}


def unfit(result: dict[str, Any]) -> list[str]:
    """Return why the result cannot be judged: the contenders that did not run or failed."""
    reasons = [f"{name}: {reason}" for name, reason in result["skipped"].items()]
    return reasons + [f"{run['contender']}: {run['problem']}" for run in result["runs"] if run["problem"]]


def judge(profiles: Iterable[Sequence[dict[str, Any]]], *, speed_up: float) -> int:
    """Print the verdicts on all profiles, each with the results of its attempts; return the exit code.

    `speed_up` is how much faster two processes were than one; below FREE_PROCESSORS, the clock judges nothing.
    """
    codes = [_judge(attempts, speed_up) for attempts in profiles]
    return max(codes, default=2)


def _judge(attempts: Sequence[dict[str, Any]], speed_up: float) -> int:
    profile = attempts[0]["dataset"]["profile"]
    reasons = unfit(attempts[-1])
    if reasons:
        print(f"{profile}: no verdict:", *reasons, sep="\n  ")
        return 2
    judged = [verdict for verdict in verdicts(attempts) if _is_fair(verdict.limit, speed_up)]
    print(*[verdict.line() for verdict in judged], sep="\n")
    if not all(_is_fair(limit, speed_up) for limit in limits_of(profile)):
        print(f"{'':>12} no verdict on two jobs: two processes were only {speed_up:.2f} times as fast as one")
    return int(not all(verdict.passed for verdict in judged))


def _is_fair(limit: Limit, speed_up: float) -> bool:
    return limit.clock is Clock.PROCESSOR or speed_up >= FREE_PROCESSORS


def measure_until_passed(measure: Callable[[], dict[str, Any]]) -> list[dict[str, Any]]:
    """Measure a profile, and again while a ratio is too low, ATTEMPTS times at most; return the result of each."""
    attempts: list[dict[str, Any]] = []
    while len(attempts) < ATTEMPTS:
        attempts.append(measure())
        if unfit(attempts[-1]) or all(verdict.passed for verdict in verdicts(attempts)):
            break
    return attempts


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
    attempts = [
        measure_until_passed(partial(_measure, profile, options.data, settings_of(options))) for profile in profiles
    ]
    sys.exit(judge(attempts, speed_up=min(speed_up, two_process_speed_up())))


if __name__ == "__main__":
    main()
