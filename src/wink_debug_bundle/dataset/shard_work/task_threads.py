"""Do what can be done beside reading rows: in threads, or in turn if the task has one processor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_PACKING_AND_ENCODING = 2
"""Threads beside the one that reads."""


def task_threads(jobs: int) -> Executor:
    """Return what packs and encodes for a task that may use `jobs` processors.

    Threads that share one processor only push each other's data out of its cache, so there are none then.
    """
    return ThreadPoolExecutor(_PACKING_AND_ENCODING, "shard") if jobs > 1 else _SameThread()


class _SameThread(Executor):
    """Does everything at once, in the thread that asks for it."""

    def submit(
        self, fn: Callable[_Parameters, _Result], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Future[_Result]:
        future: Future[_Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future raises it
            future.set_exception(error)
        return future
