"""Merges what logs, a session's ToolInvoked events and the transcript record of one tool call into one row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ..column_values import CallSource, Outcome
from ..run_rows import CallFragmentRow, CallRow, CallSourceBit
from ..timestamps import elapsed_ms, not_negative, sort_key

_SOURCE_OF_BIT = {1 << bit: source for bit, source in enumerate(CallSource)}

SUCCESS = {
    Outcome.SUCCEEDED: 1,
    Outcome.EXPANDED: 1,
    Outcome.FAILED: 0,
    Outcome.RAISED: 0,
    Outcome.REJECTED: 0,
    Outcome.DENIED: 0,
    Outcome.UNKNOWN: None,
}
"""Value of the column `success` for each outcome, here and in the `sql/standalone_*.sql`."""


class InvokedEvent(NamedTuple):
    """A ToolInvoked event; `success` is None where it was only assumed, because the event has no error."""

    event_id: str
    session_id: str
    tool_name: str
    call_id: str | None
    prompt_name: str
    timestamp: str
    success: bool | None
    message: str | None


class TranscriptEntry(NamedTuple):
    """A tool call in the transcript (`is_use`), or the result of one."""

    entry_id: int
    log_id: int
    session_id: str | None
    is_use: bool
    tool_name: str | None
    call_id: str
    is_error: bool | None
    timestamp: str


_NO_FRAGMENT = CallFragmentRow._make((None, 0, None, 0, "", *[None] * 10, 0))


@dataclass(eq=False, slots=True)
class _Call:
    """A call and its records; `fragment` is `_NO_FRAGMENT` if no log event records it."""

    fragment: CallFragmentRow
    tool_name: str
    call_id: str | None
    event: InvokedEvent | None = None
    use: TranscriptEntry | None = None
    result: TranscriptEntry | None = None

    @property
    def first_time(self) -> str:
        """Return the time of the call's first record."""
        time = self.fragment.requested_at or self.fragment.started_at or self.fragment.ended_at
        if time is None and self.event is not None:
            time = self.event.timestamp
        entry = self.use or self.result
        return time or (entry.timestamp if entry else "")

    @property
    def first_log_id(self) -> int | None:
        """Return the id of the call's first log record; None if no log records the call."""
        fragment, entry = self.fragment, self.use or self.result
        for log_id in (fragment.requested_log_id, fragment.started_log_id, fragment.ended_log_id):
            if log_id is not None:
                return log_id
        return entry.log_id if entry else None


def merge(
    run_id: int | None,
    fragments: Sequence[CallFragmentRow],
    events: Iterable[InvokedEvent],
    entries: Iterable[TranscriptEntry],
) -> list[CallRow]:
    """Return the calls of one run, or of one tree of sessions, each once and in order."""
    calls = [_Call(fragment, fragment.tool_name, fragment.call_id) for fragment in fragments]
    by_id: dict[str, list[_Call]] = defaultdict(list)
    by_name: dict[str, list[_Call]] = defaultdict(list)
    for call in calls:
        by_name[call.tool_name].append(call)
        if call.call_id is not None:
            by_id[call.call_id].append(call)
    for event in events:
        matching = _call_of_event(event, by_id, by_name)
        if matching is None:
            matching = _Call(_NO_FRAGMENT, event.tool_name, event.call_id)
            calls.append(matching)
            if event.call_id is not None:
                by_id[event.call_id].append(matching)
        matching.event = event
    for entry in entries:
        _add_entry(entry, by_id, calls)
    return [_row(run_id, call) for call in _in_order(calls)]


def _call_of_event(event: InvokedEvent, by_id: dict[str, list[_Call]], by_name: dict[str, list[_Call]]) -> _Call | None:
    """Return the call that the event records.

    It is the call with the event's id; without one, the first call of the tool that was running at the event's time, or
    else the last call that fits.
    """
    if event.call_id is not None:
        same_id = (call for call in by_id.get(event.call_id, ()) if call.tool_name == event.tool_name)
        matching = next((call for call in same_id if call.event is None), None)
        if matching is not None:
            return matching
    time = sort_key(event.timestamp)
    candidates = [call for call in by_name[event.tool_name] if _may_have_event(call, event, time)]
    running = (
        call for call in candidates if call.fragment.ended_at is None or sort_key(call.fragment.ended_at) >= time
    )
    return next(running, candidates[-1] if candidates else None)


