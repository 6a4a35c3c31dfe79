"""Run the tasks of a dataset on an executor: try a failed one again, and report those that fail for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass

from ...terminal_text import visible
from ..shard_task import ShardTask
from ..shard_work.shard_build import run_shard
from ..shard_work.shard_report import ShardReport

_ATTEMPTS = 2
"""How often a task is tried; engines may try it more often by themselves."""

_WAITING = 1000
"""Tasks that are given to an executor at once."""

OnDone = Callable[[ShardTask], None]


@dataclass(frozen=True, slots=True)
class ShardFailure:
    """A shard that could not be built: the names of its sources, and why."""

    shard_id: str
    sources: tuple[str, ...]
    reason: str


def run_tasks(
    executor: Executor, tasks: Iterable[ShardTask], on_done: OnDone
) -> tuple[list[ShardReport], list[ShardFailure]]:
    """Run all tasks; return the reports of those that succeeded, and the failures of the others."""
    left = iter(tasks)
    futures: dict[Future[ShardReport], tuple[ShardTask, int]] = {}
    reports: list[ShardReport] = []
    failures: list[ShardFailure] = []

    def give(task: ShardTask, attempt: int) -> None:
        try:
            futures[executor.submit(run_shard, task)] = task, attempt
        except (BrokenExecutor, RuntimeError) as error:  # it takes no tasks any more
            failures.append(_failure(task, error))

    while True:
        while len(futures) < _WAITING and (task := next(left, None)) is not None:
            give(task, 1)
        if not futures:
            return reports, failures
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        for future in done:
            task, attempt = futures.pop(future)
            error = future.exception()
            if error is not None and attempt < _ATTEMPTS:
                give(task, attempt + 1)
                continue
            if error is None:
                reports.append(future.result())
            else:
                failures.append(_failure(task, error))
            on_done(task)


def _failure(task: ShardTask, error: BaseException) -> ShardFailure:
    names = tuple(source.name for source in task.sources)
    return ShardFailure(task.shard_id, names, visible(str(error) or type(error).__name__))
