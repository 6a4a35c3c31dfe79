"""Make the table of prices from the data of genai-prices: `pip install genai-prices`, then `python tools/make_prices.py`.

It takes the models of the providers below whose tokens have prices for input and output. The date in the table is that of
the day on which it is made. Prices are in US dollars for a million tokens.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from importlib.metadata import files, version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "src" / "wink_debug_bundle" / "explore" / "costs"
PROVIDERS = ("anthropic", "openai", "google", "x-ai", "mistral", "deepseek")
KINDS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "cache_write",
}
DATED = re.compile(r"\^([\w.\\-]+?)(?:-|\[-@\])(?:\\d\{8\}|\\d\{4\}-\\d\{2\}-\\d\{2\})\$")
"""A regular expression for a name that a date follows; the reader of the table drops dates itself."""

LARGEST = 100_000


def clauses(match: Any) -> list[dict[str, str]] | None:
    """Return what a model's name equals or begins with; None if the model is matched in another way."""
    if hasattr(match, "or_"):
        parts = [clauses(each) for each in match.or_]
        return [clause for part in parts for clause in part or ()] or None
    if hasattr(match, "equals"):
        return [{"names": match.equals}]
    if hasattr(match, "starts_with"):
        return [{"beginnings": match.starts_with}]
    dated = DATED.fullmatch(getattr(match, "regex", ""))
    return [{"names": dated[1].replace("\\", "")}] if dated else None


def price_list(prices: Any) -> list[dict[str, Any]]:
    """Return the prices by the day from which they hold; those for hours of the day are left out."""
    if not isinstance(prices, list):
        return [price(prices, None)]
    found = []
    for conditional in prices:
        start = getattr(conditional.constraint, "start_date", None)
        if conditional.constraint is None or start is not None:
            found.append(price(conditional.prices, start))
    return found


def price(prices: Any, start: dt.date | None) -> dict[str, Any]:
    """Return the prices of one time; `above` has those for requests with more input tokens."""
    found: dict[str, Any] = {} if start is None else {"from": start.isoformat()}
    above: dict[int, dict[str, Any]] = {}
    for key, name in KINDS.items():
        value = getattr(prices, key, None)
        if value is None:
            continue
        found[name] = float(getattr(value, "base", value))
        for tier in getattr(value, "tiers", ()):
            above.setdefault(tier.start, {"input_tokens": tier.start})[name] = float(tier.price)
    return found | ({"above": [above[start] for start in sorted(above)]} if above else {})


def models(provider: Any) -> list[dict[str, Any]]:
    """Return the models of a provider, in the order in which they are tried."""
    found = []
    for model in provider.models:
        listed = clauses(model.match)
        prices = price_list(model.prices)
        if listed and all({"input", "output"} <= each.keys() for each in prices) and prices:
            keys = ("names", "beginnings")
            named = {key: sorted({clause[key] for clause in listed if key in clause}) for key in keys}
            found.append(
                {"model": model.id} | {key: names for key, names in named.items() if names} | {"prices": prices}
            )
    return found


def main() -> None:
    """Write the table and the licence of its data."""
    from genai_prices.data import providers

    chosen = {provider.id: provider for provider in providers}
    listed = [model for name in PROVIDERS for model in models(chosen[name])]
    head = {
        "source": f"genai-prices {version('genai-prices')}, https://github.com/pydantic/genai-prices",
        "licence": "MIT, see PRICES_LICENCE.txt",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "currency": "USD",
    }
    lines = ",\n".join(json.dumps(model, ensure_ascii=False) for model in listed)
    text = f'{json.dumps(head, indent=1)[:-2]},\n "models": [\n{lines}\n]}}\n'
    if len(text) > LARGEST:
        sys.exit(f"the table has {len(text):,} characters; leave out providers")
    (FOLDER / "prices.json").write_text(text, encoding="utf-8")
    [licence] = [file for file in files("genai-prices") or () if file.name == "LICENSE"]
    notice = "The prices in prices.json are from genai-prices, which has this licence:\n\n"
    (FOLDER / "PRICES_LICENCE.txt").write_text(notice + licence.read_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
