"""Run one contender: `python -m benchmarks.contenders specification INPUT OUTPUT`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ENTRY_POINTS = {
    "specification": ("specification", "main"),
    "sqlite-utils": ("sqlite_utils_api", "main"),
    "shell": ("shell", "main"),
    "duckdb": ("duck", "main"),
    "duckdb-plain": ("duck", "plain"),
    "duckdb-indexed": ("duck", "with_indexes"),
    "duckdb-sqlite": ("duck", "into_sqlite"),
    "wink-query": ("wink", "main"),
    "floor": ("floor", "main"),
    "floor-unpacked": ("floor", "with_unpacking"),
    "floor-of-merge": ("floor", "with_other_ids"),
}
"""Module and function of each contender written in Python; only the module that runs is imported."""


def main() -> None:
    """Run the contender that the command line names, with the paths that follow the name."""
    name, *paths = sys.argv[1:]
    module, function = ENTRY_POINTS[name]
    getattr(importlib.import_module(f"benchmarks.contenders.{module}"), function)(*map(Path, paths))


main()
