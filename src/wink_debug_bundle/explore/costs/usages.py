"""Read which model used how many tokens, for each run or for each turn."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files

from .loose_values import integer_or_none, text_of, text_or_none


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one run, prompt or turn; input tokens are those that were neither read from the cache nor written to it.

    `context_tokens` is the number of input tokens of one request, 0 if several requests are counted together.
    """

    run_id: int | None
    session_id: str | None
    experiment: str | None
    model: str | None
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    time: str
    source: str | None = None
    turn: int | None = None
    context_tokens: int = 0
    evaluation: str | None = None


@dataclass(frozen=True, slots=True)
class _OfModel:
    """Tokens of one model in one run."""

    model: str | None
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int


def run_usages(connection: sqlite3.Connection) -> Iterator[Usage]:
    """Yield the tokens of runs, and of prompts outside of them, as `token_usage` counts them.

    The transcript adds those written to the cache, which the library does not count. A run in which several models
    worked has the tokens of each as the transcript counts them.
    """
    of_models = _models_of_runs(connection)
    for row in connection.execute(_sql("run_usage")):
        run_id, session_id, experiment, model, tokens, cached, output, is_apart, time, evaluation = row
        uncached = tokens if is_apart else tokens - cached
        whose = integer_or_none(run_id), text_or_none(session_id), text_or_none(experiment), text_or_none(model)
        usage = Usage(*whose, uncached, cached, 0, output, text_of(time), evaluation=text_or_none(evaluation))
        yield from _with_transcript(usage, of_models.get(run_id, []), is_apart=bool(is_apart))


def turn_usages(connection: sqlite3.Connection) -> Iterator[Usage]:
    """Yield the tokens of each turn, as the transcript counts them."""
    for row in connection.execute(_sql("turn_usage")):
        run_id, session_id, experiment, source, turn, model, *others = row
        tokens, cached, written, output, context, time, evaluation = others
        whose = integer_or_none(run_id), text_or_none(session_id), text_or_none(experiment), text_or_none(model)
        numbers = tokens, cached, written, output
        place = text_of(source), integer_or_none(turn), context, text_or_none(evaluation)
        yield Usage(*whose, *numbers, text_of(time), *place)


def _with_transcript(usage: Usage, of_models: list[_OfModel], *, is_apart: bool) -> Iterator[Usage]:
    if usage.model is None and len({each.model for each in of_models if each.model}) > 1:
        for each in of_models:
            yield replace(
                usage,
                model=each.model,
                input_tokens=each.input_tokens,
                cached_tokens=each.cached_tokens,
                cache_write_tokens=each.cache_write_tokens,
                output_tokens=each.output_tokens,
            )
    else:
        written = sum(each.cache_write_tokens for each in of_models) if is_apart else 0
        yield replace(usage, cache_write_tokens=written)


def _models_of_runs(connection: sqlite3.Connection) -> dict[int | None, list[_OfModel]]:
    found: dict[int | None, list[_OfModel]] = defaultdict(list)
    for run_id, model, *numbers in connection.execute(_sql("run_models")):
        found[run_id].append(_OfModel(text_or_none(model), *numbers))
    return found


def _sql(name: str) -> str:
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
