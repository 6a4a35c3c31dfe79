"""Write the rows of a query to a file: all of them, or no file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ..atomic_file import AnotherWriterError, create_partial, partial_path, publish, remove_partial
from ..database.connection import files_of
from ..errors import BundleError, BundleExistsError
from .row_output.formats import write_rows


def export_file(
    cursor: sqlite3.Cursor, path: Path, format_name: str, *, replace: bool = True, csv_safe: bool = False
) -> Path:
    """Write the cursor's rows to a file at `path` that only its owner can read, and return the path.

    Args:
        cursor: A query that has been run.
        path: The file appears there when it is complete.
        format_name: One of `formats.FILE_FORMATS`.
        replace: Whether a file that is there already may be replaced.
        csv_safe: Whether to put `'` before cells that a spreadsheet would run as formulas.

    Raises:
        BundleExistsError: the file is there already and is not to be replaced.
        BundleQueryError: the query failed on the way.
        BundleError: the file cannot be written.
    """
    _check(path, cursor.connection, replace=replace)
    try:
        with _complete_or_absent(path, replace=replace) as stream:
            write_rows(cursor, stream, format_name, csv_safe=csv_safe)
    except OSError as error:
        raise BundleError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def _check(path: Path, connection: sqlite3.Connection, *, replace: bool) -> None:
    """Refuse what must not be replaced, before any work is done."""
    if path.is_dir():
        raise BundleError(f"{path}: is a directory; name a file in it")
    if not path.exists():
        return
    if not path.is_file():
        raise BundleError(f"{path}: is not a regular file; to write there, redirect the output")
    if any(map(path.samefile, files_of(connection))):
        raise BundleError(f"{path}: is the bundle itself; name another output")
    if not replace:
        raise _taken(path)


def _taken(path: Path) -> BundleExistsError:
    return BundleExistsError(f"{path}: exists already; replace it with --force, or name another output")


@contextmanager
def _complete_or_absent(path: Path, *, replace: bool) -> Iterator[TextIO]:
    """A new file beside `path` that takes its name if the block ends well."""
    partial = partial_path(path)
    try:
        descriptor = create_partial(partial, path)
        with open(descriptor, "w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
            publish(partial, path, replace=replace)
    except AnotherWriterError as error:
        raise BundleError(f"{path}: another export is writing it ({error})") from None
    except FileExistsError:
        raise _taken(path) from None
    finally:
        remove_partial(partial)
