"""Read the outcome of a shard from its bundle."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ...database.connection import open_bundle
from ...errors import BundleBuildError
from ...explore.costs.loose_values import integer_or_none, number_of, number_or_none, text_of, text_or_none
from ...explore.outcome import read_outcome
from .outcome_rows import NUMBERS, ExperimentSum, NameCount, NumberSums, ReasonCount, ShardOutcome, ToolTime
from .run_copies import run_marks

MOST_LISTED = 50
"""Reasons, experiments, models, adapters or tools of one shard that its commit lists."""

Listed = TypeVar("Listed")
_Row = tuple[object, ...]


def read_shard_outcome(bundle: Path) -> ShardOutcome:
    """Return how everything in a finished bundle ended.

    Raises:
        BundleBuildError: the bundle cannot be read.
    """
    try:
        with closing(open_bundle(bundle)) as connection:
            return shard_outcome_of(connection)
    except sqlite3.Error as error:
        raise BundleBuildError(f"{bundle}: its outcome cannot be read: {error}") from error


def shard_outcome_of(connection: sqlite3.Connection) -> ShardOutcome:
    """Return how everything in an open bundle ended.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    whole = read_outcome(connection)
    experiments, more_experiments = _listed(connection, "experiments", _experiment)
    reasons, more_reasons = _listed(connection, "reasons", _reason)
    models, more_models = _listed(connection, "models", _name)
    adapters, more_adapters = _listed(connection, "adapters", _name)
    tools, more_tools = _listed(connection, "tools", _tool)
    return ShardOutcome(
        whole.runs,
        whole.session_samples,
        whole.sessions,
        NumberSums(**{name: getattr(whole, name) for name in NUMBERS}),
        whole.first_time,
        whole.last_time,
        whole.evaluations,
        experiments,
        reasons,
        models,
        adapters,
        tools,
        more_experiments + more_reasons + more_models + more_adapters + more_tools,
        run_marks(connection),
    )


def _listed(connection: sqlite3.Connection, name: str, row: Callable[[_Row], Listed]) -> tuple[tuple[Listed, ...], int]:
    """Return the first rows of a query, which begin with the number of all of them, and how many others there are."""
    found = list(islice(connection.execute(outcome_sums_sql(name)), MOST_LISTED))
    return tuple(row(tuple(each)[1:]) for each in found), (found[0][0] - len(found)) if found else 0


@cache
def outcome_sums_sql(name: str) -> str:
    """Return the SQL of a file."""
    return files(__package__).joinpath("outcome_sums", f"{name}.sql").read_text(encoding="utf-8")


def _count(value: object) -> int:
    return integer_or_none(value) or 0


def _experiment(row: _Row) -> ExperimentSum:
    evaluation, experiment, samples, passed, failed, errors, unscored, score, scored, total_tokens = row
    return ExperimentSum(
        text_or_none(evaluation),
        text_or_none(experiment),
        _count(samples),
        _count(passed),
        _count(failed),
        _count(errors),
        _count(unscored),
        number_or_none(score),
        _count(scored),
        integer_or_none(total_tokens),
    )


def _reason(row: _Row) -> ReasonCount:
    evaluation, kind, name, signature, count, example, run_id, session_id = row
    reason = text_or_none(evaluation), text_of(kind), text_or_none(name), text_or_none(signature)
    return ReasonCount(*reason, _count(count), text_or_none(example), integer_or_none(run_id), text_or_none(session_id))


def _name(row: _Row) -> NameCount:
    return NameCount(text_of(row[0]), _count(row[1]))


def _tool(row: _Row) -> ToolTime:
    name, count, total, most = row
    return ToolTime(text_of(name), _count(count), number_of(total), number_of(most))
