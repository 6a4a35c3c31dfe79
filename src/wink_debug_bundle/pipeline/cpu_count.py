"""How many processors this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")

MOST_USEFUL = 8
"""Workers beyond this wait for their turn to write: one file has one writer."""


def default_jobs(limit_file: Path = _CGROUP_LIMIT) -> int:
    """Worker processes that pay on this machine: the processors allowed to this process, containers respected."""
    return max(1, min(_affinity(), _cgroup_limit(limit_file), MOST_USEFUL))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cgroup_limit(limit_file: Path) -> int:
    """Processors that the container's quota comes to, rounded up; no limit where there is none to be read."""
    try:
        quota, period = limit_file.read_text(encoding="ascii").split()[:2]
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # not Linux, no cgroup v2, or quota "max"
        return MOST_USEFUL
