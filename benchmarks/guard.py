"""Fail if building has become slow: `python -m benchmarks.guard`, exit 1 if a ratio is too low, 2 if it is unknown.

Ratios are compared, not seconds, because seconds differ from machine to machine. A ratio is that of the fastest runs of
two contenders: other programs on the machine only ever add time.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders.registry import CONTENDERS
from benchmarks.data import DATA
from benchmarks.dataset import Recipe
from benchmarks.report import summaries
from benchmarks.run import Settings, add_run_options, compare, fetch, settings_of

GIGABYTES = 0.08
ROUNDS = 5

SLACK = 0.7
"""The least share of a measured ratio that its limit should be: a lower limit lets a slow build pass."""


@dataclass(frozen=True)
class Limit:
    """On `profile`, the contender `slow` must take at least `times` as long as `fast`."""

    profile: str
    slow: str
    fast: str
    times: float


LIMITS = (
    Limit("evaluation", "floor-unpacked", "ours-2", 0.26),
    Limit("evaluation", "ours-1", "ours-2", 1.0),
    Limit("snapshots", "floor", "ours-2", 0.19),
    Limit("snapshots", "specification", "ours-2", 1.55),
    Limit("snapshots", "ours-1", "ours-2", 0.9),
    Limit("logs", "floor", "ours-2", 0.22),
    Limit("logs", "specification", "ours-2", 1.95),
    Limit("logs", "duckdb-sqlite", "ours-2", 0.85),
    Limit("logs", "ours-1", "ours-2", 0.85),
)
"""Three quarters of the ratios of a run on an idle machine with 2 processors; a run prints both."""


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
        compared = f"{limit.slow} / {limit.fast}"
        return f"{limit.profile:>12} {compared:<24} {self.ratio:5.2f}, at least {limit.times:.2f} ({share:.0%}): {word}"


def limits_of(profile: str) -> list[Limit]:
    """Return the limits of one profile."""
    return [limit for limit in LIMITS if limit.profile == profile]


def verdicts(result: dict[str, Any]) -> list[Verdict]:
    """Return each limit of the result's profile with the measured ratio."""
    by_name = summaries(result)
    return [Verdict(limit, by_name[limit.slow].fastest / by_name[limit.fast].fastest)
            for limit in limits_of(result["dataset"]["profile"])]  # fmt: skip


def unfit(result: dict[str, Any]) -> list[str]:
    """Return why the result cannot be judged: the contenders that did not run or failed."""
    reasons = [f"{name}: {reason}" for name, reason in result["skipped"].items()]
    return reasons + [f"{run['contender']}: {run['problem']}" for run in result["runs"] if run["problem"]]


def judge(results: Iterable[dict[str, Any]]) -> int:
    """Print the verdicts on all profiles; return the exit code."""
    codes = [_judge(result) for result in results]
    return max(codes, default=2)


def _judge(result: dict[str, Any]) -> int:
    reasons = unfit(result)
    if reasons:
        print(f"{result['dataset']['profile']}: no verdict:", *reasons, sep="\n  ")
        return 2
    judged = verdicts(result)
    print(*[verdict.line() for verdict in judged], sep="\n")
    return int(not all(verdict.passed for verdict in judged))


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
    sys.exit(judge([_measure(profile, options.data, settings_of(options)) for profile in profiles]))


if __name__ == "__main__":
    main()
