"""Describe the machine and the versions with which figures were measured."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

PACKAGES = ("wink-debug-bundle", "apsw", "orjson", "duckdb", "duckdb-ext-sqlite", "sqlite-utils")


def describe(folder: Path) -> dict[str, object]:
    """Return processor, memory in bytes, load, versions, and the file system of `folder`, where the outputs are."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
        "file_system": _output(["stat", "-f", "-c", "%T", str(folder)]),
        "sqlite3_shell": _output(["sqlite3", "--version"]).split(" ")[0],
        "packages": {name: _version(name) for name in PACKAGES},
    }


def two_process_speed_up() -> float:
    """Return how much faster two processes at once do the same work than one after the other; 2 on idle processors."""
    alone = min(_seconds_of(1) for _ in range(3))
    return 2 * alone / min(_seconds_of(2) for _ in range(3))


def _seconds_of(processes: int) -> float:
    """Return the seconds until so many processes have each computed the same."""
    work = [sys.executable, "-S", "-c", "sum(n * n for n in range(3_000_000))"]
    begin = time.perf_counter()
    started = [subprocess.Popen(work) for _ in range(processes)]
    for process in started:
        process.wait()
    return time.perf_counter() - begin


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""
