"""Builds and compactions in a process of their own that wait before each step: python -m support.stepping_process WORK OPERATIONS PLACE ..."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.dataset_files import build_here
from wink_debug_bundle import Dataset
from wink_debug_bundle.dataset.storage import Storage

_END = "done"
_TESTS = Path(__file__).parents[1]


class SteppingProcess:
    """A process that works on a dataset, and waits before each file operation of some kinds.

    Attributes:
        next_step: The operation that it waits before; `done` when it has ended.
    """

    def __init__(self, work: str, operations: str, place: str, argument: object) -> None:
        command = [sys.executable, "-m", "support.stepping_process", work, operations, place, str(argument)]
        environment = {**os.environ, "PYTHONPATH": str(_TESTS)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.next_step = self._read()

    def step(self) -> None:
        """Let it do the operation that it waits before."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.next_step = self._read()

    def run_until(self, is_reached: Callable[[str], bool]) -> None:
        """Let it work until it waits before an operation, or has ended."""
        while self.next_step != _END and not is_reached(self.next_step):
            self.step()

    def finish(self) -> None:
        """Let it work to its end."""
        self.run_until(lambda _: False)
        self._process.communicate()
        assert self._process.returncode == 0

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().rstrip("\n")
        assert line, "the process ended before its work"
        return line


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wait_before(operation: str) -> None:
    real = getattr(Storage, operation)

    def waiting(*arguments: Any) -> Any:
        _tell(f"{operation} {arguments[1]}")
        if not sys.stdin.readline():
            sys.exit(1)
        return real(*arguments)

    setattr(Storage, operation, waiting)


def main(work: str, operations: str, place: str, argument: str) -> None:
    """Build from a source, or compact with a number of bytes."""
    for operation in operations.split(","):
        _wait_before(operation)
    if work == "build":
        assert build_here(argument, place).failures == ()  # type: ignore[arg-type]
    else:
        Dataset.compact(place, shard_bytes=int(argument))
    _tell(_END)


if __name__ == "__main__":
    main(*sys.argv[1:])
