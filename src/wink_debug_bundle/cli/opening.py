"""Open a bundle for a command, so that a signal or a time limit stops its statements."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..bundle import DebugBundle, bundle_of
from ..database.query_guard import heap_for, limit_memory
from ..dataset.partial_bundles.dataset_side import DatasetSide
from ..errors import BundleError, BundleQueryError, DamagedBundleError
from ..explore.sql_errors import sql_errors
from ..packing.bundle_file import BundleFile
from ..packing.frame_header import is_packed
from . import signals
from .dataset_place import dataset_place, note_missing
from .hard_deadline import hard_deadline
from .output.progress_display import byte_bar

if TYPE_CHECKING:
    from ..comparing.compare_bundles import OpenBundle
    from ..dataset.partial_bundles.partial_dataset import PartialDataset
    from ..dataset.partial_bundles.partial_rows import Reader

_OPCODES = 20_000
"""Number of SQLite's virtual machine instructions between two looks at the clock; they take some milliseconds."""


class _Deadline:
    """The time at which the statements of a command are stopped; they are never stopped if `timeout` is None.

    Args:
        path: The bundle.
        timeout: Seconds until then.
        consequence: What is said of a query that was stopped.
    """

    def __init__(self, path: Path, timeout: float | None, consequence: str) -> None:
        self.time = None if timeout is None else time.monotonic() + timeout
        self._message = f"{path}: stopped after {timeout:g} s" if timeout is not None else ""
        self._consequence = consequence
        self._has_stopped = False

    def is_past(self) -> bool:
        """Return whether the time has come."""
        return self.time is not None and time.monotonic() > self.time

    def stops_statement(self) -> bool:
        """Return whether SQLite is to stop the statement; once True, always True."""
        self._has_stopped = self._has_stopped or self.is_past()
        return self._has_stopped

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Say of a block that failed because its statement was stopped that it was stopped.

        Raises:
            BundleError: a statement was stopped.
        """
        try:
            yield
            if self._has_stopped:
                raise BundleError(self._message)
        except BundleQueryError as error:
            if self.is_past():
                raise BundleError(f"{self._message}{self._consequence}") from error
            raise
        except DamagedBundleError as error:
            if self._has_stopped:  # a check takes a stopped statement for damage
                raise BundleError(self._message) from error
            raise
        except (sqlite3.Error, MemoryError) as error:
            if self.is_past():
                raise BundleError(self._message) from error
            raise


@contextmanager
def opened(path: Path, *, timeout: float | None = None) -> Iterator[DebugBundle]:
    """Yield the bundle at `path`; errors in the block that are about a query or damage name the file.

    Args:
        path: The bundle.
        timeout: Seconds after which the statements of the block are stopped; to unpack a bundle does not count.
    """
    with closing(unpacked(path)) as file:
        _limit_memory([file])
        with _opened_file(file, timeout, "; the rows so far are incomplete") as bundle:
            yield bundle


@contextmanager
def opened_part(path: Path, reader: Reader, *, timeout: float | None = None) -> Iterator[DebugBundle]:
    """Yield the bundle at `path`, as `opened` does; of a dataset, a temporary bundle of what a command reads.

    To copy that does not count for the time.
    """
    with ExitStack() as stack:
        part = _part(path, stack)
        if part is None:
            yield stack.enter_context(opened(path, timeout=timeout))
            return
        file = BundleFile(path, part.of(reader))
        _limit_memory([file])
        yield stack.enter_context(_opened_file(file, timeout, "; --timeout SECONDS gives it more time"))


@contextmanager
def opened_together(paths: Sequence[Path], *, timeout: float | None = None) -> Iterator[list[OpenBundle]]:
    """Yield several bundles, as `opened` does one; together they may use as much memory as the largest of them alone.

    Datasets can be among them: of these, what a comparison reads is copied to a bundle before.
    """
    with ExitStack() as stack:
        parts = [_part(path, stack) for path in paths]
        unpacked_files = [
            BundleFile(path, part.compared()) if part else stack.enter_context(closing(unpacked(path)))
            for path, part in zip(paths, parts, strict=True)
        ]
        _limit_memory(unpacked_files)
        consequence = "; --timeout SECONDS gives it more time"
        bundles = [stack.enter_context(_opened_file(file, timeout, consequence)) for file in unpacked_files]
        yield [
            DatasetSide(bundle.path, bundle.connection, part) if part else bundle
            for bundle, part in zip(bundles, parts, strict=True)
        ]


def _part(path: Path, stack: ExitStack) -> PartialDataset | None:
    """Return the dataset that a path names, to be closed with the stack; None if the path is not that of a dataset."""
    place = dataset_place(path)
    if place is None:
        return None
    from ..dataset.partial_bundles.partial_dataset import opened_part

    part = stack.enter_context(opened_part(place, path))
    note_missing(part.storage.shown, part.missing_count)
    return part


def _limit_memory(unpacked_files: Sequence[BundleFile]) -> None:
    """Limit the memory of SQLite to what the largest of the files may need; opening a missing one says what is wrong."""
    with suppress(OSError):
        limit_memory(max(heap_for(file.database.stat().st_size) for file in unpacked_files))


@contextmanager
def _opened_file(file: BundleFile, timeout: float | None, consequence: str) -> Iterator[DebugBundle]:
    """Yield the bundle in a file that is unpacked."""
    path = file.path
    deadline = _Deadline(path, timeout, consequence)
    with hard_deadline(path, deadline.time), bundle_of(file) as bundle:
        connection = bundle.query("SELECT 1").connection
        # Also without a deadline: Python handles signals when SQLite calls the handler, and Ctrl-C stops a statement.
        connection.set_progress_handler(deadline.stops_statement, _OPCODES)
        with _value_errors(path, connection), sql_errors(path), deadline.errors(), _option_advice():
            yield bundle
            # A check reports an interrupted statement as damage and continues.
            if signals.received:
                raise KeyboardInterrupt


def unpacked(path: Path) -> BundleFile:
    """Return the file of the bundle at `path`, unpacked if it is packed, to be closed by the caller.

    If that takes long, a bar on the terminal shows how far it is.
    """
    if not is_packed(path):
        return BundleFile.open(path)
    with byte_bar("unpacking", delay=1.0) as progress:
        return BundleFile.open(path, progress=progress)


@contextmanager
def _value_errors(path: Path, connection: sqlite3.Connection) -> Iterator[None]:
    """Turn an error of Python's in the block into one about the bundle, if the bundle's values caused it.

    Values have the types that the schema says, unless the file is damaged or its tables are not the schema's.

    Raises:
        DamagedBundleError: the bundle is damaged.
    """
    try:
        yield
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        if problem := _damage(connection):
            raise DamagedBundleError(f"{path}: the bundle is damaged: {problem}") from error
        raise


def _damage(connection: sqlite3.Connection) -> str | None:
    """Return what is wrong with the bundle's file or its schema; None if they are intact."""
    from ..fidelity.schema_checks import check_own_schema

    try:
        (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if result != "ok":
            return str(result)
        finding = next(check_own_schema(connection), None)
    except (sqlite3.Error, UnicodeDecodeError, TypeError) as error:
        return str(error)
    return finding.text if finding else None


@contextmanager
def _option_advice() -> Iterator[None]:
    """Add the option to use to messages about missing values of placeholders."""
    try:
        yield
    except BundleQueryError as error:
        message = str(error)
        if ": You did not supply a value" in message:
            raise BundleQueryError(f"{message} Give it with --param NAME VALUE.") from error
        if ": Binding" in message:
            raise BundleQueryError(
                f"{message.rstrip('.')}. Write :name instead of ?, and --param name VALUE."
            ) from error
        raise
