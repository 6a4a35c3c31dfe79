"""Add up the outcomes of shards, as SQLite adds up the rows of a bundle: numbers are rounded and ordered alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import fields
from typing import Any, TypeVar

from ...explore.outcome import (
    EvaluationOutcome,
    ExperimentOutcome,
    FailureReason,
    Outcome,
    ResultCounts,
    SessionCounts,
    SlowestTool,
)
from .outcome_reading import outcome_sums_sql
from .outcome_rows import NUMBERS, NumberSums, ShardOutcome

Counts = TypeVar("Counts", ResultCounts, SessionCounts)


def all_together(shards: Sequence[ShardOutcome], run_bases: Sequence[int]) -> Outcome:
    """Return the outcome of all shards; what two of them hold counts twice.

    Args:
        shards: Their outcomes, in the order of the shards.
        run_bases: What is added to the ids of runs of each shard.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as sums:
        _fill(sums, shards)
        first_times = [shard.first_time for shard in shards if shard.first_time is not None]
        last_times = [shard.last_time for shard in shards if shard.last_time is not None]
        numbers = _numbers(shards)
        runs = _summed(ResultCounts, [shard.runs for shard in shards])
        return Outcome(
            runs=runs,
            session_samples=_summed(ResultCounts, [shard.session_samples for shard in shards]),
            sessions=_sessions(shards, runs),
            experiments=tuple(ExperimentOutcome(*row) for row in _rows(sums, "all_experiments")),
            first_time=min(first_times, default=None),
            last_time=max(last_times, default=None),
            models=tuple(name for (name,) in _rows(sums, "all_models")),
            adapters=tuple(name for (name,) in _rows(sums, "all_adapters")),
            reasons=tuple(_reason(shards, run_bases, *row) for row in _rows(sums, "all_reasons")),
            slowest_tool=next((SlowestTool(*row) for row in _rows(sums, "all_tools")), None),
            evaluations=tuple(EvaluationOutcome(*row) for row in _rows(sums, "all_evaluations")),
            **{name: getattr(numbers, name) for name in NUMBERS},
        )


def _fill(sums: sqlite3.Connection, shards: Sequence[ShardOutcome]) -> None:
    """Write what the shards list into tables."""
    sums.executescript(outcome_sums_sql("tables"))
    sums.execute("BEGIN")
    is_named = any(shard.evaluations for shard in shards)
    places = enumerate(shards)
    tables: dict[str, Iterable[tuple[object, ...]]] = {
        "evaluations": (row for shard in shards if is_named for row in _evaluations(shard)),
        "experiments": (row for shard in shards for row in shard.experiments),
        "reasons": ((*row[:5], shard, place) for shard, each in places for place, row in enumerate(each.reasons)),
        "models": (row for shard in shards for row in shard.models),
        "adapters": (row for shard in shards for row in shard.adapters),
        "tools": (row for shard in shards for row in shard.tools),
    }
    for table, rows in tables.items():
        width = len(sums.execute(f"SELECT * FROM {table}").description)
        sums.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)


def _evaluations(shard: ShardOutcome) -> Iterable[tuple[object, ...]]:
    """Return how the runs of each evaluation of a shard ended; those of a shard without names belong to none."""
    if shard.evaluations:
        return [
            (each.evaluation, each.runs, each.passed, each.failed, each.errors, each.unscored)
            for each in shard.evaluations
        ]
    counts = _summed(ResultCounts, [shard.runs, shard.session_samples])
    total = counts.total
    return [(None, total, counts.passed, counts.failed, counts.error, counts.unscored)] if total else []


def _rows(sums: sqlite3.Connection, name: str) -> Iterable[tuple[Any, ...]]:
    return sums.execute(outcome_sums_sql(name))


def _numbers(shards: Sequence[ShardOutcome]) -> NumberSums:
    """Return the sums of the numbers; one is None if no shard has it."""
    found = {
        name: [value for shard in shards if (value := getattr(shard.numbers, name)) is not None] for name in NUMBERS
    }
    return NumberSums(**{name: sum(values) for name, values in found.items() if values})


def _summed(kind: type[Counts], counts: Sequence[Counts]) -> Counts:
    return kind(**{each.name: sum(getattr(count, each.name) for count in counts) for each in fields(kind)})


def _sessions(shards: Sequence[ShardOutcome], runs: ResultCounts) -> SessionCounts:
    """Return how sessions outside of runs ended; those that only a log names are not counted beside runs."""
    found = _summed(SessionCounts, [shard.sessions for shard in shards])
    not_dumped = 0 if runs.total else found.not_dumped
    return SessionCounts(found.finished, found.error, found.unfinished, not_dumped)


def _reason(
    shards: Sequence[ShardOutcome], run_bases: Sequence[int], count: int, shard: int, place: int
) -> FailureReason:
    """Return a reason with the example of the first shard that lists it."""
    found = shards[shard].reasons[place]
    run_id = None if found.run_id is None else found.run_id + run_bases[shard]
    texts = found.kind, found.name or "", found.signature or ""
    return FailureReason(*texts, count, found.example or "", run_id, found.session_id, found.evaluation)
