"""End on Ctrl-C, on a terminal that closes and on a polite kill alike: clean up, say one line, exit.

All of them arrive as KeyboardInterrupt, so that every `finally` runs. SQLite swallows an exception that is raised
while a statement runs, and reports the statement as interrupted; `received` tells that apart from a deadline.
"""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn

received: list[signal.Signals] = []
"""The signals that have arrived."""


def install() -> None:
    """Take over the signals that end a process.

    SIGINT also where a shell started us in the background, with the signal ignored: a script that is stopped
    stops us too. SIGHUP stays ignored if it is, which is what `nohup` asks for.
    """
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _stop)


def exit_code() -> int:
    """128 plus the number of the signal that arrived, as shells count."""
    return 128 + (received[-1] if received else signal.SIGINT)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    received.append(signal.Signals(number))
    raise KeyboardInterrupt
