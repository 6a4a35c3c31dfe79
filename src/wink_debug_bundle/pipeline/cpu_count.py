"""Count the processors that this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")

MOST_USEFUL = 8
"""More workers than this do not make a build faster, because only one of them can write to the file at a time."""


def default_jobs(limit_file: Path = _CGROUP_LIMIT) -> int:
    """Return the number of worker processes to use: the processors that the system and the container allow, up to 8."""
    return max(1, min(_affinity(), _cgroup_limit(limit_file), MOST_USEFUL))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cgroup_limit(limit_file: Path) -> int:
    """Return the container's processor quota, rounded up; `MOST_USEFUL` if there is no quota."""
    try:
        quota, period = limit_file.read_text(encoding="ascii").split()[:2]
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # not Linux, no cgroup v2, or quota "max"
        return MOST_USEFUL
