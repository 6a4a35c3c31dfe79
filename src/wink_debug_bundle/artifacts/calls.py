"""Tool calls among log records: which record asks for one, which begins and which ends it.

No release logs a call as one record, and few give every record of it an id. Records of one call are found by its id
where they have one; else like brackets, the end belonging to the last beginning of that tool, because a tool may
run an agent that calls it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..records import CallPartRow, CallSource, Outcome
from .jsontext import JsonObject, text_or_none
from .run_zip import as_object
from .times import elapsed_ms
from .transcripts import TOOL_RESULT, TOOL_USE, Transcribed, plain_tool_name


class Phase(Enum):
    """What a record says of its call."""

    ASKED = "asked"
    STARTED = "started"
    ENDED = "ended"
    DISPATCHED = "dispatched"


@dataclass(frozen=True, slots=True)
class Telling:
    """What an event's records say: the phase, the source, how the call ended if that is clear, and where ids stand.

    An event that `is_last` is followed by no ToolInvoked of its call.
    """

    phase: Phase
    source: int
    outcome: str | None = None
    id_key: str = "call_id"
    is_last: bool = False


_EXECUTION, _BRIDGE, _HOOK = CallSource.EXECUTION, CallSource.BRIDGE, CallSource.HOOK

TELLINGS: dict[str, Telling] = {
    "tool.execution.start": Telling(Phase.STARTED, _EXECUTION),
    "tool.execution.complete": Telling(Phase.ENDED, _EXECUTION),
    "tool_handler_exception": Telling(Phase.ENDED, _EXECUTION, Outcome.RAISED),
    "tool_type_error": Telling(Phase.ENDED, _EXECUTION, Outcome.RAISED),
    "tool_validation_failed": Telling(Phase.ENDED, _EXECUTION, Outcome.REJECTED),
    "bridge.tool_call.start": Telling(Phase.STARTED, _BRIDGE, id_key="tool_use_id"),
    "bridge.tool_call.complete": Telling(Phase.ENDED, _BRIDGE, is_last=True),
    "bridge.handler_error": Telling(Phase.ENDED, _BRIDGE, Outcome.RAISED, is_last=True),
    "bridge.validation_error": Telling(Phase.ENDED, _BRIDGE, Outcome.REJECTED, is_last=True),
    "bridge.policy_denied": Telling(Phase.ENDED, _BRIDGE, Outcome.DENIED),
    "bridge.visibility_expansion_required": Telling(Phase.ENDED, _BRIDGE, Outcome.EXPANDED, is_last=True),
    "hook.pre_tool_use": Telling(Phase.ASKED, _HOOK, id_key="tool_use_id"),
    "hook.tool_invoked": Telling(Phase.ENDED, _HOOK, is_last=True),
    "hook.tool_call.complete": Telling(Phase.ENDED, _HOOK, is_last=True),
    "session.dispatch_data_event": Telling(Phase.DISPATCHED, CallSource.SLICES),
}

_CLAUDE = "claude_agent_sdk"
"""This agent's transcript is read from its files now and then, so the place of its entries tells nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """A log record that tells of calls: its ordinal in its batch, and what stands in its columns."""

    log_id: int
    timestamp: str
    session: str | None


@dataclass(eq=False, slots=True)
class Call:
    """A call as far as it is known."""

    tool_name: str
    call_id: str | None
    session: str | None
    prompt_name: str | None = None
    is_session_told: bool = False
    asked: Told | None = None
    started: Told | None = None
    ended: Told | None = None
    outcome: str | None = None
    sources: int = 0
    given: Any = None
    """What the tool was asked to do, until it starts."""

    @property
    def is_open(self) -> bool:
        return self.ended is None


