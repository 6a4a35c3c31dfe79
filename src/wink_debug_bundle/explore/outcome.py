"""Say in one value how everything in a bundle ended: results, reasons, tokens, calls, problems."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from ..column_values import FailureKind, RunResult
from ..errors import BundleVersionError
from .costs.loose_values import integer_of, integer_or_none, number_of, text_of, text_or_none
from .suggestions import relation_names

OUTCOME_VIEWS: Final = frozenset(
    {
        "token_usage",
        "session_samples",
        "session_results",
        "experiment_results",
        "evaluation_results",
        "failure_evaluations",
    }
)
"""Views that bundles of earlier releases lack."""

_RUNS = "SELECT result, count(*) FROM runs GROUP BY result"
_SAMPLES = "SELECT result, count(*) FROM session_samples GROUP BY result"
_SESSIONS = "SELECT result, count(*) FROM session_results GROUP BY result"
_EXPERIMENTS = """
SELECT experiment, samples, passed, failed, errors, unscored, pass_rate, mean_score, total_tokens,
    evaluation
FROM experiment_results
ORDER BY evaluation, samples DESC, experiment
"""
_MODELS = "SELECT model FROM entries WHERE model IS NOT NULL GROUP BY model ORDER BY count(*) DESC, model"
_ADAPTERS = """
SELECT adapter
FROM (
    SELECT adapter, count(*) AS uses FROM runs WHERE adapter IS NOT NULL GROUP BY adapter
    UNION ALL
    SELECT adapter, count(*) FROM prompt_events WHERE adapter IS NOT NULL GROUP BY adapter
)
GROUP BY adapter
ORDER BY sum(uses) DESC, adapter
"""
_CALLS = """
SELECT count(*), count(*) FILTER (WHERE outcome NOT IN ('succeeded', 'expanded', 'unknown'))
FROM calls
"""
_TOKENS = """
SELECT
    coalesce(sum(input_tokens), 0),
    coalesce(sum(output_tokens), 0),
    sum(cached_tokens),
    coalesce(sum(total_tokens), 0),
    (SELECT count(*) FROM runs WHERE total_tokens IS NULL)
FROM token_usage
"""
_SLOWEST = """
SELECT tool_name, count(duration_ms), sum(duration_ms), max(duration_ms)
FROM calls
WHERE duration_ms IS NOT NULL
GROUP BY +tool_name
ORDER BY sum(duration_ms) DESC, tool_name
LIMIT 1
"""
_PROBLEMS = """
SELECT (SELECT count(*) FROM problems), (SELECT count(*) FROM artifacts WHERE status = 'partial')
"""


@dataclass(frozen=True, slots=True)
class ResultCounts:
    """How many runs or samples ended in which way; `unknown` are runs whose zip cannot be opened."""

    passed: int = 0
    failed: int = 0
    error: int = 0
    unscored: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """Return how many there are."""
        return self.passed + self.failed + self.error + self.unscored + self.unknown


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """How many sessions outside of runs ended in which way, as the view `session_results` says."""

    finished: int = 0
    error: int = 0
    unfinished: int = 0
    not_dumped: int = 0

    @property
    def total(self) -> int:
        """Return how many there are."""
        return self.finished + self.error + self.unfinished + self.not_dumped


@dataclass(frozen=True, slots=True)
class ExperimentOutcome:
    """How the samples of an experiment ended; a row of the view `experiment_results`."""

    experiment: str | None
    samples: int
    passed: int
    failed: int
    errors: int
    unscored: int
    pass_rate: float | None
    mean_score: float | None
    total_tokens: int | None
    evaluation: str | None = None
    """The evaluation that it is of, if the bundle has several."""


@dataclass(frozen=True, slots=True)
class EvaluationOutcome:
    """How the runs of an evaluation ended; a row of the view `evaluation_results`."""

    evaluation: str | None
    """Its name; None for runs that belong to none."""
    runs: int
    """Number of runs, or of samples that only sessions record."""
    passed: int
    failed: int
    errors: int
    unscored: int
    pass_rate: float | None

    @property
    def counts(self) -> ResultCounts:
        """Return how many runs ended in which way."""
        known = self.passed, self.failed, self.errors, self.unscored
        return ResultCounts(*known, unknown=self.runs - sum(known))


@dataclass(frozen=True, slots=True)
class FailureReason:
    """A reason of failures, how often it occurred, and its first failure as an example."""

    kind: str
    name: str
    signature: str
    count: int
    example: str
    run_id: int | None
    session_id: str | None
    evaluation: str | None = None
    """The evaluation in which it occurred so often, if the bundle has several."""

    @property
    def reason(self) -> str:
        """Return the reason in words: the signature, with what failed before it unless an evaluator said it."""
        if self.kind == FailureKind.SAMPLE:
            return self.signature
        return f"{self.name}: {self.signature}" if self.signature else self.name


@dataclass(frozen=True, slots=True)
class SlowestTool:
    """The tool whose calls took the most time together."""

    name: str
    call_count: int
    total_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, according to everything in a bundle.

    Calls are those of the table `calls`, from all sources; tokens those of the view `token_usage`. Reasons are the most
    frequent ones, those of runs and samples before those of tools and logs.
    """

    runs: ResultCounts
    session_samples: ResultCounts
    """Samples that only sessions record, as evaluations of releases 0.12 to 0.20 left them."""
    sessions: SessionCounts
    experiments: tuple[ExperimentOutcome, ...]
    first_time: str | None
    last_time: str | None
    models: tuple[str, ...]
    adapters: tuple[str, ...]
    reasons: tuple[FailureReason, ...]
    call_count: int
    failed_call_count: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int | None
    total_tokens: int
    unknown_token_runs: int
    """Runs whose tokens are not recorded."""
    slowest_tool: SlowestTool | None
    problem_count: int
    incomplete_count: int
    """Artifacts that could be read only in part."""
    evaluations: tuple[EvaluationOutcome, ...] = ()
    """Evaluations, and what belongs to none of them; empty if there is one that needs no name. All other numbers, but for
    those of experiments and reasons, are of all evaluations together."""

    @property
    def has_several_evaluations(self) -> bool:
        """Return whether results are of different evaluations, and must not be added up."""
        return len(self.evaluations) > 1


