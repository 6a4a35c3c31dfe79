"""Read the charts: each is an SQL file, which is described like a saved query, and how Vega draws its rows.

`NAME.vl.json` is for Vega-Lite, and people edit it; `tools/vendor_vega.py` makes `NAME.vega.json` of it, which pages use.
A chart's `usermeta` says why it can be empty, where its rows are from, and which column decides the colours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from .saved_queries import SavedQuery, parse_query

CHARTS = Path(str(files(__package__).joinpath("charts")))
VEGA = Path(str(files(__package__).joinpath("vega")))
"""The folders of the charts, and of the scripts that draw them."""

_ORDER = (
    "results",
    "failures",
    "tokens",
    "durations",
    "tool-calls",
    "tool-durations",
    "tool-sequences",
    "log-levels",
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of some rows.

    Attributes:
        name: Its name in addresses.
        query: The query that gives its rows, at most some hundred; the column `note` says what they leave out.
        empty: Why it can have no rows.
        table: The table or view that the rows are counted from.
        specification: How Vega draws the rows.
    """

    name: str
    query: SavedQuery
    empty: str
    table: str
    specification: dict[str, Any]


@cache
def saved_charts() -> tuple[Chart, ...]:
    """Return every chart, in the order of a page: the outcome, what it cost, the tools, the logs, then others by name."""
    found = {path.stem: _chart(path) for path in sorted(CHARTS.glob("*.sql"))}
    return tuple(found[name] for name in dict.fromkeys((*_ORDER, *found)))


def chart_named(query: str | None) -> Chart | None:
    """Return the chart whose query has that name; None if it is another query's."""
    return next((chart for chart in saved_charts() if chart.query.name == query), None)


def _chart(path: Path) -> Chart:
    """Return the chart of an SQL file."""
    specification = json.loads(path.with_suffix(".vega.json").read_bytes())
    about = specification["usermeta"]
    query = parse_query(f"chart-{path.stem}", path.read_text(encoding="utf-8"))
    return Chart(path.stem, query, about["empty"], about["rows"], specification)
