"""Scan the parts of a bundle in several processes, or in this one, and pass on their messages."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from typing import Any

from ...errors import BundleBuildError, BundleError
from ...processes.fresh_interpreter import interpreter_command
from ..passes.part_scanning import PartScanner
from ..passes.scan_settings import Message, ScanSettings, TablePart
from . import scan_process
from .scan_process import receive, send

_SMALL_BYTES = 24 << 20
"""A smaller bundle is scanned in this process: another one takes a second to start."""
_WAITING = 4
"""Messages of all processes that wait to be taken; they hold rows."""


class ScanPool:
    """Processes that live for all passes over a bundle: to start takes each of them a part of a second.

    Each has a thread that gives it parts, and reads its messages.
    """

    def __init__(self, jobs: int, database_bytes: int) -> None:
        self._count = jobs if jobs > 1 and database_bytes >= _SMALL_BYTES else 0
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._left: Iterator[TablePart] = iter(())
        self._queue: queue.Queue[Any] = queue.Queue(_WAITING)
        self._is_stopped = False

    @property
    def has_processes(self) -> bool:
        """Return whether other processes scan."""
        return self._count > 0

    def scan(self, settings: ScanSettings, parts: Iterable[TablePart]) -> Iterator[Message]:
        """Yield the messages about all parts, in no certain order; parts are taken one by one, by several threads.

        Raises:
            BundleError: the bundle is damaged, or a process died.
        """
        if not self._count:
            with closing(PartScanner(settings)) as scanner:
                for part in parts:
                    yield from scanner.scan(part)
            return
        self.start()
        self._left = iter(parts)
        self._threads = [
            threading.Thread(target=self._drive, args=(each, settings), daemon=True) for each in self._processes
        ]
        for thread in self._threads:
            thread.start()
        yield from self._messages()

    def close(self) -> None:
        """End all processes."""
        self._is_stopped = True
        for process in self._processes:
            process.kill()
        while any(thread.is_alive() for thread in self._threads):
            with suppress(queue.Empty):
                self._queue.get(timeout=0.05)
        for process in self._processes:
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    stream.close()  # type: ignore[union-attr]

    def start(self) -> None:
        """Start the processes that are not there yet; they wait for what to do."""
        command = interpreter_command(scan_process.__name__)
        while len(self._processes) < self._count:
            self._processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))

    def _messages(self) -> Iterator[Message]:
        running = len(self._threads)
        while running:
            message = self._queue.get()
            if message is None:
                running -= 1
            elif isinstance(message, BaseException):
                raise message
            else:
                yield message

    def _drive(self, process: subprocess.Popen[bytes], settings: ScanSettings) -> None:
        """Give parts to a process until there are no more, and queue what it says."""
        try:
            send(process.stdin, settings)  # type: ignore[arg-type]
            while (part := self._take()) is not None:
                send(process.stdin, part)  # type: ignore[arg-type]
                while (message := receive(process.stdout)) is not None:  # type: ignore[arg-type]
                    self._queue.put(message)
                    if isinstance(message, BundleError):
                        return
            self._queue.put(None)
        except (OSError, EOFError):
            if not self._is_stopped:
                self._queue.put(BundleBuildError("a process that scans the bundle died; is there enough memory?"))
        except Exception as error:  # noqa: BLE001 - dividing the bundle failed, and the thread that waits raises it
            self._queue.put(error)

    def _take(self) -> TablePart | None:
        with self._lock:
            return None if self._is_stopped else next(self._left, None)
