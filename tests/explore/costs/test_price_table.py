"""The table of prices finds models by the names that transcripts have, and refuses what is no table."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from wink_debug_bundle import BundleError
from wink_debug_bundle.explore.costs.price_table import PriceTable, read_prices

MODEL = {"model": "m", "names": ["m"], "prices": [{"input": 2, "output": 8}]}


@pytest.fixture(scope="module")
def own() -> PriceTable:
    """Return the table of the package."""
    return read_prices()


def written(folder: Path, *models: dict[str, Any], **changes: Any) -> Path:
    """Write a table of prices, and return its path."""
    table = {"source": "mine", "date": "2026-11-01", "currency": "EUR", "models": models}
    path = folder / "prices.json"
    path.write_text(json.dumps(table | changes), encoding="utf-8")
    return path


class TestOwnTable:
    """The table of the package."""

    @pytest.mark.parametrize(
        ("name", "price"),
        [
            ("claude-sonnet-4-5-20250929", (3, Decimal("0.3"), Decimal("3.75"), 15)),
            ("anthropic/claude-sonnet-4-5-20250929", (3, Decimal("0.3"), Decimal("3.75"), 15)),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", (3, Decimal("0.3"), Decimal("3.75"), 15)),
            ("claude-sonnet-4-5@20250929", (3, Decimal("0.3"), Decimal("3.75"), 15)),
            ("claude-sonnet-4-5[1m]", (3, Decimal("0.3"), Decimal("3.75"), 15)),
            ("Claude-Opus-5-20260601", (5, Decimal("0.5"), Decimal("6.25"), 25)),
            ("gpt-5", (Decimal("1.25"), Decimal("0.125"), Decimal("1.25"), 10)),
            ("openai/gpt-5-codex", (Decimal("1.25"), Decimal("0.125"), Decimal("1.25"), 10)),
        ],
    )
    def test_names(self, own, name, price):
        """A model is found with a provider before its name, and a date, a version or a variant behind it."""
        found = own.price(name)
        assert (found.input, found.cached, found.cache_write, found.output) == price

    @pytest.mark.parametrize("name", ["example-model-1", "", "gpt", "claude", "my-claude-sonnet-4-5"])
    def test_unknown_names(self, own, name):
        """A model that is not in the table has no price."""
        assert own.price(name) is None

    def test_days(self, own):
        """A price holds on the day of the request; without a day the last one is taken."""
        model, tokens = "gpt-5.6-sol", 1000
        assert own.price(model, day="2026-08-20T23:59:59+00:00", context_tokens=tokens).input == 5
        assert own.price(model, day="2026-08-21T00:00:00+00:00", context_tokens=tokens).input == 4
        assert own.price(model).input == 4

    def test_long_requests(self, own):
        """A request with more input tokens than a price is for has the higher price."""
        assert own.price("claude-sonnet-4-5", context_tokens=200_000).output == 15
        assert own.price("claude-sonnet-4-5", context_tokens=200_001).output == Decimal("22.5")

    def test_attribution(self, own):
        """The table says where it is from, of which day it is, and has its licence beside it."""
        assert own.source.startswith("genai-prices ")
        assert own.date >= "2026-11-28"
        folder = files("wink_debug_bundle.explore.costs")
        assert "Copyright (c) Pydantic Services Inc." in folder.joinpath("PRICES_LICENCE.txt").read_text("utf-8")
        assert len(folder.joinpath("prices.json").read_bytes()) < 100_000


class TestOtherTables:
    """Tables that a user gives."""

    def test_values(self, tmp_path):
        """Prices that are left out are those of input, and decimal numbers stay exact."""
        table = read_prices(written(tmp_path, MODEL, MODEL | {"names": ["n"], "prices": [{"input": 0.1, "output": 0}]}))
        assert (table.source, table.date, table.currency) == ("mine", "2026-11-01", "EUR")
        assert table.price("m").cost(1_000_000, 500_000, 250_000, 125_000) == 2 + 1 + Decimal("0.5") + 1
        assert table.price("n").cost(3_000_000, 0, 0, 9) == Decimal("0.3")

    def test_the_first_model_counts(self, tmp_path):
        """Of two models that a name fits, the first one counts."""
        cheap = {"beginnings": ["m"], "prices": [{"input": 1, "output": 1}]}
        assert read_prices(written(tmp_path, cheap, MODEL)).price("m").input == 1

    @pytest.mark.parametrize(
        ("model", "reason"),
        [
            (MODEL | {"prices": []}, "'m' has no prices"),
            (MODEL | {"names": []}, "neither names nor beginnings"),
            (MODEL | {"beginnings": [""], "names": []}, "neither names nor beginnings"),
            (MODEL | {"prices": [{"input": 1}]}, "the key 'output' is missing"),
            (MODEL | {"prices": [{"input": -1, "output": 1}]}, "is no price"),
            (MODEL | {"prices": [{"input": "1", "output": 1}]}, "'1' is no price"),
            (MODEL | {"prices": [{"input": float("nan"), "output": 1}]}, "NaN is no price"),
            (MODEL | {"prices": [{"input": -3, "output": 1}]}, ": -3 is no price"),
            (MODEL | {"names": "m"}, "'names' is no list"),
            (MODEL | {"prices": {"input": 1, "output": 1}}, "'prices' is no list"),
            ("m", "is no table of prices: a model is no object"),
        ],
    )
    def test_refusals(self, tmp_path, model, reason):
        """A table with a model that cannot be priced is refused with the file's name and the reason."""
        with pytest.raises(BundleError, match=reason) as raised:
            read_prices(written(tmp_path, model))
        assert str(tmp_path / "prices.json") in str(raised.value)

    @pytest.mark.parametrize("text", ["", "[", "[]", "7", "null", '{"models": []}', "[" * 100_000])
    def test_other_files(self, tmp_path, text):
        """A file that is not a table of prices is refused."""
        path = tmp_path / "prices.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BundleError, match="is no table of prices"):
            read_prices(path)

    def test_a_missing_file(self, tmp_path):
        """A file that is not there is named."""
        with pytest.raises(BundleError, match=r"none\.json: cannot be read: No such file"):
            read_prices(tmp_path / "none.json")
