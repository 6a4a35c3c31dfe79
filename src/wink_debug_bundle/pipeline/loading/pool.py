"""Load tasks with worker processes: they read at the same time, and write one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from ...column_values import ArtifactKind
from ...database.writing import Written
from ...errors import BundleBuildError
from ..planning.tasks import Task
from ..publishing.write_errors import OutputError
from ..totals import BuildTotals
from .workers import DONE, READY, Failure, Worker, signals_held

_LOST = (EOFError, OSError)
"""What talking with a process that has died raises."""


@dataclass(slots=True)
class _Attempt:
    """A task in a worker's hands.

    `lines` is what was written of its artifacts before it, kept for a second try; `accounted` counts the groups that
    are in the account, `reported` those that this try has reported.
    """

    task: Task
    lines: Mapping[int, int] | None = None
    accounted: int = 0
    reported: int = 0
    is_retry: bool = False


class Pool:
    """Worker processes and the order of their turns.

    A worker that dies is replaced and its task tried once more: what it had committed is known to the database,
    what it had not committed never was.
    """

    def __init__(self, partial: Path, jobs: int) -> None:
        self._partial = partial
        self._idle: list[Worker] = []
        self._busy: dict[Worker, _Attempt] = {}
        self._ready: dict[int, Worker] = {}
        self._next = 0
        try:
            for _ in range(jobs):
                self._start_worker()
        except BaseException:
            self.close()
            raise

    def load(self, tasks: Iterable[Task], totals: BuildTotals) -> None:
        """Read and write every task, whose numbers follow those of the last call.

        Raises:
            BundleBuildError: a task failed, or two workers died of it.
        OutputError: a worker could not write.
        """
        waiting = iter(tasks)
        self._assign(waiting)
        while self._busy:
            channels = {worker.channel: worker for worker in self._busy}
            for channel in wait(list(channels)):
                self._serve(channels[channel], totals)  # type: ignore[index]
            self._assign(waiting)

    def close(self) -> None:
        """End the workers, whatever they do."""
        for worker in [*self._idle, *self._busy]:
            worker.kill()
        self._idle.clear()
        self._busy.clear()

    def _start_worker(self) -> None:
        with signals_held():
            self._idle.append(Worker(self._partial))

    def _assign(self, waiting: Iterator[Task]) -> None:
        """Give each idle worker the next task, as long as there are any."""
        while self._idle and (task := next(waiting, None)) is not None:
            self._hand_out(_Attempt(task))

    def _hand_out(self, attempt: _Attempt) -> None:
        worker = self._idle.pop()
        self._busy[worker] = attempt
        worker.assign(attempt.task)

    def _serve(self, worker: Worker, totals: BuildTotals) -> None:
        """Act on one message of a worker, or on its death."""
        try:
            message = worker.listen()
        except _LOST:
            self._replace(worker)
            return
        attempt = self._busy[worker]
        if isinstance(message, Failure):
            if message.of_output:
                raise OutputError(message.message, disk_full=message.disk_full)
            raise BundleBuildError(f"{_names(attempt.task)}: could not be imported: {message.message}")
        if message == READY:
            self._ready[attempt.task.number] = worker
        elif message == DONE:
            del self._busy[worker]
            self._idle.append(worker)
            self._next += 1
        else:
            self._count(attempt, message, totals)
        self._grant(totals)

    def _count(self, attempt: _Attempt, written: list[Written], totals: BuildTotals) -> None:
        """Account for a group, unless an earlier try has."""
        attempt.reported += 1
        if attempt.reported > attempt.accounted:
            attempt.accounted = attempt.reported
            totals.add(written)

    def _grant(self, totals: BuildTotals) -> None:
        """Let the next task's worker write, if it has something to write and is not at it already."""
        worker = self._ready.pop(self._next, None)
        if worker is None:
            return
        attempt = self._busy[worker]
        if attempt.lines is None:
            attempt.lines = totals.lines_of(attempt.task)
        worker.grant(attempt.lines)

    def _replace(self, worker: Worker) -> None:
        """Put a new worker in the place of a dead one, and let it try the task again."""
        attempt = self._busy.pop(worker)
        self._ready.pop(attempt.task.number, None)
        worker.kill()
        if attempt.is_retry:
            raise BundleBuildError(_lost(attempt.task, worker))
        self._start_worker()
        self._hand_out(_Attempt(attempt.task, lines=attempt.lines, accounted=attempt.accounted, is_retry=True))


def _lost(task: Task, worker: Worker) -> str:
    how = f"signal {-worker.process.returncode}" if worker.process.returncode < 0 else "an error"
    return (
        f"{_names(task)}: two worker processes were lost reading it (the last by {how}; signal 9 is often a lack of "
        "memory); try fewer --jobs"
    )


def _names(task: Task) -> str:
    first = task.splits[0]
    name = first.source.name
    if first.last is not None:
        unit = "members" if first.source.kind in (ArtifactKind.ARCHIVE, ArtifactKind.RUN) else "bytes"
        name += f" ({unit} {first.first} to {first.last})"
    return name if len(task.splits) == 1 else f"{name} and {len(task.splits) - 1} more"
