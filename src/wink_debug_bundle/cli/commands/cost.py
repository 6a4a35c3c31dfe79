"""The command `cost`: say what tokens cost."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...explore.row_output.formats import FORMATS, Options, lay_out
from ...explore.row_output.screen import WHOLE, Screen
from ...terminal_text import visible
from ..output.wording import counted
from ..shared_options import PATH, bundle_or_dataset_argument, timeout_option, verbose_option

if TYPE_CHECKING:
    from ...explore.costs.cost_rows import CostRow, Costs, CostsBy

_TOKENS = ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "cost", "unpriced_tokens")
_COLUMNS: dict[CostsBy, tuple[str, ...]] = {
    "run": ("run_id", "session_id", "evaluation", "experiment", "model", *_TOKENS),
    "experiment": ("evaluation", "experiment", *_TOKENS),
    "turn": ("run_id", "session_id", "source", "turn", "model", *_TOKENS),
    "model": ("evaluation", "model", *_TOKENS),
}

_MOST_MODELS = 5


@click.command(short_help="Say what tokens cost.")
@bundle_or_dataset_argument
@click.option(
    "--by",
    type=click.Choice(tuple(_COLUMNS)),
    default="run",
    show_default=True,
    help="What a row stands for.",
)
@click.option(
    "--prices", type=PATH, metavar="FILE", help="A table of prices in JSON instead of the package's; see above."
)
@click.option("--model", metavar="NAME", help="The model of tokens for which nothing names one.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="Format of the output, as in the command query.",
)
@timeout_option(60)
@verbose_option
def cost(
    bundle: Path, *, by: CostsBy, prices: Path | None, model: str | None, format_name: str, timeout: float
) -> None:
    """Say what the tokens in BUNDLE, or in a dataset, cost, by run, experiment, turn of the model, or model.

    Tokens of runs are those of the view token_usage, and those written to the cache, which only transcripts count. Turns
    are counted by the transcript alone, so that their sum may differ. Only turns have prices that depend on the number
    of input tokens. A model without a price has no cost, and is named on standard error with the day of the prices.

    FILE has the form {"source": TEXT, "date": DAY, "currency": "USD", "models": [{"names": [NAME, ...], "beginnings":
    [TEXT, ...], "prices": [{"input": 3.0, "cached": 0.3, "cache_write": 3.75, "output": 15.0}]}]}, with prices for a
    million tokens. The first model counts whose names have a model's name, or with whose beginnings it begins.
    """
    from ..opening import opened_part
    from ..output.output_streams import output_stream

    with opened_part(bundle, "cost", timeout=timeout) as source:
        costs = source.costs(by, prices=prices, model=model)
    with output_stream(format_name) as stream:
        lay_out(_COLUMNS[by], _rows(costs, _COLUMNS[by]), stream, format_name, Options(_screen()))
    for line in _remarks(costs):
        click.echo(line, err=True)


def _rows(costs: Costs, columns: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    for row in costs.rows:
        yield tuple(_value(row, column) for column in columns)


def _value(row: CostRow, column: str) -> object:
    value = getattr(row, column)
    return round(float(value), 6) if column == "cost" and value is not None else value


def _screen() -> Screen:
    return Screen(shutil.get_terminal_size().columns, is_terminal=True) if sys.stdout.isatty() else WHOLE


def _way_to_price(costs: Costs) -> str:
    """Return what to do about tokens without a price: a model is only taken for tokens for which nothing names one."""
    is_named = any(name is not None for name in costs.unpriced_models)
    ways = (["name one with --model"] if None in costs.unpriced_models else []) + (
        ["give prices with --prices"] if is_named else []
    )
    return ", and ".join(ways)


def _remarks(costs: Costs) -> Iterator[str]:
    """Yield the sum, which prices were used, what has none, and what is not counted."""
    total = "unknown" if costs.total is None else f"{costs.total:,.4f} {visible(costs.currency)}"
    yield f"Total: {total}, with prices of {visible(costs.prices_date)} ({visible(costs.prices_source)})"
    if costs.unpriced_models:
        names = ["no known model" if name is None else visible(name) for name in costs.unpriced_models]
        more = f" and {len(names) - _MOST_MODELS} more" if len(names) > _MOST_MODELS else ""
        what = f"{', '.join(names[:_MOST_MODELS])}{more}"
        yield f"Without a price: {counted(costs.unpriced_tokens, 'token')} of {what}; {_way_to_price(costs)}"
    if costs.unknown_runs:
        yield f"Not counted: {counted(costs.unknown_runs, 'run')} without recorded tokens"
