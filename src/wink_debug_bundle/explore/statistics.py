"""Count what a bundle holds."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BundleStatistics:
    """Summary statistics for a debug bundle.

    Tokens are those of executed prompts. Tool calls within a prompt report the same tokens and are not added.
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
    (SELECT coalesce(sum(total_input_tokens), 0) FROM token_summary),
    (SELECT coalesce(sum(total_output_tokens), 0) FROM token_summary)
"""


def read_statistics(connection: sqlite3.Connection, path: Path) -> BundleStatistics:
    """Return statistics of the bundle at `path`, which `connection` has open."""
    counts: tuple[int, int, int, int, int, int, int] = connection.execute(_COUNTS).fetchone()
    return BundleStatistics(*counts, path.stat().st_size)
