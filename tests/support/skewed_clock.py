"""Processes of this machine whose clock is wrong, by libfaketime (Debian: apt-get install libfaketime)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

_LIBRARIES = [
    *Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"),
    *Path("/usr/lib/faketime").glob("libfaketimeMT.so.1"),
]

needs_faketime = pytest.mark.skipif(not _LIBRARIES, reason="needs libfaketime (Debian: apt-get install libfaketime)")


def skewed(offset: str) -> Mapping[str, str]:
    """Return the environment of a process whose clock is off by so much, such as -9y or +5h.

    The times of files stay as they are, and so does the clock that only counts seconds, as on a machine whose clock is set.
    """
    return {
        "LD_PRELOAD": str(_LIBRARIES[0]),
        "FAKETIME": offset,
        "NO_FAKE_STAT": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
