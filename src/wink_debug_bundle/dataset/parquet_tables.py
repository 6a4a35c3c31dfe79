"""Which tables and views of a bundle become tables of a dataset, and the type of each column."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple

from ..database.catalog import Relation, describe_schema
from ..database.schema_files import TABLES
from ..merging.id_columns import ID_COLUMNS

ColumnType = Literal["INTEGER", "REAL", "TEXT", "BLOB"]

_IN_BUNDLES = {
    "raw_records",
    "line_forms",
    "zip_parts",
    "duplicate_lines",
    "blob_chunks",
    "digests",
    "slice_views",
    "redactions",
}
"""Tables for writing the artifacts back, and about views of one bundle, which the bundles beside the dataset are for."""

STORED_VIEWS = (
    "transcript_entries",
    "tool_calls",
    "token_usage",
    "turn_tokens",
    "call_evaluations",
    "failure_evaluations",
    "session_samples",
    "sample_results",
    "failed_runs",
)
"""Views whose rows are of one run or session each: the rows of all shards together are those of the whole."""

_COMPUTED: Mapping[str, Mapping[str, ColumnType]] = {
    "transcript_entries": {"tool_call_id": "INTEGER"},
    "session_samples": {"score": "REAL", "latency_ms": "INTEGER", "session_sample_count": "INTEGER"},
    "sample_results": {"duration_ms": "REAL"},
    "turn_tokens": dict.fromkeys(
        (
            "turn",
            "input_tokens",
            "cached_tokens",
            "cache_write_tokens",
            "output_tokens",
            "context_tokens",
            "growth",
            "entry_id",
        ),
        "INTEGER",
    ),
}
"""Types of columns that views compute, where it is not TEXT."""

_RUN = {"run_id": "artifacts"}
_VIEW_IDS: Mapping[str, Mapping[str, str]] = {
    "transcript_entries": {"id": "entries", **_RUN, "tool_call_id": "calls", "log_id": "logs"},
    "tool_calls": {"id": "calls", **_RUN, "started_log_id": "logs", "ended_log_id": "logs"},
    "token_usage": _RUN,
    "turn_tokens": {**_RUN, "entry_id": "entries"},
    "call_evaluations": {"call_id": "calls"},
    "failure_evaluations": {"failure_id": "failures"},
    "session_samples": {"item_id": "slice_items"},
    "sample_results": _RUN,
    "failed_runs": _RUN,
}

_ORDER: Mapping[str, str] = {
    "token_usage": "run_id, session_id, timestamp, prompt, total_tokens",
    "turn_tokens": "entry_id",
    "call_evaluations": "call_id",
    "failure_evaluations": "failure_id",
    "session_samples": "item_id",
    "sample_results": "run_id, session_id, sample_id, experiment, score",
    "failed_runs": "run_id, session_id, sample_id, kind, message",
}
"""What decides the order of the rows, where it is not the key or `id`."""


class StoredColumn(NamedTuple):
    """A column of a table of a dataset; `counted` is the table whose rows its ids count, if it holds ids."""

    name: str
    type: ColumnType
    description: str
    counted: str | None


class StoredTable(NamedTuple):
    """A table of a dataset: a table or view of a bundle."""

    name: str
    description: str
    columns: tuple[StoredColumn, ...]
    order: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the columns by which the rows are ordered."""
        return tuple(self.order.split(", "))

    @property
    def has_id(self) -> bool:
        """Return whether its rows have ids."""
        return any(column.name == "id" for column in self.columns)


@cache
def stored_tables() -> Mapping[str, StoredTable]:
    """Return each table of a dataset by its name."""
    names = [name for name in TABLES if name not in _IN_BUNDLES]
    relations = {relation.name: relation for relation in describe_schema()}
    return {name: _table(relations[name]) for name in (*names, *STORED_VIEWS)}


def _table(relation: Relation) -> StoredTable:
    name = relation.name
    ids = ID_COLUMNS.get(name) or _VIEW_IDS.get(name, {})
    keys = sorted((each for each in relation.columns if each.key_position), key=lambda each: each.key_position)
    computed = _COMPUTED.get(name, {})
    columns = tuple(
        StoredColumn(each.name, _type(each.type, computed.get(each.name)), each.description, ids.get(each.name))
        for each in relation.columns
    )
    return StoredTable(
        name, relation.description, columns, _ORDER.get(name, ", ".join(each.name for each in keys) or "id")
    )


def _type(declared: str, computed: ColumnType | None) -> ColumnType:
    if declared in ("INTEGER", "REAL", "TEXT", "BLOB"):
        return declared  # type: ignore[return-value]
    return computed or "TEXT"
