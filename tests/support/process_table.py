"""The running processes, read from Linux's /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

needs_linux = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")


def processes_naming(text: str | Path) -> list[int]:
    """Return the living processes with `text` in their command line; a worker's has the name of the file it builds."""
    wanted = str(text).encode()
    return [pid for pid in _pids() if wanted in _read(pid, "cmdline") and _state(pid) not in "ZX"]


def process_command(pid: int) -> str:
    """Return the command line of a process, with NULs between its arguments."""
    return _read(pid, "cmdline").decode(errors="replace")


def session_processes(session: int) -> list[int]:
    """Return the living processes of a session."""
    return [pid for pid in _pids() if _session(pid) == session and _state(pid) not in "ZX"]


def child_processes(pid: int) -> list[int]:
    """Return the living children of the process."""
    return [child for child in _pids() if _parent(child) == pid and _state(child) not in "ZX"]


def proportional_bytes(pids: list[int]) -> int:
    """Return the memory of the processes together, with shared pages counted once, in bytes."""
    total = 0
    for pid in pids:
        for line in _read(pid, "smaps_rollup").splitlines():
            if line.startswith(b"Pss:"):
                total += int(line.split()[1]) << 10
    return total


def has_open(pid: int, name: str) -> bool:
    """Return whether the process has a file open whose path ends with `name`."""
    try:
        return any(os.readlink(entry).endswith(name) for entry in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # a descriptor was closed in the meantime
        return False


def processor_seconds(pids: list[int]) -> float:
    """Return the processor time that the living processes have used together."""
    ticks = 0
    for pid in pids:
        fields = _read(pid, "stat").rpartition(b")")[2].split()
        ticks += sum(int(field) for field in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_until(condition: Callable[[], object], seconds: float = 30) -> float:
    """Wait until `condition` holds, and fail after `seconds`; return how many seconds it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"the condition did not hold within {seconds} seconds"
        time.sleep(0.002)
    return time.monotonic() - started


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # the process has just ended
        return b""


def _state(pid: int) -> str:
    return _read(pid, "stat").rpartition(b")")[2].split()[0].decode() if _read(pid, "stat") else "X"


def _parent(pid: int) -> int:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _session(pid: int) -> int:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[3]) if fields else 0
