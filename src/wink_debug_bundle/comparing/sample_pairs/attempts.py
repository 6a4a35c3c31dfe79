"""Read the executions of samples from a bundle: how each ended, and what it took."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

from ...column_values import RunResult
from ...errors import BundleError
from ...explore.costs.cost_rows import costs_of
from ...explore.costs.loose_values import integer_or_none, number_or_none, text_or_none
from ...explore.costs.price_table import PriceTable
from ...explore.sql_errors import sql_errors
from ...explore.story.run_choice import Unit
from .large_requests import LargeRequests
from .open_side import OpenSide
from .sample_keys import request_key, values_key

_SUCCESS = {RunResult.PASSED.value: 1.0, RunResult.FAILED.value: 0.0, RunResult.ERROR.value: 0.0}

MOST_ATTEMPTS, MOST_CHARACTERS = 500_000, 100_000_000
"""Attempts, and characters of their names and reasons, that are read at most: a stranger's bundle could have any number."""

LARGEST_NUMBER = 1e100
"""Largest score or duration that counts: the sum of some larger ones would be infinite, which no JSON can say."""

_RUN = re.compile("[0-9]{1,18}")


class ChosenAttempts(Protocol):
    """Which attempts are read, as a `Choice` says it."""

    @property
    def condition(self) -> str:
        """Return a condition in SQL on the view `sample_results`."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return its parameters."""
        ...


@dataclass(frozen=True, slots=True)
class OneRun:
    """The attempts of one run, or of a session outside of runs, by the name that `show` finds it by."""

    name: str

    @property
    def condition(self) -> str:
        """Return the condition in SQL."""
        return "run_id = :name" if _RUN.fullmatch(self.name) else "run_id IS NULL AND session_id = :name"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return its parameters."""
        return {"name": int(self.name) if _RUN.fullmatch(self.name) else self.name}


_PRICED = tuple[int | None, str | None]
"""What a cost belongs to: a run, or the session of a sample without a run."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution of a sample; None for what is not known.

    Attributes:
        run_id: The run; None if only a session records the sample.
        session_id: The root session.
        sample_id: The sample; None if the run ended with an exception.
        experiment: Name of the experiment.
        result: "passed", "failed", "error" or "unscored", as in the view `sample_results`; None if the zip of the run
            cannot be opened.
        score: Score of the sample.
        failure: Why it failed.
        failure_signature: That without ids, numbers, paths, times and quoted values.
        total_tokens: Input and output tokens.
        cost: What the tokens cost, in the currency of the prices; None unless all of them have a price.
        duration_ms: Milliseconds that it took.
        call_count: Number of tool calls.
        failed_call_count: Number of those that did not succeed.
        path: Path of the run's zip, or of the file that holds the session.
        key: SHA-256 of the request, or of the values that samples are to be paired by; None without them.
        is_request_unread: Whether there is a request, which is too large or too damaged to be read.
    """

    run_id: int | None
    session_id: str | None
    sample_id: str | None
    experiment: str | None
    result: str | None
    score: float | None = None
    failure: str | None = None
    failure_signature: str | None = None
    total_tokens: int | None = None
    cost: float | None = None
    duration_ms: float | None = None
    call_count: int | None = None
    failed_call_count: int | None = None
    path: str = ""
    key: bytes | None = None
    is_request_unread: bool = False

    @property
    def success(self) -> float | None:
        """Return 1 if it passed, 0 if it failed or ended with an exception, None if it has no score."""
        return _SUCCESS.get(self.result or "")

    @property
    def unit(self) -> Unit:
        """Return what tells its story."""
        return Unit(self.run_id, self.session_id)

    @property
    def shown_by(self) -> str | None:
        """Return the name by which the command `show` finds it."""
        return self.session_id if self.run_id is None else str(self.run_id)


def read_attempts(
    side: OpenSide, choice: ChosenAttempts, prices: PriceTable, pair_by: Sequence[str] = ()
) -> Iterator[Attempt]:
    """Yield the executions of the chosen samples; of each request only the hash is kept.

    Args:
        side: An open bundle.
        choice: Which samples.
        prices: What tokens cost.
        pair_by: JSON paths in the request, whose values make the key instead of the whole request.

    Raises:
        BundleError: there are too many, or the bundle is damaged.
    """
    costs = _costs(side, prices)
    keys = ", ".join(f"request -> :path{position}" for position in range(len(pair_by))) or "request"
    template = files(__package__).joinpath("sql", "attempts.sql").read_text("utf-8")
    sql = template.replace("    request\n", f"    {keys}\n").replace("experiment IS :experiment", choice.condition)
    paths = {f"path{position}": path for position, path in enumerate(pair_by)}
    make_key = values_key if pair_by else request_key
    large = LargeRequests(side, pair_by)
    characters = 0
    for number, row in enumerate(side.rows(sql, {**choice.parameters, **paths})):
        characters += sum(len(value) for value in row[:13] if isinstance(value, str))
        if number == MOST_ATTEMPTS or characters > MOST_CHARACTERS:
            raise BundleError(f"{side.path}: has more samples, or longer names of them, than can be compared")
        run_id, session_id, sample_id, experiment, result, score, failure, signature, *counts = row[:12]
        whose = integer_or_none(run_id), text_or_none(session_id)
        tokens, duration, calls, failed_calls = counts
        requests = large.values(run_id) if run_id in large else row[13:]
        yield Attempt(
            *whose,
            sample_id=text_or_none(sample_id),
            experiment=text_or_none(experiment),
            result=text_or_none(result),
            score=_measured(score),
            failure=text_or_none(failure),
            failure_signature=text_or_none(signature),
            total_tokens=integer_or_none(tokens),
            cost=None if tokens is None else costs.get(_priced(*whose)),
            duration_ms=_measured(duration),
            call_count=integer_or_none(calls),
            failed_call_count=integer_or_none(failed_calls),
            path=text_or_none(row[12]) or "",
            key=None if requests is None else make_key(requests),
            is_request_unread=requests is None,
        )


def _measured(value: object) -> float | None:
    """Return the value if it is a number that can be added to others, else None."""
    number = number_or_none(value)
    return number if number is not None and abs(number) <= LARGEST_NUMBER else None


def _costs(side: OpenSide, prices: PriceTable) -> Mapping[_PRICED, float | None]:
    """Return what each run, and each session outside of runs, cost; None for one with tokens without a price."""
    costs: dict[_PRICED, float | None] = {}
    with sql_errors(side.path):
        rows = costs_of(side.connection, "run", prices, None).rows
    for row in rows:
        of = _priced(row.run_id, row.session_id)
        before = costs.get(of, 0.0)
        is_known = row.cost is not None and not row.unpriced_tokens and before is not None
        costs[of] = before + float(row.cost) if is_known else None  # type: ignore[arg-type,operator]
    return costs


def _priced(run_id: int | None, session_id: str | None) -> _PRICED:
    return (None, session_id) if run_id is None else (run_id, None)
