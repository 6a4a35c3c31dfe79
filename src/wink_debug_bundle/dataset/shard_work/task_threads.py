"""Do in threads what can be done beside reading rows."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

_PACKING_AND_ENCODING = 2
"""Threads beside the one that reads."""


def task_threads() -> Executor:
    """Return what packs the bundle and encodes rows while the next ones are read."""
    return ThreadPoolExecutor(_PACKING_AND_ENCODING, "shard")
