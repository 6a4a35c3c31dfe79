"""Compare a shard with a plain build of the same runs: python -m benchmarks.shard.

Each round runs every command once, each in a process of its own: a plain bundle, a packed one, the shard, and the shard
without its bundle. Medians of the rounds are printed, as processor time and as time by the clock, and their ratio to the
plain bundle.
"""

from __future__ import annotations

import argparse
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.data import DATA
from benchmarks.dataset import Recipe
from benchmarks.run import fetch
from wink_debug_bundle import run_shard
from wink_debug_bundle.dataset.executors import task_process
from wink_debug_bundle.dataset.shard_planning.frozen_plan import Plan
from wink_debug_bundle.dataset.shard_planning.next_work import next_work
from wink_debug_bundle.dataset.shard_planning.source_listing import list_sources
from wink_debug_bundle.dataset.shard_task import ShardTask
from wink_debug_bundle.dataset.storage import Storage
from wink_debug_bundle.processes.fresh_interpreter import interpreter_command

_ALL_IN_ONE = 1 << 50
"""Bytes of a shard that has all runs."""

PLAIN = "plain build"


@dataclass(frozen=True)
class Time:
    """Seconds of a command: of processor time, and by the clock."""

    processor: float
    clock: float


def task_of(runs: Path, dataset: Path) -> ShardTask:
    """Return the task that makes one shard of all runs."""
    storage = Storage.open(str(dataset))
    listing = list_sources(str(runs), storage)
    shards = next_work(listing.sources, [], set(), {}, _ALL_IN_ONE).shards
    (task,) = Plan(listing.url, shards).tasks(storage.url)
    return task


def given_to_run(task: ShardTask) -> bytes:
    """Return what the process of a task reads to run it, as in a build on this machine."""
    pickled = pickle.dumps((run_shard, (task,), {}))
    return len(pickled).to_bytes(8, "big") + pickled


def time_of(command: list[str], given: bytes = b"") -> Time:
    """Run a command that reads `given`, and return what it took, with its children."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    with process.stdin as stream:  # its end would stop the process of a task
        stream.write(given)
        stream.flush()
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]}: failed with {process.returncode}")
    return Time(used.ru_utime + used.ru_stime, time.monotonic() - started)


def measured(runs: Path, folder: Path, rounds: int) -> Mapping[str, list[Time]]:
    """Return what each command took in each round, with its outputs in a folder."""
    output = folder / "out"
    task = task_of(runs, output)
    create = [sys.executable, "-m", "wink_debug_bundle", "create", str(runs), "-r", "--jobs", "1", "--progress", "none"]
    run_task = interpreter_command(task_process.__name__)
    commands: dict[str, Callable[[], Time]] = {
        PLAIN: lambda: time_of([*create, "--output", str(output / "bundle.db")]),
        "packed build": lambda: time_of([*create, "--output", str(output / "bundle.db.zst")]),
        "shard": lambda: time_of(run_task, given_to_run(task)),
        "shard without bundle": lambda: time_of(run_task, given_to_run(replace(task, keeps_bundle=False))),
    }
    found: dict[str, list[Time]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, run in commands.items():
            output.mkdir()
            found[name].append(run())
            shutil.rmtree(output)
    return found


def main() -> None:
    """Print the medians and ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shard", description=__doc__)
    parser.add_argument("--runs", type=Path, help="folder of runs; default: the dataset of a profile")
    parser.add_argument("--profile", default="evaluation")
    parser.add_argument("--gigabytes", type=float, default=0.42)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the datasets")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where outputs are made, and removed; default: TMPDIR")
    options = parser.parse_args()
    runs = options.runs or fetch(Recipe(options.profile, options.gigabytes), options.data).input
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        found = measured(runs.absolute(), Path(folder), options.rounds)
    medians = {
        name: (statistics.median(each.processor for each in times), statistics.median(each.clock for each in times))
        for name, times in found.items()
    }
    for name, (processor, clock) in medians.items():
        ratios = f"{processor / medians[PLAIN][0]:.2f} and {clock / medians[PLAIN][1]:.2f} times"
        print(f"{name:<22}{processor:6.2f} s of processor time, {clock:6.2f} s by the clock; {ratios}")


if __name__ == "__main__":
    main()
