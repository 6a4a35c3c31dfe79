"""Rows of saved queries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.artifact_samples import sqlite_connection
from wink_debug_bundle.explore.saved_queries import saved_query


def run_query(bundle: Path, name: str, **parameters: object) -> list[dict[str, Any]]:
    """Return the rows of a saved query as dicts, through Python's own SQLite."""
    query = saved_query(name)
    with sqlite_connection(bundle) as connection:
        cursor = connection.execute(query.sql, {**dict.fromkeys(query.parameters), **parameters})
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
