"""Uses of the public interface with the types that a caller expects; mypy checks this file, and no test runs it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from wink_debug_bundle import (
    BundleBuildError,
    BundleError,
    BundleExistsError,
    BundleQueryError,
    BundleStatistics,
    BundleVersionError,
    DebugBundle,
    InvalidBundleError,
    __version__,
)

version: str = __version__


def build() -> DebugBundle:
    """Build bundles in every way, with strings and paths."""
    bundle: DebugBundle = DebugBundle.from_directory("debug")
    bundle = DebugBundle.from_directory(Path("debug"), output="b.db", description="what for")
    bundle = DebugBundle.from_directory("debug", output=Path("b.db"), recursive=True, tags={"a": "b"}, force=True)
    bundle.close()
    bundle = DebugBundle.from_artifacts("b.db")
    bundle.close()
    return DebugBundle.from_artifacts(
        output=Path("b.db"),
        session_snapshots=["s.jsonl", Path("t.jsonl")],
        log_files=(Path("s.log"),),
        filesystem_archives=[Path("f.zip")],
        description=None,
    )


def explore(path: str | Path) -> list[str]:
    """Open, query and close a bundle."""
    with DebugBundle.open(path) as bundle:
        where: Path = bundle.path
        cursor: sqlite3.Cursor = bundle.query("SELECT 1")
        cursor = bundle.query("SELECT ?", (1,))
        cursor = bundle.query("SELECT ?", params=("a", None, b"", 1.5))
        cursor = bundle.query("SELECT :a", {"a": 1})
        print(cursor.fetchall(), where)  # noqa: T201 nothing runs it
        written: Path = bundle.export_csv("logs", "logs.csv")
        written = bundle.export_json("SELECT 1", written)
        return bundle.session_ids


def count(bundle: DebugBundle) -> int:
    """Use statistics as integers."""
    statistics: BundleStatistics = bundle.statistics
    numbers: list[int] = [
        statistics.session_count,
        statistics.log_count,
        statistics.tool_invocation_count,
        statistics.prompt_event_count,
        statistics.file_count,
        statistics.total_input_tokens,
        statistics.total_output_tokens,
        statistics.size_bytes,
    ]
    return sum(numbers)


def serve(bundle: DebugBundle) -> None:
    """Serve a bundle with host, port and browser given by name."""
    bundle.serve()
    bundle.serve(host="127.0.0.1", port=8001, open_browser=False)
    bundle.close()


def react(error: BundleError) -> str:
    """Catch each kind of error separately."""
    if isinstance(error, BundleExistsError | BundleBuildError):
        return "output"
    if isinstance(error, InvalidBundleError | BundleVersionError | BundleQueryError):
        return "input"
    return str(error)
