"""What comments of columns say of times, ids, JSON, numbers and NULL holds for everything that releases wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.artifact_samples import sqlite_connection

from wink_debug_bundle.database.catalog import Column, Relation, describe_schema

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_time(value: Any) -> bool:
    """Return whether the value is a time, with a zone or without."""
    return isinstance(value, str) and isinstance(datetime.fromisoformat(value), datetime)


def is_utc(value: Any) -> bool:
    """Return whether the value is a time in UTC."""
    return datetime.fromisoformat(value).utcoffset() == timedelta(0)


def is_local(value: Any) -> bool:
    """Return whether the value is a time without a zone."""
    return datetime.fromisoformat(value).tzinfo is None


def is_json(value: Any) -> bool:
    """Return whether the value is the text of JSON."""
    json.loads(value)
    return True


def is_at_least(least: int) -> Callable[[Any], bool]:
    """Return a check for numbers from `least` on."""
    return lambda value: isinstance(value, int | float) and value >= least


CLAIMS: dict[str, Callable[[Any], bool]] = {
    r"ISO 8601": is_time,
    r"ISO 8601 in UTC": is_utc,
    r"ISO 8601 without a time zone": is_local,
    r"^UUID of": lambda value: UUID.match(value) is not None,
    r"^SHA-256 of": lambda value: re.fullmatch("[0-9a-f]{64}", value) is not None,
    r"^JSON (of|object|array)": is_json,
    r"^JSON object": lambda value: isinstance(json.loads(value), dict),
    r"^JSON array": lambda value: isinstance(json.loads(value), list),
    r"^JSON path": lambda value: value.startswith("$"),
    r"^1 (if|for) ": lambda value: value in (0, 1),
    r"^Number of|^Milliseconds|^Duration in milliseconds|^(Cached |All )?[Ii]nput tokens|^Output tokens": is_at_least(
        0
    ),
    r"from 0": is_at_least(0),
    r"from 1\b(?!; 0)": is_at_least(1),
    r"^Percentage": lambda value: 0 <= value <= 100,
    r"at most 300 characters": lambda value: len(value) <= 300,
    r"at most 1000 characters": lambda value: len(value) <= 1000,
}
"""What a comment may say, and how to see that a value is as it says."""

SAYS_NULL = re.compile(
    r"(^|[;,.(] |\belse |\bor )NULL (if|for|outside|without|where)|else NULL|\((rendered|executed) only"
)
"""How a comment says that a value may be NULL."""

MAY_BE_EMPTY = re.compile(r"''")
"""How a comment says that a text may be empty."""

COLUMNS = [(relation, column) for relation in describe_schema() for column in relation.columns]


def values_of(bundle: Any, relation: Relation, column: Column) -> list[Any]:
    """Return the distinct values of a column, without NULL."""
    with sqlite_connection(bundle) as connection:
        found = connection.execute(
            f'SELECT DISTINCT "{column.name}" FROM {relation.name} WHERE "{column.name}" IS NOT NULL'
        )
        return [value for (value,) in found]


@pytest.mark.parametrize("claim", CLAIMS)
def test_values_are_as_the_comment_says(any_bundle, claim):
    """Each value of each column whose comment makes the claim agrees with it."""
    for relation, column in COLUMNS:
        if re.search(claim, column.description):
            for value in values_of(any_bundle, relation, column):
                if value == "" and MAY_BE_EMPTY.search(column.description):
                    continue
                assert CLAIMS[claim](value), (relation.name, column.name, value)


@pytest.mark.parametrize("claim", CLAIMS)
def test_each_claim_is_made(claim):
    """No claim is left that the comments do not make any more."""
    assert any(re.search(claim, column.description) for _, column in COLUMNS)


def test_null_is_allowed_where_the_comment_says_so():
    """A column of a table that may be NULL, as its comment says, is not declared NOT NULL."""
    for relation, column in COLUMNS:
        if relation.kind == "table" and SAYS_NULL.search(column.description):
            assert not column.not_null, (relation.name, column.name)


def test_flags_and_numbers_are_null_only_where_the_comment_says_so(any_bundle):
    """A flag or a number of something is never NULL unless its comment says when."""
    with sqlite_connection(any_bundle) as connection:
        for relation, column in COLUMNS:
            if re.search(r"^1 (if|for) |^Number of", column.description) and not SAYS_NULL.search(column.description):
                sql = f'SELECT count(*) FROM {relation.name} WHERE "{column.name}" IS NULL'
                assert connection.execute(sql).fetchone() == (0,), (relation.name, column.name)


def test_run_ids_are_null_outside_of_runs(any_bundle):
    """A bundle without a run has no run id in any column that is NULL outside of runs."""
    with sqlite_connection(any_bundle) as connection:
        if connection.execute("SELECT count(*) FROM runs").fetchone() != (0,):
            return
        for relation, column in COLUMNS:
            if "NULL outside of runs" in column.description:
                assert values_of(any_bundle, relation, column) == []


@pytest.mark.parametrize("event_type", ["rendered", "executed"])
def test_columns_of_one_event_are_null_for_the_other(any_bundle, event_type):
    """Columns of prompt events for rendered or executed ones only are NULL in the others."""
    columns = [column.name for relation, column in COLUMNS if f"{event_type} only" in column.description]
    assert columns
    held = " OR ".join(f"{name} IS NOT NULL" for name in columns)
    with sqlite_connection(any_bundle) as connection:
        sql = f"SELECT count(*) FROM prompt_events WHERE event_type <> ? AND ({held})"
        assert connection.execute(sql, (event_type,)).fetchone() == (0,)


def test_other_statements(any_bundle):
    """Statements that one query checks: none of the rows contradicts its column's comment."""
    contradictions = {
        "bundle_meta has one row": "SELECT count(*) - 1 FROM bundle_meta",
        "runs.id is the zip's": "SELECT count(*) FROM runs JOIN artifacts USING (id) WHERE kind <> 'run'",
        "runs.path is as in artifacts": "SELECT count(*) FROM runs JOIN artifacts USING (id) WHERE runs.path <> artifacts.path",
        "container_id is NULL for files": "SELECT count(*) FROM artifacts WHERE (container_id IS NULL) <> (member IS NULL)",
        "sample_id is NULL after an exception": "SELECT count(*) FROM runs WHERE status = 'error' AND sample_id IS NOT NULL",
        "tokens_source is NULL with the counts": "SELECT count(*) FROM runs WHERE (tokens_source IS NULL) <> (total_tokens IS NULL)",
        "prompt_count is from the same source": "SELECT count(*) FROM runs WHERE (tokens_source IS NULL) <> (prompt_count IS NULL)",
        "is_error is NULL for other types": (
            "SELECT count(*) FROM entries WHERE is_error IS NOT NULL AND entry_type <> 'tool_result'"
        ),
        "call_id is NULL for other types": (
            "SELECT count(*) FROM entries WHERE call_id IS NOT NULL AND entry_type NOT IN ('tool_use', 'tool_result')"
        ),
        "tokens are in the first block": "SELECT count(*) FROM entries WHERE block > 0 AND input_tokens IS NOT NULL",
        "success follows the outcome": (
            "SELECT count(*) FROM calls WHERE success IS NOT CASE WHEN outcome IN ('succeeded', 'expanded') THEN 1 "
            "WHEN outcome <> 'unknown' THEN 0 END"
        ),
        "call_id of other failures is NULL": "SELECT count(*) FROM failures WHERE (kind = 'tool') <> (call_id IS NOT NULL)",
        "content that is not text is in blobs": (
            "SELECT count(*) FROM files WHERE content IS NULL AND sha256 NOT IN (SELECT sha256 FROM blobs)"
        ),
        "the last part of a zip ends with the file": (
            "SELECT count(*) FROM artifacts JOIN (SELECT artifact_id, max(offset + length) AS part_end FROM zip_parts "
            "GROUP BY artifact_id) ON artifact_id = id WHERE part_end <> size_bytes"
        ),
        "an event's first snapshot is its first": (
            "SELECT count(*) FROM tool_invocations AS event JOIN slice_items AS item ON "
            "item.payload ->> '$.event_id' = event.event_id AND item.snapshot_id < event.snapshot_id"
        ),
        "views have all classes": "SELECT count(*) FROM slice_views WHERE view_name IS NULL OR key_count < column_count",
    }
    with sqlite_connection(any_bundle) as connection:
        for statement, sql in contradictions.items():
            assert connection.execute(sql).fetchone() == (0,), statement
