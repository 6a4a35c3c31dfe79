"""Settle the calls, counts and prompt parts of a run while it is read, if nothing outside of the run can change them.

The rows of the run's calls count log records and entries from the end of the run (the last one is 0), so that their batch
can follow the run's last batch. Runs have many calls, so this module is written for speed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import itemgetter

import orjson

from ..batch import Batch
from ..column_values import EntryType, SuccessSource
from ..rows import TABLE_OF, LogRow, ToolInvocationRow, Values
from ..run_rows import CallFragmentRow, CallRow, EntryRow, PromptPartRow, RunRow, SettledRunRow
from ..timestamps import utc
from .call_merging import InvokedEvent, TranscriptEntry, merge
from .prompt_parts import PROMPT_EVENT, parts_of_run
from .run_counts import RunCounts

_FRAGMENTS, _EVENTS = TABLE_OF[CallFragmentRow], TABLE_OF[ToolInvocationRow]
_RUNS = TABLE_OF[RunRow]
_LOGS, _ENTRIES = _COUNTED = TABLE_OF[LogRow], TABLE_OF[EntryRow]

_CALL_ID, _LOG_ID = EntryRow._fields.index("call_id"), EntryRow._fields.index("log_id")
_TIME, _EVENT, _CONTEXT = (LogRow._fields.index(name) for name in ("timestamp", "event", "context"))
_EVENT_ID = ToolInvocationRow._fields.index("event_id")

_FIRST_LOG = CallFragmentRow._fields.index("requested_log_id")
_LAST_LOG = CallFragmentRow._fields.index("ended_log_id") + 1

_of_event = itemgetter(*(ToolInvocationRow._fields.index(name) for name in InvokedEvent._fields[:6]))
_success_of_event = itemgetter(
    *(ToolInvocationRow._fields.index(name) for name in ("success_source", "result_success", "result_message"))
)
_order_of_event = itemgetter(*(ToolInvocationRow._fields.index(name) for name in ("timestamp", "item_index")))
_of_entry = itemgetter(*(EntryRow._fields.index(name) for name in ("session_id", "entry_type", "tool_name", "call_id")))
_IS_ERROR = EntryRow._fields.index("is_error")


def settled(batches: Iterable[Batch], run_id: int, logs: Collection[int], *, own_session_only: bool) -> Iterator[Batch]:
    """Yield all batches of a run, without call fragments, and then one with its calls, counts and prompt parts.

    Where something else decides about the calls as well, the last batch has the call fragments instead, and the run is
    settled at the end of the build. With `own_session_only`, these are also the runs with events of other sessions,
    because several runs share a session. `logs` are the ids of the artifacts with log records.
    """
    records = _RunRecords(run_id, logs)
    for batch in batches:
        records.take(batch)
        yield batch
    yield records.settled(own_session_only=own_session_only)


class _RunRecords:
    """The records of the calls of one run, with the numbers of log records and entries before each."""

    def __init__(self, run_id: int, logs: Collection[int]) -> None:
        self._run_id = run_id
        self._run: RunRow | None = None
        self._run_counts = RunCounts(run_id, logs)
        self._prompts: list[object] = []
        self._counts: Counter[str] = Counter()
        self._fragments: list[tuple[int, Sequence[Values]]] = []
        self._fragment_batches: Counter[int] = Counter()
        self._events: dict[object, Values] = {}
        self._entries: list[tuple[int, int, str, Values]] = []
        self._are_entries_clear = True

    def take(self, batch: Batch) -> None:
        """Note the records of a batch, and take its call fragments and the row of the run."""
        rows = batch.rows
        self._run_counts.take(batch)
        for run in rows.pop(_RUNS, ()):
            self._run = RunRow._make(run)
        self._prompts += [row[_CONTEXT] for row in rows.get(_LOGS, ()) if row[_EVENT] == PROMPT_EVENT]
        if fragments := rows.pop(_FRAGMENTS, None):
            self._fragments.append((self._counts[_LOGS], fragments))
            self._fragment_batches[batch.artifact_id] += 1
        for event in rows.get(_EVENTS, ()):
            self._events.setdefault(event[_EVENT_ID], event)  # the bundle has one row of an event, too
        if entries := rows.get(_ENTRIES):
            self._note_entries(entries, rows.get(_LOGS, []))
        self._counts.update({table: len(rows[table]) for table in _COUNTED if table in rows})

    def settled(self, *, own_session_only: bool) -> Batch:
        """Return the batch of the settled run, or of its call fragments if these are not all that decides."""
        fragments = list(self._fragments_from_end())
        run = self._run
        if run is None or not self._is_clear(run, fragments, own_session_only=own_session_only):
            return Batch(self._run_id, {_RUNS: [] if run is None else [run], _FRAGMENTS: [*fragments]})
        events = [_invoked(row) for row in sorted(self._events.values(), key=_order)]
        calls = list(merge(self._run_id, fragments, events, self._entries_from_end()))
        parts, incomplete = parts_of_run(self._run_id, run.session_id, self._prompts)
        kept = orjson.dumps([*map(list, fragments)])
        rows: dict[str, list[Values]] = {
            _RUNS: [self._run_counts.added_to(run, calls)],
            TABLE_OF[CallRow]: [*calls],
            TABLE_OF[PromptPartRow]: [*parts],
            TABLE_OF[SettledRunRow]: [SettledRunRow(self._run_id, len(self._events), 0, kept, incomplete)],
        }
        return Batch(self._run_id, rows)

    def _note_entries(self, rows: Sequence[Values], logs: Sequence[Values]) -> None:
        """Note the entries of calls with their numbers, those of their log records, and the times of these."""
        logs_before, log_count = self._counts[_LOGS], len(logs)
        for number, row in enumerate(rows, self._counts[_ENTRIES] + 1):
            if row[_CALL_ID] is not None:
                log: int = row[_LOG_ID]  # type: ignore[assignment]
                if 0 < log <= log_count:
                    self._entries.append((number, logs_before + log, logs[log - 1][_TIME], row))  # type: ignore[arg-type]
                else:
                    self._are_entries_clear = False

    def _fragments_from_end(self) -> Iterator[CallFragmentRow]:
        for logs_before, rows in self._fragments:
            shift = logs_before - self._counts[_LOGS]
            for row in rows:
                logs = (log if log is None else log + shift for log in row[_FIRST_LOG:_LAST_LOG])  # type: ignore[operator]
                yield CallFragmentRow(*row[:_FIRST_LOG], *logs, *row[_LAST_LOG:])  # type: ignore[arg-type]

    def _entries_from_end(self) -> Iterator[TranscriptEntry]:
        """Yield what each entry says about its call, as `sql/written.sql` does."""
        logs, entries = self._counts[_LOGS], self._counts[_ENTRIES]
        for number, log, timestamp, row in self._entries:
            session_id, entry_type, tool_name, call_id = _of_entry(row)
            error = row[_IS_ERROR]
            is_error = None if error is None else bool(error)
            is_use = entry_type == EntryType.TOOL_USE
            yield TranscriptEntry(
                number - entries, log - logs, session_id, is_use, tool_name, call_id, is_error, timestamp
            )

    def _is_clear(self, run: RunRow, fragments: Iterable[CallFragmentRow], *, own_session_only: bool) -> bool:
        """Return whether the records decide alone about the calls, and no log was read in several blocks."""
        if run.session_id is None or not self._are_entries_clear or max(self._fragment_batches.values(), default=0) > 1:
            return False
        known = {fragment.session_id for fragment in fragments if fragment.is_session_known}
        if own_session_only:
            known.update(_of_event(row)[1] for row in self._events.values())
        return known <= {run.session_id}


def _order(event: Values) -> tuple[str, int]:
    """Return what `sql/invoked.sql` orders events by; the first event of several alike is the first that was read."""
    timestamp, item_index = _order_of_event(event)
    return utc(timestamp) or "", item_index


def _invoked(event: Values) -> InvokedEvent:
    """Return what an event's row says about its call, as `sql/invoked.sql` does."""
    source, success, message = _success_of_event(event)
    return InvokedEvent._make((*_of_event(event), None if source == SuccessSource.ASSUMED else bool(success), message))
