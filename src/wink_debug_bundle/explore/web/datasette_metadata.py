"""Make the metadata that Datasette shows around a bundle's rows: titles, descriptions, facets, orders, saved queries.

The texts come from the bundle and from the SQL files, and Datasette escapes them. Keys that Datasette treats as HTML
or as links (`*_html`, `*_url`) must not be used, as the text of a bundle is not trusted.
"""

from __future__ import annotations

import hashlib
import sqlite3

from ...database.catalog import Relation, describe
from ...database.schema_files import SHARED_TABLES
from ...database.search_index import SEARCH_OBJECTS
from ..saved_charts import saved_charts
from ..saved_queries import saved_queries

Metadata = dict[str, object]

_LABELS = {
    "artifacts": "path",
    "calls": "tool_name",
    "entries": "entry_type",
    "failures": "signature",
    "files": "path",
    "logs": "event",
    "prompt_events": "prompt_name",
    "runs": "path",
    "snapshots": "created_at",
    "tool_invocations": "tool_name",
}
"""The column whose value labels a row where another table refers to it."""

_FACETS = {
    "artifacts": ["kind", "status"],
    "calls": ["tool_name", "outcome"],
    "current_slice_items": ["slice_type"],
    "entries": ["entry_type", "source"],
    "environment": ["kind"],
    "error_log": ["level", "event"],
    "execution_timeline": ["event_type", "name"],
    "failed_runs": ["experiment", "signature", "last_tool"],
    "failure_signatures": ["kind", "name"],
    "failures": ["kind", "name", "signature"],
    "ledger": ["status"],
    "logs": ["level", "event"],
    "problems": ["kind"],
    "prompt_events": ["event_type", "prompt_name"],
    "prompt_parts": ["kind", "name"],
    "prompt_versions": ["prompt_key", "kind"],
    "run_members": ["path", "integrity"],
    "runs": ["status", "experiment", "passed", "prompt_key", "adapter", "error_type"],
    "sample_results": ["result", "experiment", "failure_signature"],
    "sessions": ["source"],
    "slice_items": ["slice_type"],
    "tool_calls": ["tool_name", "outcome"],
    "tool_invocations": ["tool_name", "result_success"],
    "tool_summary": ["tool_name"],
    "transcript_entries": ["entry_type", "tool_name", "source"],
    "turn_tokens": ["source", "model"],
}

_ORDERS = {
    "error_log": {"sort_desc": "timestamp"},
    "failure_signatures": {"sort_desc": "failure_count"},
    "prompt_events": {"sort": "timestamp"},
    "sessions": {"sort": "created_at"},
    "token_summary": {"sort_desc": "total_tokens"},
    "tool_invocations": {"sort": "timestamp"},
    "tool_summary": {"sort_desc": "call_count"},
}
"""Sort orders that are fast because of an index or a small table; other tables are sorted by their key."""

_HIDDEN = ("blob_chunks", "sqlite_sequence", *SHARED_TABLES, *sorted(SEARCH_OBJECTS))
"""Tables that are of no use to a reader."""


def metadata(connection: sqlite3.Connection, name: str, file_name: str) -> Metadata:
    """Return Datasette's metadata for a bundle.

    Args:
        connection: The bundle.
        name: Its name in addresses.
        file_name: The name of its file, which may have any character.
    """
    root, description, built = _about(connection)
    return {
        "title": f"Debug Bundle: {root or file_name}",
        "description": description or built,
        "databases": {
            name: {
                "description": f"{file_name}: {built[:1].lower()}{built[1:]}",
                "tables": _tables(describe(connection)),
                "queries": _queries(),
            }
        },
    }


def bundle_hash(connection: sqlite3.Connection) -> str:
    """Return the hash that Datasette would otherwise make of the whole file."""
    (identity,) = connection.execute("SELECT bundle_id FROM bundle_meta").fetchone()
    return hashlib.sha256(str(identity).encode()).hexdigest()


def _about(connection: sqlite3.Connection) -> tuple[str | None, str | None, str]:
    """Return the root session, the description, and a sentence about how the bundle was built."""
    root, description, created, version, source = connection.execute(
        "SELECT root_session_id, description, created_at, wink_version, source_directory FROM bundle_meta"
    ).fetchone()
    origin = f" from {source}" if source else ""
    return root, description, f"Built{origin} at {created} by wink-debug-bundle {version}."


def _tables(relations: tuple[Relation, ...]) -> Metadata:
    """Return the metadata of all tables and views."""
    hidden: Metadata = {name: {"hidden": True} for name in _HIDDEN}
    return {**hidden, **{relation.name: _table(relation) for relation in relations}}


def _table(relation: Relation) -> Metadata:
    """Return the metadata of one table or view."""
    table: Metadata = {
        "description": relation.description,
        "columns": {column.name: column.description for column in relation.columns},
        **_ORDERS.get(relation.name, {}),
    }
    if label := _LABELS.get(relation.name):
        table["label_column"] = label
    if facets := _FACETS.get(relation.name):
        table["facets"] = facets
    if relation.name in _HIDDEN:
        table["hidden"] = True
    return table


def _queries() -> Metadata:
    """Return the saved queries, and those of the charts, as Datasette's canned queries."""
    return {
        query.name: {
            "title": query.title,
            "description": " ".join(
                [query.description, *(f"{name}: {meaning}" for name, meaning in query.meanings.items())]
            ),
            "sql": query.sql,
            "params": list(query.parameters),
            "hide_sql": True,
        }
        for query in (*saved_queries(), *(chart.query for chart in saved_charts()))
    }
