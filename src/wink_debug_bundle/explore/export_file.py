"""Write the rows of a query to a file, which appears only when all of them are written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ..atomic_file import AnotherWriterError, create_partial, partial_path, publish, remove_partial
from ..database.connection import protected_files
from ..errors import BundleError, BundleExistsError
from .row_output.formats import write_rows


def export_file(
    cursor: sqlite3.Cursor, path: Path, format_name: str, *, replace: bool = True, csv_safe: bool = False
) -> Path:
    """Write the cursor's rows to a file at `path` that only its owner can read, and return the path.

    Args:
        cursor: The cursor of an executed query.
        path: Where the file appears once it is complete.
        format_name: One of `formats.FILE_FORMATS`.
        replace: Whether an existing file may be replaced.
        csv_safe: Whether to put `'` before cells that a spreadsheet would run as formulas.

    Raises:
        BundleExistsError: the file exists and `replace` is not set.
        BundleQueryError: the query failed while its rows were read.
        BundleError: the file cannot be written.
    """
    with output_file(path, cursor.connection, replace=replace) as stream:
        write_rows(cursor, stream, format_name, csv_safe=csv_safe)
    return path


@contextmanager
def output_file(path: Path, connection: sqlite3.Connection, *, replace: bool) -> Iterator[TextIO]:
    """Open a file for what is written about a bundle; it appears at `path` if the block ends without an error.

    Raises:
        BundleExistsError: the file exists and `replace` is not set.
        BundleError: the file cannot be written.
    """
    with writable(path, connection, replace=replace), complete_or_absent(path, replace=replace) as stream:
        yield stream


@contextmanager
def output_path(path: Path, connection: sqlite3.Connection, *, replace: bool) -> Iterator[Path]:
    """Yield the path of an empty file, for a writer that opens files itself; otherwise as `output_file`."""
    with writable(path, connection, replace=replace), partial_file(path, replace=replace) as (partial, _):
        yield partial


@contextmanager
def writable(path: Path, connection: sqlite3.Connection, *, replace: bool) -> Iterator[None]:
    """Refuse a path that cannot be written, and name it in errors of the block that say so.

    Raises:
        BundleExistsError: the file exists and `replace` is not set.
        BundleError: the file cannot be written.
    """
    _refuse_unwritable(path, connection, replace=replace)
    try:
        yield
    except OSError as error:
        raise BundleError(f"{path}: cannot be written: {error.strerror or error}") from error


def _refuse_unwritable(path: Path, connection: sqlite3.Connection, *, replace: bool) -> None:
    """Raise if `path` cannot be written or must not be replaced, before any work is done."""
    if path.is_dir():
        raise BundleError(f"{path}: is a directory; name a file in it")
    if not path.exists():
        return
    if not path.is_file():
        raise BundleError(f"{path}: is not a regular file; to write there, redirect the output")
    if any(map(path.samefile, protected_files(connection))):
        raise BundleError(f"{path}: is the bundle itself; name another output")
    if not replace:
        raise _exists_error(path)


def _exists_error(path: Path) -> BundleExistsError:
    """Return the error for a file that exists and must not be replaced."""
    return BundleExistsError(f"{path}: exists already; replace it with --force, or name another output")


@contextmanager
def complete_or_absent(path: Path, *, replace: bool) -> Iterator[TextIO]:
    """Open a partial file beside `path`, and rename it to `path` if the block ends without an error.

    Raises:
        BundleExistsError: the file exists and `replace` is not set.
        BundleError: another process is writing it.
        OSError: the file cannot be written.
    """
    with (
        partial_file(path, replace=replace) as (_, descriptor),
        open(descriptor, "w", encoding="utf-8", newline="", closefd=False) as stream,
    ):
        yield stream


@contextmanager
def partial_file(path: Path, *, replace: bool) -> Iterator[tuple[Path, int]]:
    """Yield the path and the descriptor of a partial file, and rename it to `path` if the block ends without an error.

    Raises:
        BundleExistsError: the file exists and `replace` is not set.
        BundleError: another process is writing it.
        OSError: the file cannot be written.
    """
    partial = partial_path(path)
    try:
        descriptor = create_partial(partial, path)
        try:
            yield partial, descriptor
            os.fsync(descriptor)
            publish(partial, path, replace=replace)
        finally:
            os.close(descriptor)
    except AnotherWriterError as error:
        raise BundleError(f"{path}: another export is writing it ({error})") from None
    except FileExistsError:
        raise _exists_error(path) from None
    finally:
        remove_partial(partial)
