"""Builds of datasets on this machine, Dask and Ray whose processes are killed, and how many of them there are."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.command_runner import command_line
from support.dataset_files import EVALUATION, SMALL_SHARDS, hashes
from support.process_table import child_processes, process_command, session_processes, wait_until
from wink_debug_bundle import Dataset, DatasetBuild

WORKER_KILLS = int(os.environ.get("WINK_WORKER_KILLS", "3"))
DRIVER_KILLS = int(os.environ.get("WINK_DRIVER_KILLS", "1"))
"""How many workers and builds are killed, each at a random moment of its own."""

ENGINE_RUNS = int(os.environ.get("WINK_ENGINE_RUNS", "60"))
"""How many runs all engines are given."""

ENGINES = ("local", "dask", "ray")

_SEED = os.environ.get("WINK_FAULT_SEED", "5")

_MOST_TRIES = 20
"""How often a build is begun again that has ended before the moment at which something of it was to be killed."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Something that builds shards.

    Attributes:
        choice: How the command names it.
        executor: What the API takes.
        busy: Returns the processes that build shards now.
    """

    choice: str
    executor: Executor | None
    busy: Callable[[], Sequence[int]]


def cases(count: int) -> list[tuple[str, int]]:
    """Return so many pairs of an engine and a number, one engine after the other."""
    return [(ENGINES[number % len(ENGINES)], number) for number in range(count)]


def luck_of(kind: str, number: int) -> random.Random:
    """Return the random numbers of one case."""
    return random.Random(f"{_SEED} {kind} {number}")


def local_engine() -> Engine:
    """Return the processes that a build starts on this machine."""
    return Engine("local", None, lambda: [pid for pid in below(os.getpid()) if "task_process" in process_command(pid)])


@contextmanager
def dask_engine(distributed: Any) -> Iterator[Engine]:
    """Yield a Dask cluster of two processes."""
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        executor = client.get_executor(pure=False, retries=3)
        yield Engine(f"dask:{cluster.scheduler_address}", executor, lambda: [*client.run(os.getpid).values()])


@contextmanager
def ray_engine(ray: Any, executor_of: Callable[[str], Any]) -> Iterator[Engine]:
    """Yield a Ray cluster of two processors."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        address = ray.get_runtime_context().gcs_address
        with executor_of("ray:") as executor:
            yield Engine(
                f"ray:{address}",
                executor,
                lambda: [pid for pid in below(os.getpid()) if process_command(pid).startswith("ray::_call")],
            )
    finally:
        ray.shutdown()


def below(pid: int) -> list[int]:
    """Return the living processes that a process started, those that these started, and so on."""
    return [each for child in child_processes(pid) for each in (child, *below(child))]


def build_with_a_kill(
    engine: Engine, place: Callable[[int], Path], luck: random.Random, seconds: float
) -> DatasetBuild:
    """Build a dataset, and kill one of its workers at a random moment while shards are built; return what was done.

    Args:
        engine: What builds it.
        place: Returns where it is built at each try; one that ends before the moment does not count.
        luck: Decides about the moment and the worker.
        seconds: How long an undisturbed build takes.
    """
    for attempt in range(_MOST_TRIES):
        killed: list[int] = []
        is_done = threading.Event()
        killer = threading.Thread(target=_kill_one, args=(engine, luck, seconds, killed, is_done))
        killer.start()
        try:
            done = Dataset.build(EVALUATION, place(attempt), executor=engine.executor, jobs=2, shard_bytes=SMALL_SHARDS)
        finally:
            is_done.set()
            killer.join()
        if killed:
            return done
    raise AssertionError(f"{_MOST_TRIES} builds ended before a worker could be killed")


def _kill_one(engine: Engine, luck: random.Random, seconds: float, killed: list[int], is_done: threading.Event) -> None:
    """Kill a worker that is busy after a random time, unless the build is done before."""
    is_done.wait(luck.random() * seconds * 0.9)
    while not is_done.wait(0.002):
        busy = engine.busy()
        if busy and not is_done.is_set():
            victim = luck.choice(sorted(busy))
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)
            return


def start_build(engine: Engine, output: Path) -> subprocess.Popen[bytes]:
    """Start the command that builds the dataset, as the first process of a session."""
    options = ("--executor", engine.choice, "--shard-size", str(SMALL_SHARDS / 2**20), "--quiet")
    jobs = ("--jobs", "2") if engine.choice == "local" else ()
    return subprocess.Popen(
        command_line("dataset", "build", EVALUATION, output, *options, *jobs),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_for_session_end(session: int) -> None:
    """Wait until all processes of a session have ended."""
    wait_until(lambda: not session_processes(session))


def build_after_a_kill(engine: Engine, place: Callable[[int], Path], luck: random.Random, seconds: float) -> Path:
    """Start a build, kill it at a random moment, and at once start it again; return where the dataset is.

    Args:
        engine: What builds it.
        place: Returns where it is built at each try; one that ends before the moment does not count.
        luck: Decides about the moment.
        seconds: How long an undisturbed build takes.
    """
    for attempt in range(_MOST_TRIES):
        output = place(attempt)
        running = start_build(engine, output)
        time.sleep(luck.random() * seconds)
        running.kill()
        if running.wait() == -signal.SIGKILL:
            assert start_build(engine, output).wait() == 0
            wait_for_session_end(running.pid)
            return output
    raise AssertionError(f"{_MOST_TRIES} builds ended before they could be killed")


def assert_undisturbed(output: Path, expected: Mapping[str, str]) -> None:
    """Assert that a dataset has exactly these files, each source once, and that all of it is sound."""
    opened = Dataset.open(output)
    assert (opened.missing_count, opened.totals.results) == (0, {"error": 3, "failed": 2, "passed": 1})
    assert hashes(output) == expected
    assert opened.verify(against=EVALUATION).findings == ()
