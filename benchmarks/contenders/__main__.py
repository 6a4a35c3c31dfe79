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
    "floor": ("floor", "main"),
}
"""Module and function of each contender written in Python; only the module that runs is imported."""


def main() -> None:
    """Run the contender that the command line names."""
    name, source, output = sys.argv[1:]
    module, function = ENTRY_POINTS[name]
    getattr(importlib.import_module(f"benchmarks.contenders.{module}"), function)(Path(source), Path(output))


main()
