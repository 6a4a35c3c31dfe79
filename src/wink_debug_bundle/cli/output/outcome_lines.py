"""Tell the outcome of a bundle in a few lines of 80 columns, and the commands to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...explore.outcome import ExperimentOutcome, Outcome, ResultCounts, SessionCounts
from ...terminal_text import visible
from .wording import command_line, counted, duration, within

_WIDTH = 79
_MOST_NAMES = 3
"""Models, adapters and experiments that are named."""

_LONGEST_NAME = 24

_Words = Sequence[tuple[int, str]]
"""Numbers, each with what it counts; a number of 0 is left out."""


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
    yield from _experiment_lines(outcome.experiments)
    yield from _reason_lines(outcome)
    yield from _period_lines(outcome.first_time, outcome.last_time)
    yield from _name_lines("Model", outcome.models)
    yield from _name_lines("Adapter", outcome.adapters)
    yield from _call_lines(outcome)
    yield from _token_lines(outcome)
    yield from _problem_lines(outcome)


def _result_lines(outcome: Outcome) -> Iterator[str]:
    if outcome.runs.total:
        yield f"Runs: {_with_parts(outcome.runs.total, _results(outcome.runs))}"
    if outcome.session_samples.total:
        yield f"Samples: {_with_parts(outcome.session_samples.total, _results(outcome.session_samples))}"
    if outcome.sessions.total:
        where = "Sessions outside of runs" if outcome.runs.total else "Sessions"
        yield f"{where}: {_with_parts(outcome.sessions.total, _ends(outcome.sessions))}"


def _results(counts: ResultCounts) -> _Words:
    return (
        (counts.passed, "passed"),
        (counts.failed, "failed"),
        (counts.error, "ended with an error"),
        (counts.unscored, "not scored"),
        (counts.unknown, "unreadable"),
    )


def _ends(counts: SessionCounts) -> _Words:
    return (
        (counts.finished, "finished"),
        (counts.error, "ended with an error"),
        (counts.unfinished, "without a result"),
        (counts.not_dumped, "only in logs"),
    )


def _with_parts(total: int, parts: _Words) -> str:
    return f"{total:,} ({_listed(parts)})"


def _listed(parts: _Words) -> str:
    return ", ".join(f"{number:,} {what}" for number, what in parts if number)


def _experiment_lines(experiments: Sequence[ExperimentOutcome]) -> Iterator[str]:
    names = [within(visible(each.experiment or "(no name)"), _LONGEST_NAME) for each in experiments]
    for name, each in zip(names[:_MOST_NAMES], experiments, strict=False):
        rate = "" if each.pass_rate is None else f" ({each.pass_rate} %)"
        yield f"Experiment {name}: {each.passed:,} of {counted(each.samples, 'sample')} passed{rate}{_mean_score(each)}"
    if len(experiments) > _MOST_NAMES:
        yield f"  and {counted(len(experiments) - _MOST_NAMES, 'more experiment')} (query --name pass-rate)"


def _mean_score(experiment: ExperimentOutcome) -> str:
    return "" if experiment.mean_score is None else f", mean score {experiment.mean_score}"


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
        said = f"  {reason.count:,}x {of_tool}{visible(reason.reason)}"
        yield f"{within(said, _WIDTH - 2 - len(example))}{example}"


def _period_lines(first: str | None, last: str | None) -> Iterator[str]:
    if first is not None and last is not None:
        begin, end = (visible(moment[:19].replace("T", " ")) for moment in (first, last))
        end = end[11:] if begin[:10] == end[:10] else end
        yield f"Period: {begin} UTC" if begin.endswith(end) else f"Period: {begin} to {end} UTC"


def _name_lines(noun: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        shown = ", ".join(within(visible(name), _LONGEST_NAME) for name in names[:_MOST_NAMES])
        yield f"{noun}{'s' if len(names) > 1 else ''}: {shown}{more}"


def _call_lines(outcome: Outcome) -> Iterator[str]:
    if not outcome.call_count:
        return
    yield f"Tool calls: {outcome.call_count:,}, {outcome.failed_call_count:,} of them failed"
    if slowest := outcome.slowest_tool:
        name = within(visible(slowest.name), _LONGEST_NAME)
        yield f"Slowest tool: {name}, {_time(slowest.total_ms)} in {counted(slowest.call_count, 'call')}"


def _time(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds < 1000 else duration(milliseconds / 1000)


def _token_lines(outcome: Outcome) -> Iterator[str]:
    if outcome.total_tokens or outcome.unknown_token_runs:
        parts = [
            (outcome.input_tokens, "input"),
            (outcome.output_tokens, "output"),
            (outcome.cached_tokens or 0, "cached"),
        ]
        known = f" ({_listed(parts)})" if outcome.total_tokens else ""
        missing = f"; unknown for {counted(outcome.unknown_token_runs, 'run')}" if outcome.unknown_token_runs else ""
        yield f"Tokens: {outcome.total_tokens:,}{known}{missing}"


def _problem_lines(outcome: Outcome) -> Iterator[str]:
    if outcome.problem_count:
        partly = f", {counted(outcome.incomplete_count, 'artifact')} read in part" if outcome.incomplete_count else ""
        yield f"Problems at import: {outcome.problem_count:,}{partly}"
