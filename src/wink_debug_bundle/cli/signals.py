"""Handle Ctrl-C, a closed terminal and `kill` in one way: clean up, print one line, exit.

Each signal raises KeyboardInterrupt, so that every `finally` block runs. SQLite swallows an exception that is raised
while a statement runs, and reports the statement as interrupted; `received` shows whether a signal or a deadline
interrupted it. Python swallows one that is raised in a destructor, or in a callback of a weak reference, and shows a
traceback; then the signal is sent again.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_PAUSE = 0.02
"""Seconds until a swallowed signal is sent again; most destructors have returned by then."""

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
    sys.unraisablehook = _report_swallowed


def uninstall() -> None:
    """Let the signals end the process at once, as its work is done: an exception would disturb how Python itself ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_DFL)
    if sys.unraisablehook is _report_swallowed:
        sys.unraisablehook = sys.__unraisablehook__


def exit_code() -> int:
    """Return 128 plus the number of the last signal, which is the exit code that shells use."""
    return 128 + (received[-1] if received else signal.SIGINT)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    received.append(signal.Signals(number))
    raise KeyboardInterrupt


def _report_swallowed(swallowed: UnraisableHookArgs) -> None:
    """Send the last signal again if its exception was swallowed; report every other exception as Python does."""
    if received and swallowed.exc_type is KeyboardInterrupt:
        _thread.start_new_thread(_send_again, (received[-1],))  # takes no lock that the interrupted code may hold
    else:
        sys.__unraisablehook__(swallowed)


def _send_again(number: signal.Signals) -> None:
    time.sleep(_PAUSE)
    if signal.getsignal(number) is _stop:  # else the work has ended meanwhile, and its exit code stands
        os.kill(os.getpid(), number)
