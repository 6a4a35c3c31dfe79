"""Run each task in a fresh interpreter on this machine, so that one that dies takes no other task with it.

A fresh interpreter does not import the caller's main module, so that a script needs no `__main__` guard.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from ...errors import BundleBuildError
from ...processes.fresh_interpreter import interpreter_command
from . import task_process

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_PATIENCE = 10.0
"""Seconds that a process may take to remove its files when it is stopped."""


class ProcessExecutor(Executor):
    """Runs up to `jobs` tasks at once, each in a process of its own that ends with it."""

    def __init__(self, jobs: int) -> None:
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="shard")
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_stopped = False

    def submit(
        self, fn: Callable[_Parameters, _Result], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Future[_Result]:
        """Run a function that can be pickled in a process; the future has what it returns or raises."""
        return self._threads.submit(self._run, pickle.dumps((fn, args, kwargs)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as declared
        """Take no more tasks; with `cancel_futures`, stop those that run."""
        if cancel_futures:
            with self._lock:
                self._is_stopped = True
                for process in self._running:
                    process.terminate()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def _run(self, task: bytes) -> Any:
        """Run a pickled task in a process, and return what it returns.

        Raises:
            BundleBuildError: the process died.
        """
        command = interpreter_command(task_process.__name__)
        with self._lock:
            if self._is_stopped:
                raise BundleBuildError("stopped before it began")
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._running.add(process)
        try:
            answer = _answer(process, task)
        finally:
            with self._lock:
                self._running.discard(process)
            _end(process)
        if not answer:
            raise BundleBuildError(f"its process ended with {_how(process.returncode)}")
        is_result, value = pickle.loads(answer)  # noqa: S301 - written by our own process
        if not is_result:
            raise value
        return value


def _answer(process: subprocess.Popen[bytes], task: bytes) -> bytes:
    """Give the task to the process, and return all that it writes; its input stays open, as its end means to stop."""
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    with suppress(BrokenPipeError):
        process.stdin.write(len(task).to_bytes(8, "big") + task)
        process.stdin.flush()
    return process.stdout.read()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait until the process has ended; stop it if it has not after a while."""
    with suppress(BrokenPipeError):
        process.stdin.close()  # type: ignore[union-attr]
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()  # type: ignore[union-attr]


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
