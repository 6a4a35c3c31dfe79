"""Print one table of all profiles: `python -m benchmarks.summary benchmarks/results/*.json`.

A ratio compares median seconds of one file of results. With `--into docs/performance.md` the table replaces the one that
stands there between two marks.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.generate.profiles import PROFILES
from benchmarks.report import REFERENCE, Summary, summaries
from benchmarks.run import RESULTS

ONE_JOB, TWO_JOBS, SAMPLE = "ours-1", REFERENCE, "specification"

FLOORS = ("floor-unpacked", "floor")
"""The floors, the one that fits best first: a run's zip must be unpacked, so the floor unpacks, too."""

PEERS = {
    "duckdb": "DuckDB",
    "duckdb-plain": "DuckDB without types",
    "duckdb-indexed": "DuckDB with indexes",
    "duckdb-sqlite": "DuckDB into SQLite",
    "sqlite-utils": "sqlite-utils",
    "shell": "sqlite3 shell",
    "wink-query": "wink query",
    "imports": "imports",
}
"""What other contenders are called in the table."""

COLUMNS = ("profile, MB before compression", "1 job, s", "2 jobs, s", "floor, s", "2 jobs / floor", "1 job / 2 jobs",
           "sample code / 2 jobs", "others / 2 jobs", "peak MB", "bundle / source")  # fmt: skip

BEGIN, END = "<!-- figures: python -m benchmarks.summary -->", "<!-- end of figures -->"
"""The marks around the table in a document."""


def table(results: list[dict[str, Any]]) -> str:
    """Return the table of all results as Markdown, in the order of the profiles, small inputs first."""
    order = list(PROFILES)
    ranked = sorted(results, key=lambda each: (order.index(each["dataset"]["profile"]), _bytes(each)))
    head = [f"| {' | '.join(COLUMNS)} |", f"| --- |{' ---: |' * (len(COLUMNS) - 1)}"]
    return "\n".join([*head, *map(_row, ranked)]) + "\n"


def replaced(document: str, figures: str) -> str:
    """Return the document with `figures` between its marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"the document has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{figures}\n{END}{after}"


def _bytes(result: Mapping[str, Any]) -> int:
    return int(result["dataset"]["content_bytes"])


def _row(result: dict[str, Any]) -> str:
    by_name = summaries(result)
    floor = next((name for name in FLOORS if name in by_name), "")
    two = by_name.get(TWO_JOBS)
    cells = (
        f"`{result['dataset']['profile']}` {_bytes(result) / 1e6:.0f}",
        *(f"{by_name[name].seconds:.1f}" if name in by_name else "" for name in (ONE_JOB, TWO_JOBS, floor)),
        _ratio(by_name, TWO_JOBS, floor),
        _ratio(by_name, ONE_JOB, TWO_JOBS),
        _ratio(by_name, SAMPLE, TWO_JOBS),
        _peers(by_name),
        f"{two.peak_bytes / 1e6:.0f}" if two else "",
        f"{two.output_bytes / _bytes(result):.2f}" if two else "",
    )
    return f"| {' | '.join(cells)} |"


def _ratio(by_name: Mapping[str, Summary], slow: str, fast: str) -> str:
    if slow not in by_name or fast not in by_name:
        return ""
    return f"{by_name[slow].seconds / by_name[fast].seconds:.2f}"


def _peers(by_name: Mapping[str, Summary]) -> str:
    ratios = [(label, _ratio(by_name, name, TWO_JOBS)) for name, label in PEERS.items()]
    return ", ".join(f"{label} {ratio}" for label, ratio in ratios if ratio)


def main() -> None:
    """Print the table, or write it into a document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.summary", description=__doc__)
    parser.add_argument("results", nargs="*", type=Path, help="JSON files of benchmarks.run; default: all results")
    parser.add_argument("--into", type=Path, help="a document with the marks, whose table is replaced")
    options = parser.parse_args()
    paths = options.results or sorted(RESULTS.glob("*.json"))
    figures = table([json.loads(path.read_text()) for path in paths])
    if options.into:
        options.into.write_text(replaced(options.into.read_text(), figures))
    else:
        print(figures, end="")


if __name__ == "__main__":
    main()
