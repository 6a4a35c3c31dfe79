"""Run as a script: the command, in a process that counts its steps on files, and fails or ends at one of them.

    python failing_process.py REPORT FAULT STEP ARGUMENTS...

A step is a call of the system on a file, by this process or by SQLite where it writes a bundle. At the step number STEP
the process is killed (`kill`, in the middle of what it writes), gets SIGTERM (`signal`), or the call fails: once (`error`),
or with all later ones that need room (`full`). With `none`, the number of all steps is written to REPORT.
"""

from __future__ import annotations

import errno
import os
import shutil  # noqa: F401 - it looks at functions that are replaced here
import signal
import sys
import tempfile  # noqa: F401 - the same
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

NEEDS_ROOM = {"write", "pwrite", "mkdir"}
FAILS = {*NEEDS_ROOM, "open", "fsync", "ftruncate", "link", "replace"}
STEPS = {*FAILS, "unlink", "rmdir", "rename"}

UNLOCKED = "unix-none"
"""The functions by which SQLite writes bundles that no other process has open."""

COUNTED = "counted"
"""Their copies here."""


class Faults:
    """Counts steps, and makes one of them fail."""

    def __init__(self, fault: str, step: int) -> None:
        self.count = 0
        self._fault = fault
        self._step = step

    def reach(self, name: str, halfway: Callable[[], object] = lambda: None) -> None:
        """Count a step; `halfway` does half of it.

        Raises:
            OSError: it is the one that fails.
        """
        self.count += 1
        is_it = self.count == self._step
        if self._fault == "full" and self.count >= self._step and name in NEEDS_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self._fault == "error" and is_it and name in FAILS:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if self._fault == "kill" and is_it:
            halfway()
            os.kill(os.getpid(), signal.SIGKILL)
        if self._fault == "signal" and is_it:
            os.kill(os.getpid(), signal.SIGTERM)


class CountedFunctions(apsw.VFS):
    """SQLite's functions for files, which count."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        super().__init__(COUNTED, UNLOCKED)

    def xOpen(self, name: Any, flags: list[int]) -> CountedFile:  # noqa: N802 - the name is given
        return CountedFile(self._faults, name, flags)


class CountedFile(apsw.VFSFile):
    """A file that SQLite writes."""

    def __init__(self, faults: Faults, name: Any, flags: list[int]) -> None:
        self._faults = faults
        super().__init__(UNLOCKED, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - the name is given
        try:
            self._faults.reach("write", lambda: super(CountedFile, self).xWrite(data[: len(data) // 2], offset))
        except OSError as error:
            raise (apsw.FullError if error.errno == errno.ENOSPC else apsw.IOError)(str(error)) from error
        super().xWrite(data, offset)


def counted(faults: Faults, name: str) -> Callable[..., Any]:
    """Return a function of the module os that counts."""
    real = getattr(os, name)

    def call(*arguments: Any, **options: Any) -> Any:
        def halfway() -> None:
            if name in {"write", "pwrite"}:
                descriptor, data, *rest = arguments
                real(descriptor, data[: len(data) // 2], *rest)

        faults.reach(name, halfway)
        return real(*arguments, **options)

    return call


def main() -> None:
    """Run the command."""
    report, fault, step, *arguments = sys.argv[1:]
    faults = Faults(fault, int(step))
    functions = CountedFunctions(faults)  # until it is deleted
    real = apsw.Connection

    def connect(*places: Any, **options: Any) -> apsw.Connection:
        is_counted = options.get("vfs") == UNLOCKED
        return real(*places, **{**options, "vfs": COUNTED} if is_counted else options)

    from wink_debug_bundle.cli.main import main as run

    apsw.Connection = connect  # type: ignore[misc, assignment]
    for name in STEPS:
        setattr(os, name, counted(faults, name))
    sys.argv[1:] = arguments
    try:
        run()
    finally:
        if fault == "none":
            Path(report).write_text(str(faults.count))
        functions.unregister()


if __name__ == "__main__":
    main()
