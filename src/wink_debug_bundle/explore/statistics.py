"""Count what a bundle holds."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BundleStatistics:
    """Summary statistics for a debug bundle.

    Tokens are those of the view `token_usage`, which counts each once: of runs, and of executed prompts outside of them.
    Tool invocations are the events of sessions; runs that failed leave no last snapshot, so the table `calls`, which
    has the calls that any source records, may hold more.
    """

    session_count: int
    log_count: int
    tool_invocation_count: int
    prompt_event_count: int
    file_count: int
    total_input_tokens: int
    total_output_tokens: int
    size_bytes: int


_COUNTS = """
SELECT
    (SELECT count(*) FROM sessions),
    (SELECT count(*) FROM logs),
    (SELECT count(*) FROM tool_invocations),
    (SELECT count(*) FROM prompt_events),
    (SELECT count(*) FROM files),
    (SELECT coalesce(sum({input_tokens}), 0) FROM {usage}),
    (SELECT coalesce(sum({output_tokens}), 0) FROM {usage})
"""
_USAGE = {"usage": "token_usage", "input_tokens": "input_tokens", "output_tokens": "output_tokens"}
_USAGE_BEFORE = {
    "usage": "token_summary",
    "input_tokens": "total_input_tokens",
    "output_tokens": "total_output_tokens",
}
"""Bundles that an earlier release built lack the view `token_usage`."""

_HAS_USAGE = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'token_usage')"


def read_statistics(connection: sqlite3.Connection, path: Path) -> BundleStatistics:
    """Return statistics of the bundle at `path`, which `connection` has open."""
    [has_usage] = connection.execute(_HAS_USAGE).fetchone()
    sql = _COUNTS.format_map(_USAGE if has_usage else _USAGE_BEFORE)
    counts: tuple[int, int, int, int, int, int, int] = connection.execute(sql).fetchone()
    return BundleStatistics(*counts, path.stat().st_size)
