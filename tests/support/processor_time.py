"""Limits on processor time: unlike elapsed time it hardly grows when other programs keep the machine busy."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def processor_time_below(seconds: float) -> Iterator[None]:
    """Assert that the block, with the child processes that end in it, takes less processor time than `seconds`."""
    started = _used()
    yield
    used = _used() - started
    assert used < seconds, f"it took {used:.1f} s of processor time, not less than {seconds} s"


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
