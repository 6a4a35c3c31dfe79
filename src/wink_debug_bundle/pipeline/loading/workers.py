"""Worker processes that read in parallel and write in turns.

A worker is a fresh interpreter that talks with the builder over one pipe: no fork (the builder may have threads),
no re-import of the caller's main module (a script needs no guard). What travels is a task there and small accounts
back; rows go from the worker straight into the file. When the builder dies, the pipe ends, and so does the worker.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from ...artifacts.split_reader import SplitReader
from ...database.connection import open_shared
from ...database.writing import Written
from ..planning.tasks import Task, run_task
from ..publishing.write_errors import is_disk_full, is_of_output, system_errors

_BOOT = "import sys; sys.path[:] = {path!r}; from {module} import main; main({descriptor}, {file!r}, {builder})"

READY = "ready"
DONE = "done"

_WATCH_SECONDS = 0.5

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Failure:
    """A worker's last word: what went wrong, in a form that any process can read."""

    message: str
    of_output: bool
    disk_full: bool


class Worker:
    """The builder's end of one worker process."""

    def __init__(self, partial: Path) -> None:
        self.channel, theirs = Pipe()
        boot = _BOOT.format(
            path=sys.path, module=__name__, descriptor=theirs.fileno(), file=str(partial), builder=os.getpid()
        )
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", boot], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
        )
        theirs.close()

    def assign(self, task: Task) -> None:
        """Give the worker its next task."""
        self._send(task)

    def grant(self, lines: Mapping[int, int]) -> None:
        """Let the worker write: every task before its own is written."""
        self._send(lines)

    def kill(self) -> None:
        """End the process at once; a transaction that it has not committed never was."""
        self.process.kill()
        self.process.wait()
        self.channel.close()

    def listen(self) -> Any:
        """The worker's next message.

        Raises:
            EOFError, OSError: it is gone.
        """
        return _receive(self.channel)

    def _send(self, message: Task | Mapping[int, int]) -> None:
        with suppress(ConnectionError):  # it has died; its end of the pipe says so to whoever listens next
            _send(self.channel, message)


def _send(channel: Connection, message: object) -> None:
    """Send any message; `Connection.send` shares a buffer, of whose end Python 3.13 complains where Ctrl-C hits it."""
    channel.send_bytes(pickle.dumps(message))


def _receive(channel: Connection) -> Any:
    return pickle.loads(channel.recv_bytes())  # noqa: S301 of our own process


@contextmanager
def signals_held() -> Iterator[None]:
    """Let signals wait while a worker starts: it inherits that, and none is lost between its start and its list."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def main(descriptor: int, file: str, builder: int) -> None:
    """Serve tasks until the builder, whose process id is given, has no more, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the builder decides
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    gc.disable()  # rows are many, and none refers to itself
    threading.Thread(target=_end_with, args=(builder,), daemon=True).start()
    channel = Connection(descriptor)
    try:
        connection = open_shared(Path(file))
        reader = SplitReader()
        while True:
            task = _receive(channel)
            with system_errors(connection):
                run_task(
                    connection, reader, task, lambda: _wait_for_turn(channel), lambda written: _report(channel, written)
                )
            _send(channel, DONE)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(1)  # nobody is left to tell
    except Exception as error:  # noqa: BLE001 whatever it is, the builder must know
        with suppress(ConnectionError):
            _send(channel, Failure(f"{type(error).__name__}: {error}", is_of_output(error), is_disk_full(error)))


def _end_with(builder: int) -> None:
    """End this process soon after its builder, also while it reads a member of many GB and does not look at the pipe."""
    while os.getppid() == builder:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def _wait_for_turn(channel: Connection) -> Mapping[int, int]:
    _send(channel, READY)
    lines: Mapping[int, int] = _receive(channel)
    return lines


def _report(channel: Connection, written: list[Written]) -> None:
    """Tell what was written; between transactions is also the time to notice that the builder is gone."""
    _send(channel, written)
    if channel.poll():  # nothing is sent to a worker that writes, so this is the end of the pipe
        raise EOFError
