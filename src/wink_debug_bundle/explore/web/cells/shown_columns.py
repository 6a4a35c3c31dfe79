"""Choose the columns that the page of a wide table shows at first; JSON, CSV and the page of a row have all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..datasette_release import path_with_replaced_args

_RUNS = (
    ("id", "result", "sample_id", "experiment", "score_reason", "error_type", "duration_ms", "total_tokens"),
    ("id", "status", "passed", "sample_id", "experiment", "error_type", "duration_ms", "total_tokens"),
)
"""The first of these whose columns the bundle has."""

_MOST = 32
"""Columns that are shown of any other table."""

_ALL = "_columns"


def shown_columns(table: str, columns: Sequence[str], request: Any) -> list[str]:
    """Return the columns that a page shows: all of those that were asked for, or the first and most useful ones."""
    is_chosen = any(request.args.get(name) for name in (_ALL, "_col", "_nocol"))
    if request.url_vars.get("format") or is_chosen:
        return list(columns)
    if table == "runs":
        useful = next((names for names in _RUNS if set(names) <= set(columns)), columns)
        return list(useful)
    return list(columns[:_MOST])


def all_columns_address(request: Any) -> str:
    """Return the address of the same page with all columns."""
    return str(path_with_replaced_args(request, {_ALL: "all", "_col": None, "_nocol": None}))
