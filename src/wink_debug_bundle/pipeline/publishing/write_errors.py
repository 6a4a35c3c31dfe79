"""Turn errors of SQLite and the file system into errors that say why a bundle could not be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from ...artifacts.read_errors import ScratchError
from ...errors import BundleBuildError

_OUTPUT_ERRORS = (apsw.FullError, apsw.IOError, apsw.CantOpenError, OSError, ScratchError)
"""What is raised if the output's disk or folder is at fault; the readers of artifacts raise none of these."""


class OutputError(Exception):
    """A worker could not write to the output."""

    def __init__(self, message: str, *, is_disk_full: bool) -> None:
        super().__init__(message)
        self.is_disk_full = is_disk_full


@contextmanager
def write_errors(output: Path) -> Iterator[None]:
    """Turn errors of writing in the block into one error that names `output`.

    Raises:
        BundleBuildError: the block could not write.
    """
    try:
        yield
    except (apsw.Error, OSError, ScratchError, OutputError) as error:
        if is_disk_full(error):
            raise BundleBuildError(f"{output}: the disk is full ({error}); nothing was written") from error
        raise BundleBuildError(f"{output}: the bundle could not be written: {error}") from error


def is_output_error(error: BaseException) -> bool:
    """Return whether the output's disk or folder is at fault."""
    return isinstance(error, _OUTPUT_ERRORS)


def is_disk_full(error: BaseException) -> bool:
    """Return whether the disk was full."""
    if isinstance(error, OutputError):
        return error.is_disk_full
    return isinstance(error, apsw.FullError) or getattr(error, "errno", None) == errno.ENOSPC


@contextmanager
def system_errors(connection: apsw.Connection) -> Iterator[None]:
    """Turn SQLite's "disk I/O error" in the block into the error that the system gave.

    Raises:
        OSError: the block met such an error.
    """
    try:
        yield
    except apsw.IOError as error:
        if not (number := connection.system_errno):
            raise
        raise OSError(number, f"{error}: {os.strerror(number)}") from error
