"""Read a table of prices, and find the price of a model in it.

The package has a table (`prices.json`); a user may give another of the same form::

    {"source": "my contract", "date": "2026-11-01", "currency": "USD",
     "models": [{"model": "some-model", "names": ["some-model"], "beginnings": ["some-model-"],
                 "prices": [{"input": 3.0, "cached": 0.3, "cache_write": 3.75, "output": 15.0}]}]}

Prices are for a million tokens. `cached` (read from the cache) and `cache_write` are those of `input` if they are left
out. A price with a day in `from` holds from that day on; `above` has a list of prices for requests with more input tokens
than its `input_tokens`. The first model counts that a name equals, or begins with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...errors import BundleError

_KINDS = ("input", "cached", "cache_write", "output")
_PROVIDER = re.compile(r"^(?:.*/)?(?:[a-z]{2,6}\.)?(?:anthropic\.)?")
"""What a gateway puts before the name of a model, like `openrouter/anthropic/` or `us.anthropic.`."""

_VARIANT = re.compile(r"(?:\[[^\]]*\]|-v\d+(?::\d+)?)$")
"""What is put behind it, like `[1m]` or `-v1:0`."""

_DATE = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens of each kind cost."""

    input: Decimal
    cached: Decimal
    cache_write: Decimal
    output: Decimal

    def cost(self, input_tokens: int, cached_tokens: int, cache_write_tokens: int, output_tokens: int) -> Decimal:
        """Return what these tokens cost; the numbers of input tokens do not include each other."""
        together = (
            self.input * input_tokens
            + self.cached * cached_tokens
            + self.cache_write * cache_write_tokens
            + self.output * output_tokens
        )
        return together / _MILLION


@dataclass(frozen=True, slots=True)
class _DatedPrice:
    start: str
    price: Price
    above: tuple[tuple[int, Price], ...]


@dataclass(frozen=True, slots=True)
class _Model:
    names: frozenset[str]
    beginnings: tuple[str, ...]
    prices: tuple[_DatedPrice, ...]


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The prices of models.

    Attributes:
        source: Where the prices are from.
        date: The day of the prices, ISO 8601.
        currency: The currency of the prices.
    """

    source: str
    date: str
    currency: str
    _models: tuple[_Model, ...]

    def price(self, model: str, *, day: str = "", context_tokens: int = 0) -> Price | None:
        """Return the price of a model on a day (the last one if it is not known); None if the table has none.

        Args:
            model: Name of the model as a transcript has it, with or without a provider before it and a date behind it.
            day: ISO 8601; a time may follow.
            context_tokens: Input tokens of the request, which some prices depend on.
        """
        for name in _candidates(model):
            for known in self._models:
                if name in known.names or name.startswith(known.beginnings):
                    return _price_on(known.prices, day, context_tokens)
        return None


def read_prices(path: Path | None = None) -> PriceTable:
    """Read the table at `path`, or the one of the package.

    Raises:
        BundleError: the file cannot be read, or is not of the form above.
    """
    shown = "prices.json" if path is None else str(path)
    try:
        text = files(__package__).joinpath(shown).read_text("utf-8") if path is None else path.read_text("utf-8-sig")
        return _table(json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse))
    except OSError as error:
        raise BundleError(f"{shown}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
        raise BundleError(f"{shown}: is no table of prices: {what}; see cost --help") from error


def _refuse(constant: str) -> Decimal:
    raise ValueError(f"{constant} is no price")


def _candidates(model: str) -> Iterator[str]:
    """Yield the name, without what a gateway adds, then without its date."""
    name = _VARIANT.sub("", _PROVIDER.sub("", model.lower().strip(), count=1))
    yield name
    if (undated := _DATE.sub("", name)) != name:
        yield undated


def _price_on(prices: Sequence[_DatedPrice], day: str, context_tokens: int) -> Price:
    """Return the last price that holds on the day; the first if the day is before all."""
    holding = [each for each in prices if not day or each.start <= day[:10]]
    dated = holding[-1] if holding else prices[0]
    return next((price for start, price in dated.above if context_tokens > start), dated.price)


def _object(value: object, what: str) -> Mapping[str, Any]:
    """Return the value, which has to be an object of JSON."""
    if not isinstance(value, dict):
        raise TypeError(f"{what} is no object")
    return value


def _list(value: object, what: str) -> Sequence[Any]:
    """Return the value, which has to be a list."""
    if not isinstance(value, list):
        raise TypeError(f"{what} is no list")
    return value


def _table(value: object) -> PriceTable:
    value = _object(value, "the whole")
    models = tuple(_model(each) for each in _list(value["models"], "'models'"))
    return PriceTable(str(value["source"]), str(value["date"]), str(value["currency"]), models)


def _model(value: object) -> _Model:
    value = _object(value, "a model")
    names = frozenset(str(name).lower() for name in _list(value.get("names", []), "'names'"))
    beginnings = tuple(str(name).lower() for name in _list(value.get("beginnings", []), "'beginnings'") if name)
    dated = [_dated(_object(each, "a price")) for each in _list(value["prices"], "'prices'")]
    prices = tuple(sorted(dated, key=lambda each: each.start))
    if not prices or not (names or beginnings):
        called = next(iter((*names, *beginnings)), value.get("model", "(no name)"))
        raise ValueError(f"the model {called!r} has no prices, or neither names nor beginnings")
    return _Model(names, beginnings, prices)


def _dated(value: Mapping[str, Any]) -> _DatedPrice:
    tiers = ((int(each["input_tokens"]), _one_price({**value, **each})) for each in value.get("above", ()))
    return _DatedPrice(str(value.get("from", "")), _one_price(value), tuple(sorted(tiers, key=lambda tier: -tier[0])))


def _one_price(value: Mapping[str, Any]) -> Price:
    numbers = [value.get(kind, value["input"]) if kind != "output" else value["output"] for kind in _KINDS]
    for number in numbers:
        if not isinstance(number, Decimal) or number < 0:
            raise ValueError(f"{number if isinstance(number, Decimal) else repr(number)} is no price")
    return Price(*numbers)
