"""Do work in a thread while this one does other work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

_Result = TypeVar("_Result")

IsStopped = Callable[[], bool]
"""Tells work in a thread whether its result is not needed any more."""


@contextmanager
def meanwhile(work: Callable[[IsStopped], _Result]) -> Iterator[Future[_Result]]:
    """Do work in a thread while the block runs, and wait for its end; a block that fails stops it.

    Args:
        work: Is called in the thread, and asks from time to time whether it is stopped.
    """
    is_stopped = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="meanwhile") as thread:
        future = thread.submit(work, is_stopped.is_set)
        try:
            yield future
        except BaseException:
            is_stopped.set()
            raise
