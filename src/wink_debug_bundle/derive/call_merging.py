"""One tool call out of all that tells of it: logs, the session's events, the transcript."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ..column_values import CallSource, Outcome
from ..run_rows import CallFragmentRow, CallRow, CallSourceBit
from ..timestamps import elapsed_ms

_NAMES = {1 << bit: source for bit, source in enumerate(CallSource)}

SUCCESS = {
    Outcome.SUCCEEDED: 1,
    Outcome.EXPANDED: 1,
    Outcome.FAILED: 0,
    Outcome.RAISED: 0,
    Outcome.REJECTED: 0,
    Outcome.DENIED: 0,
    Outcome.UNKNOWN: None,
}
"""The column `success` of each outcome, here and in `sql/standalone_calls.sql`."""


class Invoked(NamedTuple):
    """A ToolInvoked event; `success` is None where only its absence of an error speaks for it."""

    event_id: str
    session_id: str
    tool_name: str
    call_id: str | None
    prompt_name: str
    timestamp: str
    success: bool | None
    message: str | None


class Written(NamedTuple):
    """A call or its result in the transcript."""

    entry_id: int
    log_id: int
    session_id: str | None
    is_use: bool
    tool_name: str | None
    call_id: str
    is_error: bool | None
    timestamp: str


_UNLOGGED = CallFragmentRow._make((None, 0, None, 0, "", *[None] * 10, 0))


@dataclass(eq=False, slots=True)
class _Call:
    """A call and what was found of it."""

    logged: CallFragmentRow
    tool_name: str
    call_id: str | None
    invoked: Invoked | None = None
    use: Written | None = None
    result: Written | None = None

    @property
    def time(self) -> str:
        """When it was first told of."""
        found = self.logged.requested_at or self.logged.started_at or self.logged.ended_at
        if found is None and self.invoked is not None:
            found = self.invoked.timestamp
        written = self.use or self.result
        return found or (written.timestamp if written else "")

    @property
    def log_id(self) -> int | None:
        """Where the log first tells of it."""
        logged, written = self.logged, self.use or self.result
        first = logged.requested_log_id or logged.started_log_id or logged.ended_log_id
        return first or (written.log_id if written else None)


def merge(
    run_id: int | None, logged: Sequence[CallFragmentRow], invoked: Iterable[Invoked], written: Iterable[Written]
) -> list[CallRow]:
    """The calls of one run, or of one tree of sessions, each once and in order."""
    calls = [_Call(call, call.tool_name, call.call_id) for call in logged]
    by_id: dict[str, list[_Call]] = defaultdict(list)
    by_name: dict[str, list[_Call]] = defaultdict(list)
    for call in calls:
        by_name[call.tool_name].append(call)
        if call.call_id is not None:
            by_id[call.call_id].append(call)
    for event in invoked:
        found = _called(event, by_id, by_name)
        if found is None:
            found = _Call(_UNLOGGED, event.tool_name, event.call_id)
            calls.append(found)
            if event.call_id is not None:
                by_id[event.call_id].append(found)
        found.invoked = event
    for entry in written:
        _write(entry, by_id, calls)
    return [_row(run_id, call) for call in _in_order(calls)]


def _called(event: Invoked, by_id: dict[str, list[_Call]], by_name: dict[str, list[_Call]]) -> _Call | None:
    """The call that the event tells of: by its id, else by the time at which its session was told."""
    if event.call_id is not None:
        same = (call for call in by_id.get(event.call_id, ()) if call.tool_name == event.tool_name)
        found = next((call for call in same if call.invoked is None), None)
        if found is not None:
            return found
    fitting = [call for call in by_name[event.tool_name] if _may_be(event, call)]
    running = (call for call in fitting if call.logged.ended_at is None or call.logged.ended_at >= event.timestamp)
    return next(running, fitting[-1] if fitting else None)


def _may_be(event: Invoked, call: _Call) -> bool:
    """Whether the event, without an id in common, can be the call's."""
    logged = call.logged
    if call.invoked is not None or (event.call_id and call.call_id and event.call_id != call.call_id):
        return False
    if logged.is_session_known and logged.session_id != event.session_id:
        return False
    is_silent = logged.outcome in (Outcome.RAISED, Outcome.REJECTED) and logged.source_bits & CallSourceBit.BRIDGE
    begun = logged.started_at or logged.requested_at
    return not is_silent and logged.outcome != Outcome.EXPANDED and begun is not None and begun <= event.timestamp


