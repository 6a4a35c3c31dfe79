"""End the process if SQLite cannot be stopped, for example while it compares two very long strings.

SQLite calls its progress handler only between its instructions, and Python handles signals only between its own. A
thread therefore waits for signals and the deadline, and ends the process if the ordinary way takes too long.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..packing.private_copy import remove_copies
from ..terminal_text import visible

GRACE_SECONDS = 1.5
"""Seconds that the ordinary way to end may take after a signal or the deadline."""

_STOP_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

_BLOCK_ENDED = 0
"""Written to the pipe at the end of the block; all other bytes in it are numbers of signals, which Python writes."""


@contextmanager
def hard_deadline(path: Path, deadline: float | None) -> Iterator[None]:
    """End the process if the block does not end soon after a signal or the deadline; only in the main thread.

    Args:
        path: The bundle, for the message.
        deadline: Time of `time.monotonic` by which the block should end; None for no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(reading, path, deadline), name="watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.write(writing, bytes([_BLOCK_ENDED]))
        watcher.join()
        os.close(writing)
        os.close(reading)


def _watch(reading: int, path: Path, deadline: float | None) -> None:
    until = None if deadline is None else deadline + GRACE_SECONDS
    number = _wait_for(reading, {_BLOCK_ENDED, *_STOP_SIGNALS}, until)
    if number == _BLOCK_ENDED:
        return
    if number is None:
        _end_process(f"Error: {visible(str(path))}: stopped after the time that --timeout allows", 1)
    elif _wait_for(reading, {_BLOCK_ENDED}, time.monotonic() + GRACE_SECONDS) is None:
        _end_process("Interrupted", 128 + number)


def _wait_for(reading: int, wanted: set[int], until: float | None) -> int | None:
    """Read the pipe until a wanted byte arrives and return it; return None if none has arrived by `until`."""
    while True:
        left = None if until is None else max(0.0, until - time.monotonic())
        if not select.select([reading], [], [], left)[0]:
            return None
        (number,) = os.read(reading, 1)
        if number in wanted:
            return number


def _end_process(message: str, code: int) -> None:
    remove_copies()
    os.write(2, message.encode(errors="backslashreplace") + b"\n")
    os._exit(code)
