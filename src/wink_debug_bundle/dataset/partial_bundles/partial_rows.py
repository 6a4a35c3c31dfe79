"""Say which rows of a dataset a reader needs, as SQL of DuckDB: texts that are not read are not copied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from ...comparing.deltas.prompt_deltas import LONGEST_PROMPT
from ...database.quoting import quoted
from ...explore.story.run_choice import Unit
from ..parquet_tables import stored_tables

REQUEST = "request/input.json"
"""The member of a run's zip that holds its request."""

SAMPLE_ITEMS = "slice_type LIKE 'weakincentives.%:EvalResult'"
"""Items in which sessions outside of runs record samples."""

Conditions = Mapping[str, str]
"""Tables of a partial bundle, each with the condition for its rows."""

COMPARED: Conditions = {
    **dict.fromkeys(("sessions", "artifacts", "problems", "runs", "calls", "failures", "prompt_parts"), "true"),
    **dict.fromkeys(("prompt_events", "session_samples", "token_usage", "turn_tokens"), "true"),
    "environment": "kind IN ('python', 'package', 'git', 'container', 'variable')",
    "run_members": f"path = '{REQUEST}'",
}
"""What a comparison reads of all samples."""

NAMED: Conditions = dict.fromkeys(
    ("sessions", "artifacts", "runs", "failures", "prompt_events", "session_samples"), "true"
)
"""What a run or a session is found by."""

ASKED: Mapping[str, Conditions] = {
    "prompt-differences": dict.fromkeys(("sessions", "artifacts", "runs", "prompt_events", "prompt_parts"), "true"),
    "find-text": {
        **NAMED,
        **dict.fromkeys(("logs", "files", "entries", "calls", "tool_invocations", "snapshots", "times"), "true"),
    },
}
"""What saved queries read that DuckDB cannot answer."""

Reader = Literal["cost", "search"]
"""A command that reads all runs."""

READ_BY: Mapping[Reader, Conditions] = {
    "cost": {
        **dict.fromkeys(("sessions", "artifacts", "runs", "session_samples", "token_usage", "turn_tokens"), "true"),
        "entries": "id IN (SELECT entry_id FROM turn_tokens)",
        "logs": "id IN (SELECT log_id FROM entries WHERE id IN (SELECT entry_id FROM turn_tokens))",
    },
    "search": ASKED["find-text"],
}
"""What each of them reads."""

_OF_UNITS = "(run_id IN (SELECT id FROM told_runs) OR (run_id IS NULL AND session_id IN (SELECT session_id FROM told_sessions)))"
_OF_SESSIONS = "session_id IN (SELECT session_id FROM told_sessions)"

TOLD: Conditions = {
    **dict.fromkeys(("sessions", "artifacts", "snapshots", "times", "runs"), "true"),
    **dict.fromkeys(("entries", "calls", "failures"), _OF_UNITS),
    **dict.fromkeys(("prompt_events", "tool_invocations"), _OF_SESSIONS),
    "slice_items": f"{_OF_SESSIONS} AND {SAMPLE_ITEMS}",
    "logs": f"id IN (SELECT id FROM told_logs) OR artifact_id IN (SELECT id FROM told_artifacts) OR {_OF_SESSIONS}",
}
"""The whole story of some runs and sessions, by the tables that `telling_statements` makes."""

_SHORT: Mapping[str, Mapping[str, str]] = {
    "prompt_events": {"rendered_text": f"left(rendered_text, {LONGEST_PROMPT})", "result": "NULL"},
    "logs": {"message": "''", "context": "NULL", "extra": "NULL"},
}
"""Long texts, and what comparisons and costs read there."""


def select_rows(table: str, condition: str, *, whole: bool) -> str:
    """Return the SELECT for rows of a table; without `whole`, long texts are cut to what a comparison reads."""
    short = {} if whole else _SHORT.get(table, {})
    columns = ", ".join(short.get(each.name, quoted(each.name)) for each in stored_tables()[table].columns)
    return f"SELECT {columns} FROM {quoted(table)} WHERE {condition}"


def telling_statements(units: Sequence[Unit]) -> Iterable[tuple[str, list[object]]]:
    """Yield the statements, with their parameters, that make tables of what belongs to some runs and sessions."""
    runs = [unit.run_id for unit in units if unit.run_id is not None]
    sessions = [unit.session_id for unit in units if unit.session_id is not None]
    yield "CREATE TEMP TABLE told_runs AS SELECT unnest($1::BIGINT[]) AS id", [runs]
    yield _SESSIONS, [sessions]
    yield "CREATE TEMP TABLE told_artifacts AS SELECT id FROM artifacts WHERE container_id IN (FROM told_runs)", []
    yield _LOGS, []


_SESSIONS = """
CREATE TEMP TABLE told_sessions AS
WITH RECURSIVE tree(session_id) AS (
    SELECT unnest($1::VARCHAR[])
    UNION
    SELECT sessions.session_id FROM sessions JOIN tree ON sessions.parent_session_id = tree.session_id
)
SELECT session_id FROM tree
UNION
SELECT session_id FROM entries WHERE run_id IN (FROM told_runs)
UNION
SELECT session_id FROM calls WHERE run_id IN (FROM told_runs)
"""

_LOGS = f"""
CREATE TEMP TABLE told_logs AS
SELECT log_id AS id FROM entries WHERE {_OF_UNITS}
UNION
SELECT unnest([requested_log_id, started_log_id, ended_log_id]) FROM calls WHERE {_OF_UNITS}
"""
