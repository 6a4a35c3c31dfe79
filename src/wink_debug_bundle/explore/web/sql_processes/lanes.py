"""Lanes of SQL workers: quick statements never wait behind slow ones."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from msgspec.structs import replace

from .messages import Answer, Statement
from .process import WorkerProcess
from .served_file import ServedFile

QUICK_SECONDS = 0.7
"""Processor time of a statement in the quick lane; one that takes longer starts again in the slow lane.

Not the time on the clock, which passes also where the machine is busy with something else.
"""

_QUICK_WAITING = 3
"""By how much the time on the clock may be longer: a statement that waits for a slow disk is a slow one, too."""

_SLOW_WORKERS, _QUICK_WORKERS, _TRIALS = 2, 3, 2
"""One worker of the quick lane is always left to statements that were quick before."""

_SLOW_NICENESS = 19
_MOST_KNOWN, _LONGEST_KNOWN = 2000, 100_000
_DIED = "the process that ran the statement ended: it needed too much memory, or the bundle is damaged"


class Lane:
    """Some workers, and the statements that wait for one of them, first come, first served."""

    def __init__(self, bundle: ServedFile, workers: int, niceness: int) -> None:
        self._bundle = bundle
        self._niceness = niceness
        self._workers = workers
        self._turns = asyncio.Semaphore(workers)
        self._lock = threading.Lock()  # the server is stopped by another thread
        self._idle: list[WorkerProcess] = []
        self._all: set[WorkerProcess] = set()
        self._is_stopped = False

    def start(self) -> None:
        """Start the workers, so that the first pages need not wait for them."""
        self._idle = [self._new_worker() for _ in range(self._workers)]

    async def run(self, statement: Statement, belongs_here: Callable[[], bool] = lambda: True) -> Answer:
        """Run a statement when a worker is free, if it still belongs here."""
        async with aclosing(self.stream(statement, belongs_here)) as answers:
            async for answer in answers:
                return answer
        raise AssertionError("a lane always answers")

    async def stream(
        self, statement: Statement, belongs_here: Callable[[], bool] = lambda: True
    ) -> AsyncGenerator[Answer]:
        """Run a statement when a worker is free, and yield its answers; end a worker that cannot be interrupted."""
        async with self._turns:
            if not belongs_here():
                yield Answer("interrupted")
                return
            worker = self._idle.pop() if self._idle else self._new_worker()
            is_free = False
            try:
                async with aclosing(worker.stream(statement)) as answers:
                    async for answer in answers:
                        is_free = not (statement.in_blocks and answer.has_more)
                        yield answer
            except TimeoutError:
                yield Answer("interrupted")
            except (EOFError, OSError, ValueError):
                yield Answer("interrupted") if worker.used_its_time() else Answer("failed", error=_DIED)
            finally:  # also when the request is over, and with it the need for an answer
                if is_free:
                    self._idle.append(worker)
                else:
                    self._end(worker)

    def kill(self) -> None:
        """End all workers, for good. Any thread may call this."""
        with self._lock:
            self._is_stopped = True
            for worker in self._all:
                worker.kill()

    def close(self) -> None:
        """End all workers and close the sockets to them, in the event loop's thread."""
        self.kill()
        for worker in self._all:
            worker.close()

    def _new_worker(self) -> WorkerProcess:
        with self._lock:
            if self._is_stopped:
                raise asyncio.CancelledError
            worker = WorkerProcess(self._bundle, self._niceness)
            self._all.add(worker)
            return worker

    def _end(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.close()


class WorkerPool:
    """The quick lane and the slow lane, and which statements are known to be slow."""

    def __init__(self, bundle: ServedFile) -> None:
        self.quick = Lane(bundle, _QUICK_WORKERS, niceness=0)
        self.slow = Lane(bundle, _SLOW_WORKERS, _SLOW_NICENESS)
        self._trials = asyncio.Semaphore(_TRIALS)
        self._known: OrderedDict[str, bool] = OrderedDict()

    def start(self) -> None:
        """Start all workers."""
        self.quick.start()
        self.slow.start()

    def is_known_slow(self, sql: str) -> bool:
        """Return whether a statement took too long for the quick lane before."""
        return self._known.get(sql) is False

    async def run_quick(self, statement: Statement, seconds: float = QUICK_SECONDS) -> Answer:
        """Run a statement for as long as it may stay in the quick lane, and remember whether that is enough."""
        limited = replace(
            statement, seconds=min(statement.seconds, seconds * _QUICK_WAITING), processor_seconds=seconds
        )
        if self._known.get(statement.sql):
            return await self.quick.run(limited)
        async with self._trials:
            answer = await self.quick.run(limited, lambda: not self.is_known_slow(statement.sql))
        if answer.outcome == "rows" or limited.seconds >= QUICK_SECONDS:
            self._remember(statement.sql, is_quick=answer.outcome != "interrupted")
        return answer

    def _remember(self, sql: str, *, is_quick: bool) -> None:
        if len(sql) > _LONGEST_KNOWN:
            return
        self._known[sql] = is_quick
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def kill(self) -> None:
        """End all workers, for good. Any thread may call this."""
        self.quick.kill()
        self.slow.kill()

    def close(self) -> None:
        """End all workers and close the sockets to them, in the event loop's thread."""
        self.quick.close()
        self.slow.close()
