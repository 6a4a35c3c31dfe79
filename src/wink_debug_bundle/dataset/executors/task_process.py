"""The process of one task: read it from standard input, run it, write what it returns to standard output."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any, BinaryIO

_PATIENCE = 8.0
"""Seconds for removing files when the process is stopped."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Options of glibc's `mallopt`: the free bytes at its end that a heap keeps, and the size from which memory is mapped."""

_LARGEST_MMAP_THRESHOLD = 32 << 20
_KEPT_BYTES = 256 << 20


def main() -> None:
    """Run one task; stop if standard input ends first, as the process that gave the task has died then."""
    _prepare_arrow()
    _keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the one that gave the task decides
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the bytes of the answer
    function, arguments, named = pickle.loads(_read_task(sys.stdin.buffer))  # noqa: S301 - of our own process
    threading.Thread(target=_watch, daemon=True).start()
    try:
        output.write(_pickled(function, arguments, named))
        output.close()
    except SystemExit as error:
        os._exit(error.code if isinstance(error.code, int) else 1)
    os._exit(0)  # the watching thread still reads standard input


def _prepare_arrow() -> None:
    """Let pyarrow start quickly, and keep the memory that it frees, as the next rows take as much.

    pyarrow imports NumPy if it is there, and then pandas for its first array; a task needs neither.
    """
    sys.modules["numpy"] = None  # type: ignore[assignment]
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def _keep_freed_memory() -> None:
    """Let glibc keep what is freed, up to the size of some row groups, instead of asking the system for it again.

    It has these settings only for the whole process, which is why tasks in the processes of others go without. Other C
    libraries do not know them.
    """
    with suppress(AttributeError, OSError):
        set_option = ctypes.CDLL(None).mallopt
        set_option(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        set_option(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _read_task(stream: BinaryIO) -> bytes:
    return stream.read(int.from_bytes(stream.read(8), "big"))


def _pickled(function: Any, arguments: Any, named: Any) -> bytes:
    """Return what the function returns or raises."""
    try:
        return pickle.dumps((True, function(*arguments, **named)))
    except Exception as error:  # noqa: BLE001 - the process that gave the task reports it
        try:
            pickle.loads(answer := pickle.dumps((False, error)))  # noqa: S301
        except Exception:  # noqa: BLE001 - of a class that cannot be pickled
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
        return answer


def _watch() -> None:
    """Stop this process when standard input ends: first so that it removes its files."""
    while os.read(0, 1 << 16):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE)
    os._exit(1)
