"""Handle Ctrl-C, a closed terminal and `kill` in one way: clean up, print one line, exit.

Each signal raises KeyboardInterrupt, so that every `finally` block runs. SQLite swallows an exception that is raised
while a statement runs, and reports the statement as interrupted; `received` shows whether a signal or a deadline
interrupted it.
"""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn

received: list[signal.Signals] = []
"""The signals received so far."""


def install() -> None:
    """Install handlers for SIGINT, SIGTERM and SIGHUP.

    A shell ignores SIGINT for processes that it starts in the background. It is handled all the same, so that stopping
    a script stops this process, too. SIGHUP stays ignored if it is ignored: `nohup` does that.
    """
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _stop)


def uninstall() -> None:
    """Let the signals end the process at once, as its work is done: an exception would disturb how Python itself ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_DFL)


def exit_code() -> int:
    """Return 128 plus the number of the last signal, which is the exit code that shells use."""
    return 128 + (received[-1] if received else signal.SIGINT)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    received.append(signal.Signals(number))
    raise KeyboardInterrupt
