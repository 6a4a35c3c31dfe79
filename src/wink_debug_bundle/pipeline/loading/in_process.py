"""Load tasks into a bundle under construction, in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import apsw

from ...artifacts.split_reader import SplitReader
from ...database.writing import GroupWriter
from ..planning.tasks import ReadTask, Task
from ..totals import BuildTotals
from .workers import IdleWorker


class Loader(Protocol):
    """Reads tasks, and writes them in the order of their numbers."""

    def load(self, tasks: Iterable[Task], totals: BuildTotals) -> None:
        """Read and write every task, and add its counts to `totals`."""

    def release_hashers(self) -> list[IdleWorker]:
        """Return processes that are no longer needed for loading and can hash rows."""

    def close(self) -> None:
        """Stop the loader's processes and close its files, whether or not all tasks are done."""


class InProcess:
    """Loads tasks in this process, one after the other."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._writer = GroupWriter(connection)
        self._reader = SplitReader()

    def load(self, tasks: Iterable[Task], totals: BuildTotals) -> None:
        """Read and write every task, and add its counts to `totals`.

        Raises:
            apsw.Error: a transaction failed.
        """
        for task in tasks:
            lines = totals.lines_of(task)
            ReadTask(self._reader, task).write(self._writer, lines, totals.add)

    def release_hashers(self) -> list[IdleWorker]:
        """Return no process: this one loads alone."""
        return []

    def close(self) -> None:
        """Close the files that the reader keeps open."""
        self._reader.close()