def _may_have_event(call: _Call, event: InvokedEvent, time: str) -> bool:
    """Return whether an event of the call's tool, of that time, can be the call's, although they share no id."""
    fragment = call.fragment
    if call.event is not None or (event.call_id and call.call_id and event.call_id != call.call_id):
        return False
    if fragment.is_session_known and fragment.session_id != event.session_id:
        return False
    if fragment.outcome == Outcome.EXPANDED:
        return False
    # The library dispatches no event for a bridged call that raised or was rejected.
    if fragment.outcome in (Outcome.RAISED, Outcome.REJECTED) and fragment.source_bits & CallSourceBit.BRIDGE:
        return False
    started_at = fragment.started_at or fragment.requested_at
    return started_at is not None and sort_key(started_at) <= time


def _add_entry(entry: TranscriptEntry, by_id: dict[str, list[_Call]], calls: list[_Call]) -> None:
    """Assign a transcript entry to its call, or add a call for it if it names the tool."""
    same_id = by_id[entry.call_id]
    if entry.is_use:
        call = next((call for call in same_id if call.use is None), None)
    else:
        without_result = [call for call in same_id if call.result is None]
        call = next((call for call in without_result if call.use is not None), next(iter(without_result), None))
    if call is None:
        if entry.tool_name is None:
            return
        call = _Call(_NO_FRAGMENT, entry.tool_name, entry.call_id)
        calls.append(call)
        same_id.append(call)
    if entry.is_use:
        call.use = entry
    else:
        call.result = entry


def _in_order(calls: list[_Call]) -> list[_Call]:
    """Return the calls in the order of the log, or in the order of time if some are in no log."""
    log_ids = [log_id for call in calls if (log_id := call.first_log_id) is not None]
    if len(log_ids) < len(calls):
        return sorted(calls, key=lambda call: sort_key(call.first_time))
    return [calls[index] for index in sorted(range(len(calls)), key=log_ids.__getitem__)]


def _row(run_id: int | None, call: _Call) -> CallRow:
    fragment, event, entry = call.fragment, call.event, call.use or call.result
    outcome, duration = _outcome(call), _duration(call)
    source_bits = fragment.source_bits | (CallSourceBit.SLICES if event else 0)
    source_bits |= CallSourceBit.TRANSCRIPT if entry else 0
    return CallRow(
        run_id=run_id,
        session_id=event.session_id if event else fragment.session_id or (entry.session_id if entry else None),
        tool_name=call.tool_name,
        call_id=call.call_id or (event.call_id if event else None),
        prompt_name=fragment.prompt_name or (event.prompt_name if event else None),
        outcome=outcome,
        success=SUCCESS[outcome],
        duration_ms=not_negative(duration),
        source=source_names(source_bits),
        requested_log_id=fragment.requested_log_id,
        started_log_id=fragment.started_log_id,
        ended_log_id=fragment.ended_log_id,
        event_id=event.event_id if event else None,
        use_entry_id=call.use.entry_id if call.use else None,
        result_entry_id=call.result.entry_id if call.result else None,
        ends_before_start=int(duration is not None and duration < 0),
    )


@cache
def source_names(source_bits: int) -> str:
    """Return the names of a call's sources, separated by commas; `source_bits` is a sum of `CallSourceBit` values."""
    return ",".join(name for bit, name in _SOURCE_OF_BIT.items() if source_bits & bit)


def all_source_names() -> list[tuple[int, str]]:
    """Return every sum of source bits with its names."""
    return [(source_bits, source_names(source_bits)) for source_bits in range(2 * max(_SOURCE_OF_BIT))]


def _outcome(call: _Call) -> Outcome:
    """Return how the call ended: the log takes precedence, then the session, then the transcript."""
    if call.fragment.outcome is not None:
        return Outcome(call.fragment.outcome)
    if call.event is not None and call.event.success is not None:
        return Outcome.SUCCEEDED if call.event.success else failure_outcome(call.event.tool_name, call.event.message)
    if call.result is not None and call.result.is_error is not None:
        return Outcome.FAILED if call.result.is_error else Outcome.SUCCEEDED
    return Outcome.UNKNOWN


def failure_outcome(tool_name: str, message: str | None) -> Outcome:
    """Return how a call failed that no log records.

    The result of a call whose exception the library caught begins with words of the library.
    """
    message = message or ""
    if message.startswith("Tool validation failed: "):
        return Outcome.REJECTED
    tool = f"Tool '{tool_name}' "
    is_caught = message.startswith((f"{tool}execution failed: ", f"{tool}raised TypeError: "))
    return Outcome.RAISED if is_caught else Outcome.FAILED


def _duration(call: _Call) -> float | None:
    """Return the milliseconds by the times in the log; the event's time is the end if the log has none."""
    fragment = call.fragment
    started_at = fragment.started_at or fragment.requested_at
    if fragment.duration_ms is None and started_at is not None and call.event is not None:
        return elapsed_ms(started_at, call.event.timestamp)
    return fragment.duration_ms
