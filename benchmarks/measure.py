"""Run one command and measure its whole process tree: wall time, processor time and memory.

Memory is the sum of PSS (proportional set size) over the tree, from /proc: a page that several processes share counts
once, split among them. Reading PSS takes milliseconds for a large process. RSS, which is quick to read and never less,
is therefore read at every tick, and PSS only if the sum of RSS exceeds the peak so far; reading PSS takes at most a
twentieth of one core. Processor time is what wait4 reports for the command and each process below it, with orphans.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = 0.02
"""Seconds between two samples of the tree."""

PSS_SHARE = 20
"""After reading PSS, the next reading waits this many times as long as the last one took."""

GRACE = 2.0
"""Seconds that processes may outlive the command before they are killed and reported."""

PAGE = os.sysconf("SC_PAGE_SIZE")
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Usage:
    """What one run used: seconds, bytes, and the number of processes that outlived the command and were killed."""

    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    largest_process_bytes: int
    left_behind: int


class Tree:
    """The processes below this one. The parent of each process is read once, when the process is new."""

    def __init__(self) -> None:
        self.members: set[int] = set()
        self.strangers = _processes()

    def update(self) -> set[int]:
        """Return the ids of the living processes of the tree."""
        alive = _processes()
        self.strangers &= alive
        self.members &= alive
        # A parent is known before its child, except if both are new; then it usually has the lower id.
        for pid in sorted(alive - self.members - self.strangers):
            is_member = _parent(pid) in (*self.members, os.getpid())
            (self.members if is_member else self.strangers).add(pid)
        return self.members


class Sampler(threading.Thread):
    """Samples the memory of the tree until it is stopped; kills the command's group after `timeout` seconds."""

    def __init__(self, tree: Tree, timeout: float) -> None:
        super().__init__(daemon=True)
        self.tree = tree
        self.deadline = time.monotonic() + timeout
        self.group = 0
        self.peak_bytes = 0
        self.stopped = threading.Event()
        self._next_reading = 0.0

    def run(self) -> None:
        """Sample the tree at every tick."""
        while not self.stopped.wait(TICK):
            self._sample(self.tree.update())
            if time.monotonic() > self.deadline and self.group:
                os.killpg(self.group, signal.SIGKILL)

    def _sample(self, pids: set[int]) -> None:
        now = time.monotonic()
        if now < self._next_reading or sum(map(_rss, pids)) <= self.peak_bytes:
            return
        self.peak_bytes = max(self.peak_bytes, sum(map(_pss, pids)))
        self._next_reading = time.monotonic() + PSS_SHARE * (time.monotonic() - now)


def become_subreaper() -> None:
    """Make this process the parent of orphans below it, so that they are measured, too."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(command: Sequence[str], environment: Mapping[str, str], log: Path, timeout: float) -> Usage:
    """Run `command` and measure it; what it prints goes to `log`. This process must have no other children."""
    become_subreaper()
    sampler = Sampler(Tree(), timeout)
    with log.open("wb") as sink:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
        )
        sampler.group = process.pid
        sampler.start()
        _, status, own = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    sampler.stopped.set()
    sampler.join()
    orphans, killed = _reap(sampler.tree)
    used = [own, *orphans]
    return Usage(
        process.returncode,
        seconds,
        sum(each.ru_utime + each.ru_stime for each in used),
        sampler.peak_bytes,
        max(each.ru_maxrss for each in used) * 1024,
        killed,
    )


def _reap(tree: Tree) -> tuple[list[resource.struct_rusage], int]:
    """Wait for processes that outlived the command, and kill them after GRACE seconds.

    Returns:
        The usage of the processes, and the number of those killed.
    """
    used: list[resource.struct_rusage] = []
    deadline, killed = time.monotonic() + GRACE, 0
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return used, killed
        if pid:
            used.append(usage)
            continue
        if time.monotonic() > deadline:
            killed += _kill(tree.update())
            deadline += GRACE
        time.sleep(TICK / 4)


def _kill(pids: set[int]) -> int:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)


def _processes() -> set[int]:
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def _parent(pid: int) -> int:
    """Return the id of a process's parent; 0 if the process has ended."""
    text = _read(pid, "stat")
    return int(text.rpartition(")")[2].split()[1]) if text else 0


def _rss(pid: int) -> int:
    text = _read(pid, "statm")
    return int(text.split()[1]) * PAGE if text else 0


def _pss(pid: int) -> int:
    for line in _read(pid, "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(pid: int, name: str) -> str:
    try:
        with open(f"/proc/{pid}/{name}", encoding="ascii", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""
