"""Sort the saved queries by theme, and the tables by how near they are to what people ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ...saved_queries import THEMES, SavedQuery

_TITLES = {"story": "What happened", "import": "What was read, and what was not"}
"""Titles of the themes whose names need more words."""

_OTHERS = "More questions"

_MAIN_TABLES = (
    "runs",
    "sessions",
    "sample_results",
    "experiment_results",
    "session_results",
    "failures",
    "failure_signatures",
    "failed_runs",
    "tool_calls",
    "tool_summary",
    "transcript_entries",
    "turn_tokens",
    "token_usage",
    "token_summary",
    "prompt_versions",
    "execution_timeline",
    "error_log",
    "logs",
    "current_slice_items",
    "files",
    "problems",
)
_SLICE, _TABLES_OF_SLICES = "slice_", {"slice_items", "slice_views"}


class Theme(NamedTuple):
    """Questions of one theme."""

    title: str
    questions: list[SavedQuery]


class Tables(NamedTuple):
    """The tables and views of a bundle with their descriptions: what people ask of, slice classes, and the rest."""

    main: dict[str, str]
    slices: dict[str, str]
    plumbing: dict[str, str]


def themes(queries: Iterable[SavedQuery]) -> list[Theme]:
    """Return the queries by theme, failures first; those of no known theme come last."""
    by_theme: dict[str, list[SavedQuery]] = {name: [] for name in (*THEMES, _OTHERS)}
    for query in queries:
        by_theme[query.theme if query.theme in THEMES else _OTHERS].append(query)
    return [Theme(_TITLES.get(name, name.capitalize()), found) for name, found in by_theme.items() if found]


def sorted_tables(tables: Mapping[str, Mapping[str, Any]]) -> Tables:
    """Return the tables that are shown, as the metadata describes them."""
    shown = {name: str(about.get("description") or "") for name, about in tables.items() if not about.get("hidden")}
    main = {name: shown.pop(name) for name in _MAIN_TABLES if name in shown}
    slices = {name: text for name, text in shown.items() if name.startswith(_SLICE) and name not in _TABLES_OF_SLICES}
    return Tables(main, slices, {name: text for name, text in shown.items() if name not in slices})
