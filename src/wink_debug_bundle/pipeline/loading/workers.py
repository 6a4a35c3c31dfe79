"""Run worker processes, which read in parallel and write in turns.

A worker reads each task that it is given and keeps its rows until the task's turn; while it waits, it may be given
another task to read. So it holds the rows of a few tasks, and writes one when it is told to.

A worker is a fresh interpreter, connected to the building process by one pipe. It is not forked, because the builder
may have threads, and it does not import the caller's main module, so that a script needs no `__main__` guard. The pipe
carries tasks to the worker and counts back; the worker writes its rows to the file itself. When the builder dies, the
pipe closes and the worker exits.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from ...artifacts.split_reader import SplitReader
from ...database.connection import open_shared
from ...database.table_digests import Group, GroupHash
from ...database.writing import GroupWriter, Written
from ...processes.fresh_interpreter import interpreter_command
from ..planning.tasks import ReadTask, Task
from ..publishing.write_errors import is_disk_full, is_output_error, system_errors
from ..row_digests import answer

DONE = "done"
"""A worker's message: it has written a task, or closed the bundle."""

_RELEASE = "release"
"""The builder's message: no task is left; close the bundle."""

_OPEN = "open"
"""The builder's message to a released worker: open the bundle again, for hashing rows."""

_WATCH_SECONDS = 0.5
"""Seconds between two checks of a worker that its builder is alive."""

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker's message: it has read the task `number`, the whole of it or as much as it may keep in memory."""

    number: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """The builder's message: it is the turn of the task `number`.

    `lines` is the number of lines written so far of each artifact of the task.
    """

    number: int
    lines: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Failure:
    """A worker's last message: the task `number` failed, None if that was before the first.

    It carries no exception object, because not every exception can be pickled.

    Attributes:
        number: The number of the task.
        message: The type and text of the exception.
        is_output_error: Whether writing to the output failed.
        is_disk_full: Whether the disk was full.
    """

    number: int | None
    message: str
    is_output_error: bool
    is_disk_full: bool


class Worker:
    """A worker process, as its builder sees it."""

    def __init__(self, partial: Path) -> None:
        self.channel, worker_end = Pipe()
        # Without the garbage collector: a worker makes many rows, and none of them is part of a cycle.
        command = interpreter_command(
            __name__, (worker_end.fileno(), str(partial), os.getpid()), collects_garbage=False
        )
        self.process = subprocess.Popen(command, pass_fds=[worker_end.fileno()], stdin=subprocess.DEVNULL)
        worker_end.close()

    def assign(self, task: Task) -> None:
        """Give the worker its next task."""
        self._send(task)

    def grant(self, turn: Grant) -> None:
        """Let the worker write a task, because all earlier tasks are written."""
        self._send(turn)

    def release(self) -> IdleWorker:
        """Let the worker close the bundle, as no task is left for it.

        Raises:
            EOFError, OSError: the worker has died.
        """
        self.ask(_RELEASE)
        return IdleWorker(self)

    def kill(self) -> None:
        """Kill the process; SQLite discards a transaction that it has not committed."""
        self.process.kill()
        self.process.wait()
        self.channel.close()

    def receive(self) -> Any:
        """Wait for the worker's next message and return it.

        Raises:
            EOFError, OSError: the worker has died.
        """
        return _receive(self.channel)

    def ask(self, message: object) -> Any:
        """Send a message and return the answer.

        Raises:
            EOFError, OSError: the worker has died.
        """
        self._send(message)
        return self.receive()

    def _send(self, message: object) -> None:
        with suppress(ConnectionError):  # the worker has died; the next `receive` raises
            _send(self.channel, message)


class IdleWorker:
    """A worker that has no task left and hashes rows instead."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def open(self) -> None:
        """Let the worker open the bundle and read its schema.

        Raises:
            EOFError, OSError: the worker has died.
        """
        self._worker.ask(_OPEN)

    def hash(self, group: Group, inexact: Sequence[int]) -> GroupHash:
        """Wait for the hash of a group of rows.

        Raises:
            EOFError, OSError: the worker has died.
        """
        return GroupHash._make(self._worker.ask((group, inexact)))

    def close(self) -> None:
        """Kill the process."""
        self._worker.kill()


def _send(channel: Connection, message: object) -> None:
    """Send a message.

    `Connection.send` is not used: it exports a buffer, and Python 3.13 complains if Ctrl-C interrupts it there.
    """
    channel.send_bytes(pickle.dumps(message))


def _receive(channel: Connection) -> Any:
    return pickle.loads(channel.recv_bytes())  # noqa: S301 our own process sent it


@contextmanager
def signals_held() -> Iterator[None]:
    """Block signals while a worker starts, so that no signal arrives before the pool knows of the worker.

    The worker inherits the blocked signals, and unblocks them itself.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def main(descriptor: int, file: str, builder: int) -> None:
    """Run tasks until the builder closes the pipe.

    Args:
        descriptor: File descriptor of the pipe.
        file: Path of the bundle under construction.
        builder: Process id of the builder.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the group; the builder handles it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
    threading.Thread(target=_exit_with_builder, args=(builder,), daemon=True).start()
    channel = Connection(descriptor)
    tasks = _Tasks(channel, Path(file))
    try:
        tasks.run()
        if _receive(channel) == _OPEN:
            answer(Path(file), lambda: _receive(channel), lambda found: _send(channel, found))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(1)  # the builder is gone
    except Exception as error:  # noqa: BLE001 the builder reports every error
        with suppress(ConnectionError):
            _send(channel, tasks.failure(error))
    os._exit(0)  # without freeing each object, which takes as long as a tenth of the imports


class _Tasks:
    """The tasks of a worker: it reads each when it is given, and writes it in its turn.

    The bundle is touched during turns alone, also to open it: nothing else keeps another process from writing meanwhile.
    """

    def __init__(self, channel: Connection, file: Path) -> None:
        self._channel = channel
        self._file = file
        self._reader = SplitReader()
        self._writer: GroupWriter | None = None
        self._read: dict[int, ReadTask] = {}
        self._current: int | None = None

    def run(self) -> None:
        """Run tasks until none is left."""
        while (message := _receive(self._channel)) != _RELEASE:
            self._current = message.number
            if isinstance(message, Task):
                self._read_task(message)
            else:
                self._write_task(message)
        self._reader.close()
        if self._writer is not None:
            self._writer.connection.close()
        _send(self._channel, DONE)

    def failure(self, error: Exception) -> Failure:
        """Return the message that the current task failed."""
        message = f"{type(error).__name__}: {error}"
        return Failure(self._current, message, is_output_error(error), is_disk_full(error))

    def _read_task(self, task: Task) -> None:
        read = self._read[task.number] = ReadTask(self._reader, task)
        _send(self._channel, Ready(task.number, read.is_whole))

    def _write_task(self, turn: Grant) -> None:
        if self._writer is None:
            self._writer = GroupWriter(open_shared(self._file))
        with system_errors(self._writer.connection):
            self._read.pop(turn.number).write(self._writer, turn.lines, self._report)
        _send(self._channel, DONE)

    def _report(self, written: list[Written]) -> None:
        """Report the counts of a transaction, and check that the builder is alive.

        Raises:
            EOFError: the builder is gone.
        """
        _send(self._channel, written)
        if self._channel.poll():  # the builder sends nothing to a worker that writes, so this is the end of the pipe
            raise EOFError


def _exit_with_builder(builder: int) -> None:
    """Exit soon after the builder has died, also while this process reads a large member and does not use the pipe."""
    while os.getppid() == builder:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)
