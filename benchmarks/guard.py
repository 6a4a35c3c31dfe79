"""Fail if building has become slow: `python -m benchmarks.guard`, exit 1 if a ratio is too low, 2 if it is unknown.

Ratios are compared, not seconds, because seconds differ from machine to machine. A ratio is that of the fastest runs of
two contenders: other programs on the machine only ever add time.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders.registry import CONTENDERS
from benchmarks.data import DATA
from benchmarks.dataset import Recipe
from benchmarks.report import summaries
from benchmarks.run import add_run_options, compare, fetch, settings_of

RECIPE = Recipe("logs", 0.08)
ROUNDS = 3


@dataclass(frozen=True)
class Limit:
    """The contender `slow` must take at least `times` as long as `fast`."""

    slow: str
    fast: str
    times: float


LIMITS = (
    Limit("specification", "ours-2", 1.8),
    Limit("sqlite-utils", "ours-2", 2.5),
    Limit("duckdb", "ours-2", 0.5),
    Limit("floor", "ours-2", 0.12),
    Limit("ours-1", "ours-2", 0.8),
)
"""Lower than the ratios for a large input, where the time to start a process, similar for all, hardly matters."""

NAMES = sorted({name for limit in LIMITS for name in (limit.slow, limit.fast)})


def verdicts(result: dict[str, Any]) -> list[tuple[Limit, float]]:
    """Return each limit with the measured ratio."""
    by_name = summaries(result)
    return [(limit, by_name[limit.slow].fastest / by_name[limit.fast].fastest) for limit in LIMITS]


def unfit(result: dict[str, Any]) -> list[str]:
    """Return why the result cannot be judged: the contenders that did not run or failed."""
    reasons = [f"{name}: {reason}" for name, reason in result["skipped"].items()]
    return reasons + [f"{run['contender']}: {run['problem']}" for run in result["runs"] if run["problem"]]


def judge(result: dict[str, Any]) -> int:
    """Print the verdict; return the exit code."""
    reasons = unfit(result)
    if reasons:
        print("no verdict:", *reasons, sep="\n  ")
        return 2
    judged = verdicts(result)
    for limit, ratio in judged:
        word = "ok" if ratio >= limit.times else "TOO LOW"
        print(f"{limit.slow:>14} / {limit.fast}: {ratio:5.2f}, at least {limit.times:.2f}: {word}")
    return int(any(ratio < limit.times for limit, ratio in judged))


def main() -> None:
    """Run the small profile and judge it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the datasets")
    add_run_options(parser, ROUNDS)
    options = parser.parse_args()
    dataset = fetch(RECIPE, options.data)
    path = compare(dataset, [CONTENDERS[name] for name in NAMES], settings_of(options))
    sys.exit(judge(json.loads(path.read_text())))


if __name__ == "__main__":
    main()