def _write(entry: Written, by_id: dict[str, list[_Call]], calls: list[_Call]) -> None:
    """Give an entry to its call, or make a call of it."""
    same = by_id[entry.call_id]
    if entry.is_use:
        call = next((call for call in same if call.use is None), None)
    else:
        waiting = [call for call in same if call.result is None]
        call = next((call for call in waiting if call.use is not None), next(iter(waiting), None))
    if call is None:
        if entry.tool_name is None:
            return
        call = _Call(_UNLOGGED, entry.tool_name, entry.call_id)
        calls.append(call)
        same.append(call)
    if entry.is_use:
        call.use = entry
    else:
        call.result = entry


def _in_order(calls: list[_Call]) -> list[_Call]:
    """The calls in the order of the log; in that of time, where some are in no log."""
    places = [call.log_id or 0 for call in calls]
    if 0 in places:
        return sorted(calls, key=lambda call: call.time)
    return [calls[index] for index in sorted(range(len(calls)), key=places.__getitem__)]


def _row(run_id: int | None, call: _Call) -> CallRow:
    logged, event = call.logged, call.invoked
    outcome = _outcome(call)
    source_bits = logged.source_bits | (CallSourceBit.SLICES if event else 0)
    source_bits |= CallSourceBit.TRANSCRIPT if call.use or call.result else 0
    written = call.use or call.result
    return CallRow(
        run_id=run_id,
        session_id=event.session_id if event else logged.session_id or (written.session_id if written else None),
        tool_name=call.tool_name,
        call_id=call.call_id or (event.call_id if event else None),
        prompt_name=logged.prompt_name or (event.prompt_name if event else None),
        outcome=outcome,
        success=SUCCESS[outcome],
        duration_ms=_duration(call),
        source=source_names(source_bits),
        requested_log_id=logged.requested_log_id,
        started_log_id=logged.started_log_id,
        ended_log_id=logged.ended_log_id,
        event_id=event.event_id if event else None,
        use_entry_id=call.use.entry_id if call.use else None,
        result_entry_id=call.result.entry_id if call.result else None,
    )


@cache
def source_names(source_bits: int) -> str:
    """The names of those who tell of a call."""
    return ",".join(name for source, name in _NAMES.items() if source_bits & source)


def all_source_names() -> list[tuple[int, str]]:
    """Every sum of source_bits with its names."""
    return [(source_bits, source_names(source_bits)) for source_bits in range(2 * max(_NAMES))]


def _outcome(call: _Call) -> Outcome:
    """How the call ended: the log knows best, then the session, then the transcript."""
    if call.logged.outcome is not None:
        return Outcome(call.logged.outcome)
    if call.invoked is not None and call.invoked.success is not None:
        return Outcome.SUCCEEDED if call.invoked.success else _failure(call.invoked)
    if call.result is not None and call.result.is_error is not None:
        return Outcome.FAILED if call.result.is_error else Outcome.SUCCEEDED
    return Outcome.UNKNOWN


def _failure(event: Invoked) -> Outcome:
    """How a call failed that no log tells of: by the words that the library puts into the result of one that it caught."""
    message = event.message or ""
    if message.startswith("Tool validation failed: "):
        return Outcome.REJECTED
    tool = f"Tool '{event.tool_name}' "
    caught = message.startswith((f"{tool}execution failed: ", f"{tool}raised TypeError: "))
    return Outcome.RAISED if caught else Outcome.FAILED


def _duration(call: _Call) -> float | None:
    logged = call.logged
    begun = logged.started_at or logged.requested_at
    if logged.duration_ms is None and begun is not None and call.invoked is not None:
        return elapsed_ms(begun, call.invoked.timestamp)
    return logged.duration_ms
