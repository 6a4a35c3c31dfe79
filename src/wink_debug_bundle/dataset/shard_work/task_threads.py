"""Do in threads what can be done beside reading rows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from ...processes.bounded_thread import BoundedThread
from ..row_groups import encoding_thread


class TaskThreads(NamedTuple):
    """A thread that packs the bundle, and one that writes the Parquet files while rows are read."""

    packing: Executor
    encoding: BoundedThread


@contextmanager
def task_threads() -> Iterator[TaskThreads]:
    """Yield the threads; at the end of the block, what they were given is done."""
    with ThreadPoolExecutor(1, "packing") as packing, encoding_thread() as encoding:
        yield TaskThreads(packing, encoding)
