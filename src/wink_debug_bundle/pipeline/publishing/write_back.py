"""Bring a file to the disk in steps, between which the work can be stopped: one fsync of many GB cannot."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache

STEP_BYTES = 32 << 20
"""What a slow disk takes within a second."""

_ALL = 1 | 2 | 4
"""Flags of Linux's sync_file_range: wait for what is under way, write, and wait for that."""

_NOT_HERE = {errno.ENOSYS, errno.EINVAL, errno.ESPIPE}


def write_back(descriptor: int, is_over: Callable[[], bool] = lambda: False) -> None:
    """Write what the system holds of the file in memory; its size and place in the directory need an fsync yet.

    Does nothing where the system has no such call: the fsync then does it all.

    Raises:
        OSError: the disk did not take it.
    """
    call = _sync_file_range()
    begin, end = 0, os.fstat(descriptor).st_size
    while call is not None and begin < end and not is_over():
        if call(descriptor, begin, STEP_BYTES, _ALL) != 0:
            if (number := ctypes.get_errno()) in _NOT_HERE:
                return
            raise OSError(number, os.strerror(number))
        begin += STEP_BYTES


@cache
def _sync_file_range() -> Callable[[int, int, int, int], int] | None:
    call = getattr(ctypes.CDLL(None, use_errno=True), "sync_file_range", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return call
