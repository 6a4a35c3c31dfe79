"""Report how far a merge is: how many bytes of the bundles are unpacked, checked and copied."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from ..pipeline.progress import Count

_OPCODES = 4_000_000
"""Number of SQLite's virtual machine instructions between two checks for signals, a few tenths of a second.

Each check waits for the thread that hashes rows to give up Python's lock: with 100,000, a merge took 5 % longer.
"""

_OPCODES_OF_COPYING = 5_000
"""The same while rows are copied; each of them may be large."""


def counts_of_files(report: Count, sizes: Sequence[int]) -> list[Count]:
    """Return, for each of some files, a function that reports how far it is, as a part of the bytes of all files."""
    total = sum(sizes)

    def of_file(before: int, size: int) -> Count:
        return lambda done, whole: report(before + size * done // max(whole, 1), total)

    return [of_file(before, size) for before, size in zip(itertools.accumulate([0, *sizes]), sizes, strict=False)]


def handle_signals(connection: apsw.Connection) -> None:
    """Let Python handle signals while SQLite works: it does so when SQLite calls the handler."""
    connection.set_progress_handler(lambda: False, _OPCODES)


@contextmanager
def growth_reported(connection: apsw.Connection, path: Path, size: int, report: Count) -> Iterator[None]:
    """Report how far the copy of a bundle of `size` bytes is, by the growth of the file at `path`."""
    before = last = path.stat().st_size

    def look() -> bool:
        nonlocal last
        now = path.stat().st_size
        if now != last:
            last = now
            report(min(now - before, size), size)
        return False

    connection.set_progress_handler(look, _OPCODES_OF_COPYING)
    try:
        yield
    finally:
        handle_signals(connection)
    report(size, size)
