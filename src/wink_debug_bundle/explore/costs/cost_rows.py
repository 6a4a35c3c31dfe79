"""Add up what tokens cost, by run, experiment, turn or model."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, get_args

from .price_table import Price, PriceTable
from .usages import Usage, run_usages, turn_usages

CostsBy = Literal["run", "experiment", "turn", "model"]
COSTS_BY: tuple[CostsBy, ...] = get_args(CostsBy)

_UNKNOWN_RUNS = "SELECT count(*) FROM runs WHERE total_tokens IS NULL"
_UNKNOWN_TURNS = "SELECT count(*) FROM runs WHERE id NOT IN (SELECT run_id FROM turn_tokens WHERE run_id IS NOT NULL)"

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CostRow:
    """What the tokens of one run, experiment, turn or model cost; fields that do not apply are None.

    `cost` is None if no token of the row has a price; `unpriced_tokens` is the number of those without one. Input tokens
    are those that were neither read from the cache nor written to it. Rows of different evaluations are never one.
    """

    run_id: int | None
    session_id: str | None
    experiment: str | None
    source: str | None
    turn: int | None
    model: str | None
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    cost: Decimal | None
    unpriced_tokens: int
    evaluation: str | None = None


@dataclass(frozen=True, slots=True)
class Costs:
    """What tokens cost according to a table of prices.

    `total` is None if nothing has a price. `unpriced_models` are the models without one, each once; None is a model that
    nothing names. `unknown_runs` is the number of runs without tokens to price.
    """

    rows: tuple[CostRow, ...]
    total: Decimal | None
    currency: str
    prices_source: str
    prices_date: str
    unpriced_tokens: int
    unpriced_models: tuple[str | None, ...]
    unknown_runs: int


def costs_of(connection: sqlite3.Connection, by: CostsBy, table: PriceTable, model: str | None) -> Costs:
    """Return what the tokens of a bundle cost; tokens of a model that nothing names are priced as those of `model`."""
    usages = turn_usages(connection) if by == "turn" else run_usages(connection)
    prices = _Prices(table)
    rows: dict[_Key, CostRow] = {}
    unpriced: dict[str | None, None] = {}
    for each in usages:
        usage = replace(each, model=each.model or model)
        row = _row(usage, by, prices)
        if row.cost is None:
            unpriced[usage.model] = None
        key = _key(row)
        rows[key] = _sum(rows[key], row) if key in rows else row
    return Costs(
        tuple(rows.values()),
        _total(row.cost for row in rows.values()),
        table.currency,
        table.source,
        table.date,
        sum(row.unpriced_tokens for row in rows.values()),
        tuple(unpriced),
        connection.execute(_UNKNOWN_TURNS if by == "turn" else _UNKNOWN_RUNS).fetchone()[0],
    )


@dataclass(frozen=True, slots=True)
class _Prices:
    """Prices that were looked for: the runs of an evaluation have few models and days."""

    table: PriceTable
    found: dict[tuple[str, str, int], Price | None] = field(default_factory=dict)

    def of(self, usage: Usage) -> Price | None:
        """Return the price of the tokens of a usage; None if its model is not known, or has none."""
        if not usage.model:
            return None
        key = usage.model, usage.time[:10], usage.context_tokens
        if key not in self.found:
            self.found[key] = self.table.price(usage.model, day=usage.time, context_tokens=usage.context_tokens)
        return self.found[key]


def _row(usage: Usage, by: CostsBy, prices: _Prices) -> CostRow:
    """Return the row of one usage, with the fields that tell the rows of this kind apart."""
    tokens = (usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens, usage.output_tokens)
    price = prices.of(usage)
    cost, unpriced = (price.cost(*tokens), 0) if price else (None, sum(tokens))
    is_single = by in ("run", "turn")
    return CostRow(
        run_id=usage.run_id if is_single else None,
        session_id=usage.session_id if is_single else None,
        experiment=None if by == "model" else usage.experiment,
        source=usage.source,
        turn=usage.turn,
        model=None if by == "experiment" else usage.model,
        input_tokens=usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        cost=cost,
        unpriced_tokens=unpriced,
        evaluation=usage.evaluation,
    )


def _key(row: CostRow) -> _Key:
    return row.run_id, row.session_id, row.experiment, row.source, row.turn, row.model, row.evaluation


def _sum(one: CostRow, other: CostRow) -> CostRow:
    return replace(
        one,
        input_tokens=one.input_tokens + other.input_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
        cache_write_tokens=one.cache_write_tokens + other.cache_write_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cost=_total([one.cost, other.cost]),
        unpriced_tokens=one.unpriced_tokens + other.unpriced_tokens,
    )


def _total(costs: Iterable[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if known else None
