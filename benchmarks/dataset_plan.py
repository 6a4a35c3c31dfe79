"""Measure the plan of a dataset of very many runs, and `info` over as many commits: python -m benchmarks.dataset_plan.

The runs are files without content (sparse ones, of 5.3 MB each), as planning opens none; the commits are generated, as
building the shards would take days.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wink_debug_bundle.database.schema_files import SCHEMA_VERSION
from wink_debug_bundle.dataset.commits import Commit, LedgerSum, StoredFile, TableFile
from wink_debug_bundle.dataset.parquet_tables import stored_tables
from wink_debug_bundle.dataset.shard_outcomes.outcome_rows import (
    ExperimentSum,
    NameCount,
    NumberSums,
    ReasonCount,
    ShardOutcome,
    ToolTime,
)
from wink_debug_bundle.dataset.shard_planning.frozen_plan import read_plan, read_steps
from wink_debug_bundle.dataset.shard_planning.planned_shard import PlannedShard
from wink_debug_bundle.dataset.storage import Storage
from wink_debug_bundle.explore.outcome import EvaluationOutcome, ResultCounts

_RUNS_IN_FOLDER = 1000
_RUN_BYTES = 5_300_000
_RUN = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
"""Runs a command, and prints its seconds of processor time and its most memory, in kB."""

_REASON = "the file that the tool was to read does not exist in the folder of the run: no such file or directory"

_NO_SHARD = "100000/100000"
"""The part of the shards that has no shard, so that a build plans and builds nothing."""


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds of processor time, and the most memory that it had, in MB."""

    seconds: float
    megabytes: float


def write_runs(folder: Path, count: int) -> None:
    """Write files that have the names and the sizes of the zips of runs, and no content."""
    chance = random.Random(1)
    for number in range(count):
        place = folder / f"evaluation-{number // 50_000:02}" / f"worker-{number // _RUNS_IN_FOLDER:04}"
        if number % _RUNS_IN_FOLDER == 0:
            place.mkdir(parents=True)
        name = f"{uuid.UUID(int=chance.getrandbits(128))}_20261128_{number % _RUNS_IN_FOLDER:06}.zip"
        descriptor = os.open(place / name, os.O_CREAT | os.O_WRONLY)
        os.ftruncate(descriptor, _RUN_BYTES + chance.randrange(100_000))
        os.close(descriptor)


def write_commits(dataset: Path) -> int:
    """Commit all planned shards, as if each had been built; return their number."""
    storage = Storage.open(str(dataset))
    shards = [shard for step in read_steps(storage) for shard in read_plan(storage, step).shards]
    for shard in shards:
        commit = _commit(shard)
        storage.create(commit.name, commit.as_json)
    return len(shards)


def cost_of(*arguments: str | Path) -> Cost:
    """Run a command of the package, and return what it took.

    A small process of its own runs it: the memory of a process counts as that of its children, too, until they execute.
    """
    command = [sys.executable, "-c", _RUN, sys.executable, "-m", "wink_debug_bundle", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seconds, kilobytes = done.stdout.split()
    return Cost(float(seconds), int(kilobytes) / 1024)


def measured(folder: Path, count: int) -> Iterator[tuple[str, Cost]]:
    """Yield what each command took over a dataset of so many runs, made in a folder."""
    runs, dataset = folder / "runs", folder / "dataset"
    write_runs(runs, count)
    plan = ("dataset", "build", runs, dataset, "--shard", _NO_SHARD)
    yield f"plan of {count:,} runs", cost_of(*plan)
    shards = write_commits(dataset)
    yield f"plan again, {shards:,} shards committed", cost_of("dataset", "build", runs, dataset)
    yield f"info of {shards:,} commits", cost_of("info", dataset)


def _commit(shard: PlannedShard) -> Commit:
    """Return a commit that has a file of each table, as that of a real shard."""
    sources = shard.sources
    table = TableFile(1_000, 1_000, 100_000, shard.id * 2)
    return Commit(
        shard.id,
        SCHEMA_VERSION,
        "0",
        sources[0].name,
        len(sources),
        shard.size,
        "2:" + shard.id * 2,
        dict.fromkeys(stored_tables(), table),
        {"imported": LedgerSum(1_000, shard.size)},
        {"passed": len(sources)},
        0,
        _outcome(sources[0].name, [source.name for source in sources]),
        StoredFile(1_000_000, shard.id * 2),
        shard.replaces,
    )


def _outcome(name: str, names: Sequence[str]) -> ShardOutcome:
    """Return an outcome with as many reasons, tools and names as an evaluation usually has, some of this shard alone."""
    evaluation = f"evaluation-{name[11:13]}"
    runs = len(names)
    counts = runs // 2, runs - runs // 2
    return ShardOutcome(
        runs=ResultCounts(*counts),
        numbers=NumberSums(runs * 30, runs, runs * 90_000, runs * 4_000, runs * 60_000, runs * 94_000),
        first_time="2026-11-28T10:00:00Z",
        last_time="2026-11-28T11:00:00Z",
        evaluations=(EvaluationOutcome(evaluation, runs, *counts, 0, 0, 50.0),),
        experiments=tuple(
            ExperimentSum(evaluation, f"experiment-{number}", runs, *counts, 0, 0, runs / 2, runs, runs * 94_000)
            for number in range(2)
        ),
        reasons=tuple(
            ReasonCount(
                evaluation,
                "tool",
                f"tool_{number}",
                f"{_REASON} {name if number < 5 else number}",
                number,
                _REASON,
                1,
                None,
            )
            for number in range(15)
        ),
        models=(NameCount("a-model-of-today", runs * 30), NameCount("a-smaller-model", runs)),
        adapters=(NameCount("claude_agent_sdk", runs),),
        tools=tuple(ToolTime(f"tool_{number}", runs * 3, runs * 1234.5, 9876.5) for number in range(12)),
        run_marks=b"".join(hashlib.sha256(each.encode()).digest()[:8] for each in names),
    )


def main() -> None:
    """Print what each command took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the files are made, and removed; default: TMPDIR")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        started = time.monotonic()
        for what, cost in measured(Path(folder), options.runs):
            print(f"{what}: {cost.seconds:.1f} s of processor time, {cost.megabytes:.0f} MB", flush=True)
        print(f"({time.monotonic() - started:.0f} s in all)")


if __name__ == "__main__":
    main()
