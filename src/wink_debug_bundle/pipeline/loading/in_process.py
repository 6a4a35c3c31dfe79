"""Load tasks into a bundle under construction, in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import apsw

from ...artifacts.split_reader import SplitReader
from ..planning.tasks import Task, run_task
from ..totals import BuildTotals


class Loader(Protocol):
    """Reads and writes tasks in the order of their numbers."""

    def load(self, tasks: Iterable[Task], totals: BuildTotals) -> None:
        """Read and write every task, and account for it."""

    def close(self) -> None:
        """End whatever the loader runs, finished or not."""


class InProcess:
    """Does the work here, one task after the other."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._reader = SplitReader()

    def load(self, tasks: Iterable[Task], totals: BuildTotals) -> None:
        """Read and write every task.

        Raises:
            apsw.Error: a transaction failed.
        """
        for task in tasks:
            lines = totals.lines_of(task)
            run_task(self._connection, self._reader, task, lambda lines=lines: lines, totals.add)  # type: ignore[misc]

    def close(self) -> None:
        """Close what the reader has open."""
        self._reader.close()
