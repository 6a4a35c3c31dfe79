"""Say in words what every format of a story says: its head, its facts, the first line of a step."""

from __future__ import annotations

from collections.abc import Iterator

from .story_data import Step, StepKind, StoryHeader

_MARKS = {
    StepKind.PROMPT: "PROMPT",
    StepKind.MESSAGE: "MESSAGE",
    StepKind.THINKING: "THINKING",
    StepKind.CALL: "CALL",
    StepKind.SYSTEM: "SYSTEM",
    StepKind.OTHER: "OTHER",
    StepKind.WARNING: "LOG",
    StepKind.FAILURE: "FAILURE",
}


_RESULTS = {"unscored": "no error, not scored", "unfinished": "without a result"}


def story_title(header: StoryHeader) -> str:
    """Return the title of a story: `Run 36: failed`, or `Session 3e4b...`."""
    result = f": {_RESULTS.get(header.result, header.result)}" if header.result else ""
    if header.run_id is None:
        return f"Session {header.session_id}{result}"
    return f"Run {header.run_id}{result}"


def facts(header: StoryHeader) -> Iterator[tuple[str, str]]:
    """Yield the names and values of what is known."""
    for name, value in (
        ("sample", header.sample_id),
        ("experiment", header.experiment),
        ("score", None if header.score is None else f"{header.score:g}"),
        ("reason", header.reason),
        ("tokens", _tokens(header)),
        ("duration", None if header.duration_ms is None else duration_text(header.duration_ms)),
        ("model", header.model),
        ("adapter", header.adapter),
        ("prompt", header.prompt),
        ("started", header.started_at),
        ("ended", header.ended_at),
        ("session", header.session_id if header.run_id is not None else None),
        ("bundle id", header.bundle_id),
        ("sessions", f"{header.session_count:,}" if header.session_count > 1 else None),
        ("steps", f"{header.step_count:,}"),
    ):
        if value:
            yield name, value


def step_mark(step: Step) -> str:
    """Return the word in capitals that says what a step is."""
    return _MARKS[step.kind]


def step_line(step: Step) -> str:
    """Return what a step is and how it ended: `CALL find_trains succeeded in 43 ms`."""
    mark = step_mark(step)
    parts = [mark] if step.title == mark.lower() else [mark, step.title]
    if step.outcome:
        parts.append(step.outcome)
    if step.duration_ms is not None:
        parts.append(f"in {duration_text(step.duration_ms)}")
    return " ".join(parts)


def step_notes(step: Step) -> str:
    """Return when a step happened, and which sub-agent and model it is from."""
    agent = step.source if step.source not in (None, "main") else None
    return "  ".join(filter(None, (clock(step.timestamp), agent, step.model)))


def clock(timestamp: str | None) -> str:
    """Return the time of the day in a timestamp, to the millisecond; any other text as it is."""
    if not timestamp:
        return ""
    day, _, time = timestamp.partition("T")
    return time[:12] if len(day) == 10 and time else timestamp


def duration_text(milliseconds: float) -> str:
    """Return a duration, like `43 ms`, `1.2 s` or `3 min 20 s`."""
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms" if milliseconds >= 0.95 else f"{milliseconds:.1f} ms"
    seconds = milliseconds / 1000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s"


def _tokens(header: StoryHeader) -> str | None:
    if header.input_tokens is None and header.output_tokens is None:
        return None
    cached = f", {header.cached_tokens:,} of the input cached" if header.cached_tokens else ""
    of_root = " (of the root session)" if header.run_id is not None and header.session_count > 1 else ""
    return f"{header.input_tokens or 0:,} in, {header.output_tokens or 0:,} out{cached}{of_root}"
