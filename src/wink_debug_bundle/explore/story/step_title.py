"""Make steps of rows: say who speaks, and join what belongs to a call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .reading import Row, text_of
from .step_order import Place
from .story_data import Step, StepKind

_ENTRY_KINDS = {
    "user_message": StepKind.PROMPT,
    "assistant_message": StepKind.MESSAGE,
    "thinking": StepKind.THINKING,
    "tool_use": StepKind.CALL,
    "tool_result": StepKind.CALL,
    "system_event": StepKind.SYSTEM,
    "error": StepKind.WARNING,
}
_SPEAKERS = {
    "user_message": "user",
    "assistant_message": "assistant",
    "tool_use": "call",
    "tool_result": "result",
    "system_event": "event",
    "unknown": "not understood",
}


def anchor_of(place: Place) -> str:
    """Return the name that a step keeps, whatever stands before it: the kind of its row and the row's number."""
    kind = "prompt" if place.kind in {"rendered", "executed"} else place.kind
    return f"{kind}-{place.id}"


def step_of(place: Place, number: int, row: Row) -> Step:
    """Return the step of a row that one of the statements `step_*.sql` read."""
    return _MAKERS[place.kind](place, number, row)


def _entry(place: Place, number: int, row: Row) -> Step:
    _, timestamp, entry_type, tool_name, text, data, is_error, model, source, log_id = row
    speaker = _SPEAKERS.get(entry_type, str(entry_type).replace("_", " "))
    return Step(
        number,
        anchor_of(place),
        _ENTRY_KINDS.get(entry_type, StepKind.OTHER),
        f"{speaker} {tool_name}" if tool_name else speaker,
        text=text_of(text),
        parameters=text_of(data),
        outcome="failed" if is_error else None,
        timestamp=timestamp or None,
        model=text_of(model),
        source=text_of(source) or None,
        session_id=place.session_id,
        depth=place.depth,
        handles=(f"logs.{log_id}.context",),
    )


def _call(place: Place, number: int, row: Row) -> Step:
    _, started, ended, tool_name, outcome, duration_ms, params, output, error, message, value, event, *logs = row
    result = _first_text(output, None if error else message, value)
    records = dict.fromkeys(f"logs.{log}.context" for log in logs if log is not None)
    events = (f"tool_invocations.{event}.{column}" for column in ("params", "result_value", "rendered_output"))
    return Step(
        number,
        anchor_of(place),
        StepKind.CALL,
        str(text_of(tool_name)),
        text=result,
        parameters=text_of(params),
        error=None if error is None or str(error) in (result or "") else text_of(error),
        outcome=outcome,
        duration_ms=duration_ms,
        timestamp=started or place.at,
        ended_at=ended,
        source=text_of(place.source) or None,
        session_id=place.session_id,
        depth=place.depth,
        handles=(*records, *(events if event is not None else ())),
    )


def _prompt(place: Place, number: int, row: Row) -> Step:
    _, timestamp, event_type, name, text, output, *_ = row
    is_rendered = event_type == "rendered"
    words = text_of(text)
    structured = text_of(output)
    return Step(
        number,
        anchor_of(place),
        StepKind.PROMPT if is_rendered else StepKind.MESSAGE,
        f"{'' if is_rendered else 'answer to '}{text_of(name) or 'unnamed'}",
        text=words,
        parameters=None if structured == "null" or _same_json(words, structured) else structured,
        timestamp=timestamp or None,
        session_id=place.session_id,
        depth=place.depth,
        handles=(f"prompt_events.{place.id}.{'rendered_text' if is_rendered else 'result'}",),
    )


def _log(place: Place, number: int, row: Row) -> Step:
    _, timestamp, level, logger, event, message, context = row
    return Step(
        number,
        anchor_of(place),
        StepKind.WARNING,
        f"{level} {event or logger}",
        text=text_of(message),
        parameters=None if context in (None, "{}") else text_of(context),
        timestamp=timestamp or None,
        session_id=place.session_id,
        depth=place.depth,
        handles=(f"logs.{place.id}.message", f"logs.{place.id}.context"),
    )


def _failure(place: Place, number: int, row: Row) -> Step:
    _, timestamp, kind, name, message, traceback, run_id = row
    return Step(
        number,
        anchor_of(place),
        StepKind.FAILURE,
        f"run failed: {text_of(name)}" if kind == "run" else "sample not passed",
        text=text_of(message),
        error=text_of(traceback) if kind == "run" else None,
        timestamp=timestamp,
        session_id=place.session_id,
        handles=(f"runs.{run_id}.traceback",) if traceback else (f"failures.{place.id}.message",),
    )


_MAKERS: Mapping[str, Callable[[Place, int, Row], Step]] = {
    "entry": _entry,
    "call": _call,
    "rendered": _prompt,
    "executed": _prompt,
    "log": _log,
    "failure": _failure,
}


def _first_text(*values: Any) -> str | None:
    """Return the first value that is there and not empty, as text; an empty one if there is no other."""
    texts = [text for value in values if (text := text_of(value)) is not None]
    return next((text for text in texts if text), texts[0] if texts else None)


def _same_json(text: str | None, output: str | None) -> bool:
    """Return whether a text is the JSON of the structured output."""
    if text is None or output is None:
        return output is None
    try:
        return bool(json.loads(text) == json.loads(output))
    except (ValueError, RecursionError):
        return False
