"""Say what SQLite and the file system mean when a bundle cannot be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from ...artifacts.read_errors import ScratchError
from ...errors import BundleBuildError

_OF_OUTPUT = (apsw.FullError, apsw.IOError, apsw.CantOpenError, OSError, ScratchError)
"""What writing raises where the place is at fault; readers do not raise any of these."""


class OutputError(Exception):
    """A worker could not write to the output."""

    def __init__(self, message: str, *, disk_full: bool) -> None:
        super().__init__(message)
        self.disk_full = disk_full


@contextmanager
def write_errors(output: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say of `output` into one clear error.

    Raises:
        BundleBuildError: the block failed of it.
    """
    try:
        yield
    except (apsw.Error, OSError, ScratchError, OutputError) as error:
        if is_disk_full(error):
            raise BundleBuildError(f"{output}: the disk is full ({error}); nothing was written") from error
        raise BundleBuildError(f"{output}: the bundle could not be written: {error}") from error


def is_of_output(error: BaseException) -> bool:
    """Whether the place that is written to is at fault."""
    return isinstance(error, _OF_OUTPUT)


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room for what should be written."""
    if isinstance(error, OutputError):
        return error.disk_full
    return isinstance(error, apsw.FullError) or getattr(error, "errno", None) == errno.ENOSPC


@contextmanager
def system_errors(connection: apsw.Connection) -> Iterator[None]:
    """Tell what the system said where SQLite only says "disk I/O error".

    Raises:
        OSError: the block met such an error.
    """
    try:
        yield
    except apsw.IOError as error:
        if not (number := connection.system_errno):
            raise
        raise OSError(number, f"{error}: {os.strerror(number)}") from error