@dataclass(slots=True)
class CallReader:
    """Puts the records of one block together to calls."""

    calls: list[Call] = field(default_factory=list)
    _of_tool: dict[str, dict[int, Call]] = field(default_factory=lambda: defaultdict(dict))
    _of_id: dict[str, Call] = field(default_factory=dict)
    _open: dict[int, Call] = field(default_factory=dict)
    _awaiting: Call | None = None

    def tell(self, telling: Telling, record: Told, context: JsonObject) -> None:
        """Take one record of one of the events in TELLINGS."""
        if telling.phase is Phase.DISPATCHED:
            self._dispatch(context)
            return
        name = text_or_none(context.get("tool_name")) or text_or_none(context.get("tool")) or ""
        name, call_id = plain_tool_name(name), text_or_none(context.get(telling.id_key)) or None
        match telling.phase:
            case Phase.ASKED:
                call = self._ask(name, call_id, record, _given(context))
            case Phase.STARTED:
                call = self._start(name, call_id, record, context.get("arguments"))
                call.prompt_name = text_or_none(context.get("prompt_name")) or text_or_none(context.get("prompt"))
            case _:
                outcome = telling.outcome or _outcome(context.get("success"))
                call = self._end(name, call_id, record, outcome)
                self._awaiting = None if telling.is_last else call
        call.sources |= telling.source

    def tell_transcribed(self, entry: Transcribed, record: Told, context: JsonObject) -> None:
        """Take a transcript entry of an agent whose entries stand where they happened."""
        if context.get("adapter") == _CLAUDE:
            return
        for block in entry.blocks:
            if block.call_id is None or block.tool_name is None:
                continue
            if block.entry_type == TOOL_USE:
                self._ask(block.tool_name, block.call_id, record, None).sources |= CallSource.TRANSCRIPT
            elif block.entry_type == TOOL_RESULT and self._is_open(block.call_id):
                outcome = Outcome.FAILED if block.is_error else Outcome.SUCCEEDED
                self._awaiting = self._end(block.tool_name, block.call_id, record, outcome)
                self._awaiting.sources |= CallSource.TRANSCRIPT

    def rows(self, artifact_id: int, run_id: int | None) -> Iterator[CallPartRow]:
        """The calls, in the order in which they were first told of."""
        for call in self.calls:
            yield CallPartRow(
                run_id=run_id,
                artifact_id=artifact_id,
                session_id=call.session,
                is_session_told=int(call.is_session_told),
                tool_name=call.tool_name,
                call_id=call.call_id,
                prompt_name=call.prompt_name,
                asked_log_id=call.asked.log_id if call.asked else None,
                started_log_id=call.started.log_id if call.started else None,
                ended_log_id=call.ended.log_id if call.ended else None,
                asked_at=call.asked.timestamp if call.asked else None,
                started_at=call.started.timestamp if call.started else None,
                ended_at=call.ended.timestamp if call.ended else None,
                duration_ms=milliseconds(call.started or call.asked, call.ended),
                outcome=call.outcome,
                sources=call.sources,
            )

    def _ask(self, name: str, call_id: str | None, record: Told, given: Any) -> Call:
        call = self._new(name, call_id, record)
        call.asked, call.given = record, given
        return call

    def _start(self, name: str, call_id: str | None, record: Told, given: Any) -> Call:
        call = self._asked(name, call_id, given) or self._new(name, call_id, record)
        call.started, call.given = record, None
        return call

    def _end(self, name: str, call_id: str | None, record: Told, outcome: str | None) -> Call:
        call = self._begun(name, call_id) or self._new(name, call_id, record)
        call.ended, call.outcome, call.given = record, outcome, None
        self._open.pop(id(call), None)
        self._of_tool[name].pop(id(call), None)
        return call

    def _new(self, name: str, call_id: str | None, record: Told) -> Call:
        call = Call(name, call_id, record.session)
        self.calls.append(call)
        self._open[id(call)] = call
        self._of_tool[name][id(call)] = call
        if call_id is not None:
            self._of_id[call_id] = call
        self._awaiting = None
        return call

    def _is_open(self, call_id: str) -> bool:
        call = self._of_id.get(call_id)
        return call is not None and call.is_open

    def _asked(self, name: str, call_id: str | None, given: Any) -> Call | None:
        """The call that begins now, if it was asked for: by its id, else the first of that tool asked to do the same."""
        if call_id is not None:
            call = self._of_id.get(call_id)
            return call if call is not None and call.is_open and call.started is None else None
        waiting = [call for call in self._of_tool[name].values() if call.started is None]
        same = [call for call in waiting if call.given == given]
        return next(iter(same or waiting), None)

    def _begun(self, name: str, call_id: str | None) -> Call | None:
        """The call that ends now: by its id, else the last of that tool that has begun."""
        if call_id is not None:
            call = self._of_id.get(call_id)
            return call if call is not None and call.is_open else None
        open_calls = reversed(self._of_tool[name].values())
        return next((call for call in open_calls if call.started is not None), None)

    def _dispatch(self, context: JsonObject) -> None:
        """Take the news that a session was told of a call: the one that has just ended, or else runs now."""
        if context.get("data_type") != "ToolInvoked":
            return
        session = text_or_none(context.get("session_id"))
        running = (call for call in reversed(self._open.values()) if not call.is_session_told)
        call = self._awaiting or next(running, None)
        if call is not None and session:
            call.session, call.is_session_told = session, True
        self._awaiting = None


def milliseconds(begin: Told | None, end: Told | None) -> float | None:
    """How long it took by the log's clock; None where that is not known."""
    return None if begin is None or end is None else elapsed_ms(begin.timestamp, end.timestamp)


def _given(context: JsonObject) -> Any:
    """What a hook was told that the tool is asked to do; until 0.24 it stands deeper."""
    return context.get("tool_input", as_object(context.get("input_data")).get("tool_input"))


def _outcome(success: object) -> str | None:
    return (Outcome.SUCCEEDED if success else Outcome.FAILED) if isinstance(success, bool) else None
