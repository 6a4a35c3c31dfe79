"""End the process where SQLite cannot be stopped: within one step, such as comparing two very long strings.

SQLite looks at its progress handler between its steps, and Python at signals between its own. What is neither is left
to a thread, which the system tells of a signal at once.
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

from ..terminal_text import visible

GRACE_SECONDS = 1.5
"""What the orderly way of ending is given."""

_ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_OVER = 0


@contextmanager
def hard_deadline(path: Path, deadline: float | None) -> Iterator[None]:
    """End the process if a signal, or the deadline, has not ended the block soon; only in the main thread.

    Args:
        path: The bundle, for the message.
        deadline: Moment of `time.monotonic` at which the block should have ended.
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
        os.write(writing, bytes([_OVER]))
        watcher.join()
        os.close(writing)
        os.close(reading)


def _watch(reading: int, path: Path, deadline: float | None) -> None:
    until = None if deadline is None else deadline + GRACE_SECONDS
    number = _next_of(reading, {_OVER, *_ENDING}, until)
    if number == _OVER:
        return
    if number is None:
        _end(f"Error: {visible(str(path))}: stopped after the time that was given", 1)
    elif _next_of(reading, {_OVER}, time.monotonic() + GRACE_SECONDS) is None:
        _end("Interrupted", 128 + number)


def _next_of(reading: int, wanted: set[int], until: float | None) -> int | None:
    """The next byte of the pipe that is wanted; None if the time is over before."""
    while True:
        left = None if until is None else max(0.0, until - time.monotonic())
        if not select.select([reading], [], [], left)[0]:
            return None
        (number,) = os.read(reading, 1)
        if number in wanted:
            return number


def _end(message: str, code: int) -> None:
    os.write(2, message.encode(errors="backslashreplace") + b"\n")
    os._exit(code)
