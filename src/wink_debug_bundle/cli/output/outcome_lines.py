"""Tell the outcome of a bundle in a few lines of 80 columns, and the commands to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ...bundle import DebugBundle
from ...errors import BundleError
from ...explore.outcome import Outcome, SessionCounts
from ...terminal_text import visible
from .evaluation_lines import evaluation_lines, experiment_lines, results_of_evaluations, short_name, with_parts
from .wording import Parts, command_line, counted, duration, listed, within

_WIDTH = 79
_MOST_NAMES = 3
"""Models and adapters that are named."""


def outcome_of(path: Path) -> Outcome | None:
    """Return what happened, as a bundle says that was just written; None if something else has replaced it since."""
    with suppress(BundleError), DebugBundle.open(path) as bundle:
        return bundle.outcome
    return None


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """Yield a heading and what happened, each fact on a line of its own; facts that are not there have no line."""
    yield "Outcome:"
    for line in _facts(outcome):
        yield within(f"  {line}", _WIDTH)


def next_lines(outcome: Outcome | None, path: Path) -> Iterator[str]:
    """Yield a heading and the commands to type next, each on a line that can be copied."""
    yield "Next:"
    if outcome is not None and outcome.reasons:
        first = outcome.reasons[0]
        example = first.session_id if first.run_id is None else str(first.run_id)
        if example is not None:
            yield f"  {command_line('show', path, example)}"
        yield f"  {command_line('query', path, '--name', 'failure-reasons')}"
    yield f"  {command_line('serve', path)}"


def _facts(outcome: Outcome) -> Iterator[str]:
    yield from _result_lines(outcome)
    yield from experiment_lines(outcome.experiments)
    yield from _reason_lines(outcome)
    yield from _period_lines(outcome.first_time, outcome.last_time)
    yield from _name_lines("Model", outcome.models)
    yield from _name_lines("Adapter", outcome.adapters)
    yield from _call_lines(outcome)
    yield from _token_lines(outcome)
    yield from _problem_lines(outcome)


def _result_lines(outcome: Outcome) -> Iterator[str]:
    yield from evaluation_lines(outcome, _WIDTH - 2)
    if outcome.has_several_evaluations:
        yield from results_of_evaluations(outcome)
    else:
        if outcome.runs.total:
            yield f"Runs: {with_parts(outcome.runs)}"
        if outcome.session_samples.total:
            yield f"Samples: {with_parts(outcome.session_samples)}"
    if outcome.sessions.total:
        where = "Sessions outside of runs" if outcome.runs.total else f"Sessions{_together(outcome)}"
        yield f"{where}: {outcome.sessions.total:,} ({listed(_ends(outcome.sessions))})"


def _together(outcome: Outcome) -> str:
    """Return what is added to the name of a number that counts all evaluations."""
    return " in all" if outcome.has_several_evaluations else ""


def _ends(counts: SessionCounts) -> Parts:
    return (
        (counts.finished, "finished"),
        (counts.error, "ended with an error"),
        (counts.unfinished, "without a result"),
        (counts.not_dumped, "only in logs"),
    )


def _reason_lines(outcome: Outcome) -> Iterator[str]:
    if not outcome.reasons:
        return
    yield "Most frequent failures:"
    for reason in outcome.reasons:
        example = ""
        if reason.run_id is not None:
            example = f" (run {reason.run_id})"
        elif reason.session_id is not None:
            example = f" (session {visible(reason.session_id[:8])}…)"
        of_tool = "call of " if reason.kind == "tool" else ""
        where = "" if reason.evaluation is None else f"in {short_name(reason.evaluation)}: "
        said = f"  {reason.count:,}x {where}{of_tool}{visible(reason.reason)}"
        yield f"{within(said, _WIDTH - 2 - len(example))}{example}"


def _period_lines(first: str | None, last: str | None) -> Iterator[str]:
    if first is not None and last is not None:
        begin, end = (visible(moment[:19].replace("T", " ")) for moment in (first, last))
        end = end[11:] if begin[:10] == end[:10] else end
        yield f"Period: {begin} UTC" if begin.endswith(end) else f"Period: {begin} to {end} UTC"


def _name_lines(noun: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        shown = ", ".join(short_name(name) for name in names[:_MOST_NAMES])
        yield f"{noun}{'s' if len(names) > 1 else ''}: {shown}{more}"


def _call_lines(outcome: Outcome) -> Iterator[str]:
    if not outcome.call_count:
        return
    yield f"Tool calls{_together(outcome)}: {outcome.call_count:,}, {outcome.failed_call_count:,} of them failed"
    if slowest := outcome.slowest_tool:
        name = short_name(slowest.name)
        yield f"Slowest tool{_together(outcome)}: {name}, {_time(slowest.total_ms)} in {counted(slowest.call_count, 'call')}"


def _time(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds < 1000 else duration(milliseconds / 1000)


def _token_lines(outcome: Outcome) -> Iterator[str]:
    if outcome.total_tokens or outcome.unknown_token_runs:
        parts = [
            (outcome.input_tokens, "input"),
            (outcome.output_tokens, "output"),
            (outcome.cached_tokens or 0, "cached"),
        ]
        known = f" ({listed(parts)})" if outcome.total_tokens else ""
        missing = f"; unknown for {counted(outcome.unknown_token_runs, 'run')}" if outcome.unknown_token_runs else ""
        yield f"Tokens{_together(outcome)}: {outcome.total_tokens:,}{known}{missing}"


def _problem_lines(outcome: Outcome) -> Iterator[str]:
    if outcome.problem_count:
        partly = f", {counted(outcome.incomplete_count, 'artifact')} read in part" if outcome.incomplete_count else ""
        yield f"Problems at import: {outcome.problem_count:,}{partly}"
