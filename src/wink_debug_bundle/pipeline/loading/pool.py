"""Load tasks with worker processes, which read in parallel and write in turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from multiprocessing.connection import wait
from pathlib import Path

from ...column_values import ArtifactKind
from ...database.writing import Written
from ...errors import BundleBuildError
from ..planning.tasks import Task
from ..publishing.write_errors import OutputError
from ..totals import BuildTotals
from .workers import DONE, Failure, Grant, IdleWorker, Ready, Worker, signals_held

_HASHERS = 2
"""Workers that hash rows while this process finishes the tables: one for each half of them."""

_HELD_TASKS = 2
"""Tasks whose rows a worker holds at most: one that waits for its turn, and one that it reads meanwhile."""

_WORKER_LOST = (EOFError, OSError)
"""What reading from the pipe of a dead worker raises."""


class _State(Enum):
    """How far a worker is with a task; PART means that it has read as much as it may keep until its turn."""

    READING = auto()
    PART = auto()
    WHOLE = auto()
    WRITING = auto()


@dataclass(slots=True)
class _Attempt:
    """A worker's attempt at a task.

    Attributes:
        task: The task.
        state: How far the worker is.
        lines: The number of lines of each artifact written before the task; a retry uses the same numbers.
        counted: Number of the task's groups that are in the totals.
        reported: Number of groups that the worker has reported in this attempt.
        is_retry: Whether another worker died of the task.
    """

    task: Task
    state: _State = _State.READING
    lines: Mapping[int, int] | None = None
    counted: int = 0
    reported: int = 0
    is_retry: bool = False


class Pool:
    """Worker processes, and the order in which they write.

    A worker that waits for its turn reads another task. A worker that dies is replaced, and its tasks are tried once
    more, one at a time. The database knows the groups that the dead worker had committed and skips them.
    """

    def __init__(self, partial: Path, jobs: int) -> None:
        self._partial = partial
        self._idle: list[Worker] = []
        self._busy: dict[Worker, list[_Attempt]] = {}
        self._ready: dict[int, Worker] = {}
        self._again: deque[_Attempt] = deque()
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
        """Give each worker that can read the next task, until no task is left."""
        while (worker := self._reader()) is not None and (attempt := self._next_attempt(worker, waiting)) is not None:
            if worker in self._idle:
                self._idle.remove(worker)
            self._busy.setdefault(worker, []).append(attempt)
            worker.assign(attempt.task)

    def _reader(self) -> Worker | None:
        """Return a worker that can read a task: an idle one, or else one that waits for its turn."""
        if self._idle:
            return self._idle[-1]
        return next((worker for worker, attempts in self._busy.items() if _may_read_on(attempts)), None)

    def _next_attempt(self, worker: Worker, waiting: Iterator[Task]) -> _Attempt | None:
        """Return a task of a dead worker for an idle one; else the next task."""
        if self._again:
            return self._again.popleft() if worker in self._idle else None
        task = next(waiting, None)
        return None if task is None else _Attempt(task)

    def _serve(self, worker: Worker, totals: BuildTotals) -> None:
        """Handle one message of a worker, or its death."""
        try:
            message = worker.receive()
        except _WORKER_LOST:
            self._replace(worker)
            return
        attempts = self._busy[worker]
        if isinstance(message, Failure):
            raise _error(message, attempts)
        if isinstance(message, Ready):
            attempt = _numbered(attempts, message.number)
            attempt.state = _State.WHOLE if message.is_whole else _State.PART
            self._ready[message.number] = worker
        elif message == DONE:
            self._finish(worker, attempts)
        else:
            self._count(_numbered(attempts, self._next), message, totals)
        self._grant(totals)

    def _finish(self, worker: Worker, attempts: list[_Attempt]) -> None:
        """Take note that the worker has written the task whose turn it was."""
        attempts.remove(_numbered(attempts, self._next))
        self._next += 1
        if not attempts:
            del self._busy[worker]
            self._idle.append(worker)

    def _count(self, attempt: _Attempt, written: list[Written], totals: BuildTotals) -> None:
        """Add a group to the totals, unless an earlier attempt reported it."""
        attempt.reported += 1
        if attempt.reported > attempt.counted:
            attempt.counted = attempt.reported
            totals.add(written)

    def _grant(self, totals: BuildTotals) -> None:
        """Let the worker of the next task write, if it has read it."""
        worker = self._ready.pop(self._next, None)
        if worker is None:
            return
        attempt = _numbered(self._busy[worker], self._next)
        attempt.state = _State.WRITING
        if attempt.lines is None:
            attempt.lines = totals.lines_of(attempt.task)
        worker.grant(Grant(self._next, attempt.lines))

    def _replace(self, worker: Worker) -> None:
        """Replace a dead worker by a new one; its tasks are tried again."""
        attempts = self._busy.pop(worker)
        worker.kill()
        for attempt in attempts:
            self._ready.pop(attempt.task.number, None)
            if attempt.is_retry:
                raise BundleBuildError(_workers_lost(attempt.task, worker))
            again = _Attempt(attempt.task, lines=attempt.lines, counted=attempt.counted, is_retry=True)
            self._again.append(again)
        self._start_worker()


def _may_read_on(attempts: list[_Attempt]) -> bool:
    """Return whether a worker with these tasks waits, and may read one more meanwhile.

    One that has not read all of its task still needs the files that are open. One that repeats a task gets no other, so
    that the error of a second death names the right task.
    """
    is_waiting = all(attempt.state is _State.WHOLE and not attempt.is_retry for attempt in attempts)
    return is_waiting and len(attempts) < _HELD_TASKS


def _numbered(attempts: Iterable[_Attempt], number: int) -> _Attempt:
    return next(attempt for attempt in attempts if attempt.task.number == number)


def _error(failure: Failure, attempts: list[_Attempt]) -> Exception:
    """Return the exception that says why a task failed."""
    if failure.is_output_error:
        return OutputError(failure.message, is_disk_full=failure.is_disk_full)
    failed = attempts[0] if failure.number is None else _numbered(attempts, failure.number)
    return BundleBuildError(f"{_description(failed.task)}: could not be imported: {failure.message}")


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
