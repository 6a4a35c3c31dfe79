"""Runs one command and measures its whole process tree: wall time, CPU and memory.

Memory is the sum of PSS (proportional set size) over the tree, from /proc: a page that several processes share
counts once, split among them. Reading PSS costs milliseconds in a large process, so the cheap RSS is read at every
tick and PSS only when the sum of RSS, which is never less, passes the peak so far; and it takes at most a
twentieth of one core. CPU is what wait4 reports for the command and for every process below it, orphans included.
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
"""Seconds between two looks at the tree."""

PSS_SHARE = 20
"""Reading PSS waits this many times as long as the last reading took."""

GRACE = 2.0
"""Seconds that processes may outlive the command before they are killed and reported."""

PAGE = os.sysconf("SC_PAGE_SIZE")
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Usage:
    """What one run took: seconds, bytes, and how many processes it left behind that had to be killed."""

    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    largest_process_bytes: int
    left_behind: int


class Tree:
    """The processes below this one. A process is looked at once, when it is new, to see whose child it is."""

    def __init__(self) -> None:
        self.members: set[int] = set()
        self.strangers = _processes()

    def update(self) -> set[int]:
        """Processes of the tree that are alive."""
        alive = _processes()
        self.strangers &= alive
        self.members &= alive
        # Parents have been seen before their children, except when both are new.
        for pid in sorted(alive - self.members - self.strangers):
            mine = _parent(pid) in (*self.members, os.getpid())
            (self.members if mine else self.strangers).add(pid)
        return self.members


class Sampler(threading.Thread):
    """Watches the memory of the tree until it is told to stop; kills the command's group after `timeout` seconds."""

    def __init__(self, tree: Tree, timeout: float) -> None:
        super().__init__(daemon=True)
        self.tree = tree
        self.deadline = time.monotonic() + timeout
        self.group = 0
        self.peak_bytes = 0
        self.stopped = threading.Event()
        self._next_reading = 0.0

    def run(self) -> None:
        """Look at the tree at every tick."""
        while not self.stopped.wait(TICK):
            self._look(self.tree.update())
            if time.monotonic() > self.deadline and self.group:
                os.killpg(self.group, signal.SIGKILL)

    def _look(self, pids: set[int]) -> None:
        now = time.monotonic()
        if now < self._next_reading or sum(map(_rss, pids)) <= self.peak_bytes:
            return
        self.peak_bytes = max(self.peak_bytes, sum(map(_pss, pids)))
        self._next_reading = time.monotonic() + PSS_SHARE * (time.monotonic() - now)


def become_subreaper() -> None:
    """Make this process the parent of orphans below it, so that none escapes the sums."""
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
    """Wait for processes that outlived the command; after the grace, kill them. Returns their usage and the killed."""
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
    """Parent of a process; 0 if the process is gone."""
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