def read_outcome(connection: sqlite3.Connection) -> Outcome:
    """Return the outcome of a bundle that has the views in `OUTCOME_VIEWS`."""
    first_time, last_time = _row(connection, _sql("period"))
    call_count, failed_call_count = _row(connection, _CALLS)
    input_tokens, output_tokens, cached_tokens, total_tokens, unknown_token_runs = _row(connection, _TOKENS)
    problem_count, incomplete_count = _row(connection, _PROBLEMS)
    slowest = connection.execute(_SLOWEST).fetchone()
    return Outcome(
        runs=_result_counts(connection, _RUNS),
        session_samples=_result_counts(connection, _SAMPLES),
        sessions=_session_counts(connection),
        experiments=tuple(_experiment(row) for row in connection.execute(_EXPERIMENTS)),
        first_time=text_or_none(first_time),
        last_time=text_or_none(last_time),
        models=_texts(connection, _MODELS),
        adapters=_texts(connection, _ADAPTERS),
        reasons=tuple(_reason(row) for row in connection.execute(_sql("reasons"))),
        call_count=call_count,
        failed_call_count=failed_call_count,
        input_tokens=integer_of(input_tokens),
        output_tokens=integer_of(output_tokens),
        cached_tokens=None if cached_tokens is None else integer_of(cached_tokens),
        total_tokens=integer_of(total_tokens),
        unknown_token_runs=unknown_token_runs,
        slowest_tool=_slowest(slowest) if slowest else None,
        problem_count=problem_count,
        incomplete_count=incomplete_count,
        evaluations=tuple(
            EvaluationOutcome(text_or_none(name), *row) for name, *row in connection.execute(_sql("evaluations"))
        ),
    )


@cache
def _sql(name: str) -> str:
    return files(__package__).joinpath("outcome_sql", f"{name}.sql").read_text(encoding="utf-8")


def require_outcome(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a bundle that lacks the views of results and tokens.

    Raises:
        BundleVersionError: an earlier release built the bundle.
    """
    if OUTCOME_VIEWS.difference(relation_names(connection)):
        remedy = "build it again from its artifacts, or run the command migrate on it"
        raise BundleVersionError(f"{path}: an earlier release built it without results of runs; {remedy}")


def _row(connection: sqlite3.Connection, sql: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(sql).fetchone()
    return row


def _experiment(row: tuple[Any, ...]) -> ExperimentOutcome:
    name, *numbers, evaluation = row
    return replace(ExperimentOutcome(text_or_none(name), *numbers), evaluation=text_or_none(evaluation))


def _reason(row: tuple[Any, ...]) -> FailureReason:
    kind, name, signature, count, example, run_id, session_id, evaluation = row
    texts = text_of(kind), text_of(name), text_of(signature)
    example_of = integer_or_none(run_id), text_or_none(session_id), text_or_none(evaluation)
    return FailureReason(*texts, count, text_of(example), *example_of)


def _slowest(row: tuple[Any, ...]) -> SlowestTool:
    name, count, total, most = row
    return SlowestTool(text_of(name), count, number_of(total), number_of(most))


def _texts(connection: sqlite3.Connection, sql: str) -> tuple[str, ...]:
    return tuple(text_of(value) for (value,) in connection.execute(sql))


def _result_counts(connection: sqlite3.Connection, sql: str) -> ResultCounts:
    counts: dict[str | None, int] = dict(connection.execute(sql).fetchall())
    known = {result.value: counts.get(result, 0) for result in RunResult}
    return ResultCounts(**known, unknown=counts.get(None, 0))


def _session_counts(connection: sqlite3.Connection) -> SessionCounts:
    counts: dict[str, int] = dict(connection.execute(_SESSIONS).fetchall())
    return SessionCounts(
        finished=counts.get("finished", 0),
        error=counts.get("error", 0),
        unfinished=counts.get("unfinished", 0),
        not_dumped=counts.get("not dumped", 0),
    )
