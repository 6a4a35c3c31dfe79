"""Write a file's cached pages to the disk in steps, so that the work can be stopped; one fsync of many GB cannot."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache

STEP_BYTES = 32 << 20
"""Bytes written in one step: a slow disk takes about a second for them."""

_WAIT_WRITE_WAIT = 1 | 2 | 4
"""Flags of Linux's sync_file_range: wait for earlier writes, write, and wait for these writes."""

_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ESPIPE}


def write_back(descriptor: int, is_cancelled: Callable[[], bool] = lambda: False) -> None:
    """Write the file's cached pages to the disk; an fsync must follow, which writes its size and directory entry.

    Does nothing where the system has no `sync_file_range`; the fsync then writes everything.

    Args:
        descriptor: The file.
        is_cancelled: Called between the steps; returns whether to stop.

    Raises:
        OSError: the disk did not take the pages.
    """
    call = _sync_file_range()
    offset, size = 0, os.fstat(descriptor).st_size
    while call is not None and offset < size and not is_cancelled():
        if call(descriptor, offset, STEP_BYTES, _WAIT_WRITE_WAIT) != 0:
            if (number := ctypes.get_errno()) in _UNSUPPORTED:
                return
            raise OSError(number, os.strerror(number))
        offset += STEP_BYTES


@cache
def _sync_file_range() -> Callable[[int, int, int, int], int] | None:
    call = getattr(ctypes.CDLL(None, use_errno=True), "sync_file_range", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return call
