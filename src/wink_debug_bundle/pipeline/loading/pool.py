"""Load tasks with worker processes, which read in parallel and write in turns."""

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
from .workers import DONE, READY, Failure, IdleWorker, Worker, signals_held

_HASHERS = 2
"""Workers that hash rows while this process finishes the tables: one for each half of them."""

_WORKER_LOST = (EOFError, OSError)
"""What reading from the pipe of a dead worker raises."""


@dataclass(slots=True)
class _Attempt:
    """A worker's attempt at a task.

    Attributes:
        task: The task.
        lines: The number of lines of each artifact written before the task; a retry uses the same numbers.
        counted: Number of the task's groups that are in the totals.
        reported: Number of groups that the worker has reported in this attempt.
        is_retry: Whether another worker died of the task.
    """

    task: Task
    lines: Mapping[int, int] | None = None
    counted: int = 0
    reported: int = 0
    is_retry: bool = False


class Pool:
    """Worker processes, and the order in which they write.

    A worker that dies is replaced, and its task is tried once more. The database knows the groups that the dead worker
    had committed and skips them.
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
        """Read and write every task, and add its counts to `totals`; task numbers continue those of the last call.

        Raises:
            BundleBuildError: a task failed, or two workers died of it.
            OutputError: a worker could not write to the output.
        """
        waiting = iter(tasks)
        self._assign(waiting)
        while self._busy:
            channels = {worker.channel: worker for worker in self._busy}
            for channel in wait(list(channels)):
                self._serve(channels[channel], totals)  # type: ignore[index]
            self._assign(waiting)

    def release_hashers(self) -> list[IdleWorker]:
        """Take up to two workers out of the pool, which close the bundle, and return those that are alive."""
        released = []
        for worker in [self._idle.pop() for _ in range(min(len(self._idle), _HASHERS))]:
            try:
                released.append(worker.release())
            except _WORKER_LOST:
                worker.kill()
        return released

    def close(self) -> None:
        """Kill the workers, busy or not."""
        for worker in [*self._idle, *self._busy]:
            worker.kill()
        self._idle.clear()
        self._busy.clear()

    def _start_worker(self) -> None:
        with signals_held():
            self._idle.append(Worker(self._partial))

    def _assign(self, waiting: Iterator[Task]) -> None:
        """Give each idle worker the next task, until no task is left."""
        while self._idle and (task := next(waiting, None)) is not None:
            self._start(_Attempt(task))

    def _start(self, attempt: _Attempt) -> None:
        worker = self._idle.pop()
        self._busy[worker] = attempt
        worker.assign(attempt.task)

    def _serve(self, worker: Worker, totals: BuildTotals) -> None:
        """Handle one message of a worker, or its death."""
        try:
            message = worker.receive()
        except _WORKER_LOST:
            self._replace(worker)
            return
        attempt = self._busy[worker]
        if isinstance(message, Failure):
            if message.is_output_error:
                raise OutputError(message.message, is_disk_full=message.is_disk_full)
            raise BundleBuildError(f"{_description(attempt.task)}: could not be imported: {message.message}")
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
        """Add a group to the totals, unless an earlier attempt reported it."""
        attempt.reported += 1
        if attempt.reported > attempt.counted:
            attempt.counted = attempt.reported
            totals.add(written)

    def _grant(self, totals: BuildTotals) -> None:
        """Let the worker of the next task write, if it waits for its turn."""
        worker = self._ready.pop(self._next, None)
        if worker is None:
            return
        attempt = self._busy[worker]
        if attempt.lines is None:
            attempt.lines = totals.lines_of(attempt.task)
        worker.grant(attempt.lines)

    def _replace(self, worker: Worker) -> None:
        """Replace a dead worker by a new one, which tries the task again."""
        attempt = self._busy.pop(worker)
        self._ready.pop(attempt.task.number, None)
        worker.kill()
        if attempt.is_retry:
            raise BundleBuildError(_workers_lost(attempt.task, worker))
        self._start_worker()
        self._start(_Attempt(attempt.task, lines=attempt.lines, counted=attempt.counted, is_retry=True))


def _workers_lost(task: Task, worker: Worker) -> str:
    cause = f"signal {-worker.process.returncode}" if worker.process.returncode < 0 else "an error"
    return (
        f"{_description(task)}: two worker processes died reading it (the second of {cause}; signal 9 often means that "
        "memory ran out); try fewer --jobs"
    )


def _description(task: Task) -> str:
    """Return the name of the task's first artifact and the part read of it, for a message."""
    first = task.splits[0]
    name = first.source.name
    if first.last is not None:
        unit = "members" if first.source.kind in (ArtifactKind.ARCHIVE, ArtifactKind.RUN) else "bytes"
        name += f" ({unit} {first.first} to {first.last})"
    return name if len(task.splits) == 1 else f"{name} and {len(task.splits) - 1} more"
