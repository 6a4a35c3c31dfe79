"""Count what a run has while it is read, as `database/finalize/08_run_counts.sql` counts it for the other runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..batch import Batch
from ..rows import TABLE_OF, FileRow, ProblemRow, Values
from ..run_rows import CallRow, EntryRow, RunRow

_FILES, _PROBLEMS, _ENTRIES = TABLE_OF[FileRow], TABLE_OF[ProblemRow], TABLE_OF[EntryRow]
_LOG_ID = EntryRow._fields.index("log_id")


class RunCounts:
    """The counts of one run so far; `logs` are the ids of the artifacts with log records."""

    def __init__(self, run_id: int, logs: Collection[int]) -> None:
        self._run_id = run_id
        self._logs = logs
        self._log_count = self._entry_count = self._file_count = self._problem_count = 0

    def take(self, batch: Batch) -> None:
        """Count the rows of a batch, which holds all blocks of each of its transcript entries."""
        rows = batch.rows
        self._log_count += batch.record_count if batch.artifact_id in self._logs else 0
        self._entry_count += len({row[_LOG_ID] for row in rows.get(_ENTRIES, ())})
        self._file_count += len(rows.get(_FILES, ())) if batch.artifact_id == self._run_id else 0
        self._problem_count += len(rows.get(_PROBLEMS, ()))

    def added_to(self, run: RunRow, calls: Sequence[CallRow]) -> Values:
        """Return the run's row with the counts, given its calls."""
        return run._replace(
            log_count=self._log_count,
            entry_count=self._entry_count,
            tool_call_count=len(calls),
            failed_call_count=sum(call.success == 0 for call in calls),
            file_count=self._file_count,
            problem_count=self._problem_count,
        )
