"""Say the outcome of a bundle in tiles: a few words each, in the order in which a reader asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ..outcome import Outcome, ResultCounts
from ..story.step_wording import duration_text

_MOST_NAMES = 3


class Tile(NamedTuple):
    """One fact.

    Attributes:
        title: What it is about.
        value: The fact, in few words.
        more: What belongs to it.
        tone: "good", "warn" or "bad"; empty if it is neither.
        query: The saved query that has more; empty if none has.
    """

    title: str
    value: str
    more: str = ""
    tone: str = ""
    query: str = ""


def tiles(outcome: Outcome) -> list[Tile]:
    """Return the facts that are known."""
    return [
        *_pass_rate(outcome),
        *_runs(outcome),
        *_period(outcome),
        *_names("Models", outcome.models),
        *_names("Adapters", outcome.adapters),
        *_calls(outcome),
        *_slowest(outcome),
        *_tokens(outcome),
        _problems(outcome),
    ]


def _pass_rate(outcome: Outcome) -> Iterator[Tile]:
    """Yield the share of the samples that passed, of those that were scored or ended with an exception."""
    if outcome.has_several_evaluations:
        yield _evaluations(outcome)
        return
    passed = sum(experiment.passed for experiment in outcome.experiments)
    if known := sum(experiment.samples - experiment.unscored for experiment in outcome.experiments):
        rate = 100 * passed / known
        tone = "good" if passed == known else "bad" if rate < 50 else "warn"
        together = " in all" if len(outcome.experiments) > 1 else ""
        details = f"{passed:,} of {known:,} samples{_of_experiments(outcome)}"
        yield Tile(f"Passed{together}", f"{rate:.1f} %", details, tone, "pass-rate")


def _of_experiments(outcome: Outcome) -> str:
    """Return how many samples of each experiment passed, if there are several: one may be the baseline of another."""
    if len(outcome.experiments) < 2:
        return ""
    parts = [
        f"{each.experiment or 'no experiment'} {each.passed:,} of {each.samples - each.unscored:,}"
        for each in outcome.experiments[: 2 * _MOST_NAMES]
    ]
    others = len(outcome.experiments) - len(parts)
    return f": {', '.join(parts)}{f' and {others:,} more' if others else ''}"


def _evaluations(outcome: Outcome) -> Tile:
    """Return how many runs of each evaluation passed; they are not added up."""
    named = sum(each.evaluation is not None for each in outcome.evaluations)
    parts = [
        f"{each.evaluation or 'no evaluation'} {each.passed:,} of {each.runs:,} passed"
        for each in outcome.evaluations[: 2 * _MOST_NAMES]
    ]
    others = len(outcome.evaluations) - len(parts)
    more = f" and {others:,} more" if others else ""
    return Tile("Evaluations", f"{named:,}", ", ".join(parts) + more, query="pass-rate")


def _counts(outcome: Outcome) -> Iterator[tuple[str, ResultCounts]]:
    """Yield what was counted, and how many of it ended in which way: for each evaluation, if there are several."""
    if outcome.has_several_evaluations:
        noun = "Runs" if outcome.runs.total else "Samples"
        for each in outcome.evaluations[:_MOST_NAMES]:
            yield f"{noun} of {each.evaluation or 'no evaluation'}", each.counts
    else:
        yield "Runs", outcome.runs
        yield "Samples", outcome.session_samples


def _together(outcome: Outcome) -> str:
    return " in all" if outcome.has_several_evaluations else ""


def _runs(outcome: Outcome) -> Iterator[Tile]:
    for title, counts in _counts(outcome):
        if counts.total:
            tone = "bad" if counts.failed or counts.error else ""
            parts = _joined(
                (counts.passed, "passed"),
                (counts.failed, "failed"),
                (counts.error, "ended with an error"),
                (counts.unscored, "not scored"),
                (counts.unknown, "unreadable"),
            )
            yield Tile(title, f"{counts.total:,}", parts, tone, "failure-reasons" if tone else "sample-results")
    sessions = outcome.sessions
    if sessions.total:
        parts = _joined(
            (sessions.finished, "finished"),
            (sessions.error, "ended with an error"),
            (sessions.unfinished, "without a result"),
            (sessions.not_dumped, "only in logs"),
        )
        title = "Sessions outside of runs" if outcome.runs.total else f"Sessions{_together(outcome)}"
        yield Tile(title, f"{sessions.total:,}", parts, "bad" if sessions.error else "", "session-tree")


def _period(outcome: Outcome) -> Iterator[Tile]:
    first, last = _moment(outcome.first_time), _moment(outcome.last_time)
    if first and last and outcome.first_time and outcome.last_time:
        until = outcome.last_time[11:19] if first.date() == last.date() else outcome.last_time[:19].replace("T", " ")
        more = f"{outcome.first_time[:19].replace('T', ' ')} to {until} UTC"
        yield Tile("Period", _long_duration((last - first).total_seconds()), more)


def _moment(time: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(time) if time else None
    except ValueError:
        return None


def _long_duration(seconds: float) -> str:
    """Return a duration, like `43 ms`, `3 min 20 s`, `4 h 12 min` or `3 d 4 h`."""
    minutes = round(seconds / 60)
    if minutes < 60:
        return duration_text(seconds * 1000)
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440:,} d {minutes % 1440 // 60} h"


def _names(title: str, names: tuple[str, ...]) -> Iterator[Tile]:
    if names:
        others = len(names) - _MOST_NAMES
        more = ", ".join(names[1:_MOST_NAMES]) + (f" and {others:,} more" if others > 0 else "")
        yield Tile(title if len(names) > 1 else title.removesuffix("s"), names[0], more)


def _calls(outcome: Outcome) -> Iterator[Tile]:
    failed = outcome.failed_call_count
    if outcome.call_count:
        share = f"{failed:,} failed ({100 * failed / outcome.call_count:.1f} %)" if failed else "none failed"
        yield Tile(
            f"Tool calls{_together(outcome)}",
            f"{outcome.call_count:,}",
            share,
            "warn" if failed else "",
            "tool-success",
        )


def _slowest(outcome: Outcome) -> Iterator[Tile]:
    if tool := outcome.slowest_tool:
        calls = f"{tool.call_count:,} call{'' if tool.call_count == 1 else 's'}"
        more = f"{duration_text(tool.total_ms)} in {calls}, the longest {duration_text(tool.max_ms)}"
        yield Tile(f"Slowest tool{_together(outcome)}", tool.name, more, query="slowest-tools")


def _tokens(outcome: Outcome) -> Iterator[Tile]:
    if outcome.total_tokens:
        cached = f", {outcome.cached_tokens:,} from the cache" if outcome.cached_tokens else ""
        unknown = outcome.unknown_token_runs
        more = f"{outcome.input_tokens:,} in, {outcome.output_tokens:,} out{cached}"
        if unknown:
            more += f"; unknown for {unknown:,} run{'' if unknown == 1 else 's'}"
        yield Tile(f"Tokens{_together(outcome)}", f"{outcome.total_tokens:,}", more, query="token-totals")


def _problems(outcome: Outcome) -> Tile:
    if not outcome.problem_count:
        return Tile("Import", "complete", "every artifact could be read", "good", "artifact-overview")
    partial = f"{outcome.incomplete_count:,} artifacts are there in part" if outcome.incomplete_count else ""
    return Tile("Problems at import", f"{outcome.problem_count:,}", partial, "warn", "import-problems")


def _joined(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{number:,} {words}" for number, words in counts if number)
