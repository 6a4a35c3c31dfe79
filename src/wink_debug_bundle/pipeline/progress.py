"""Report the progress of a build to a callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Phase(StrEnum):
    """What a build is doing: finding artifacts, opening them, reading them, indexing rows, packing or syncing the file.

    A build from a URL downloads the artifacts first. A merge unpacks and checks the bundles, and copies their rows,
    instead of finding, opening and reading artifacts. A redaction searches the bundle, replaces what it finds, and proves
    that nothing is left.
    """

    DOWNLOADING = "downloading"
    FINDING = "finding"
    OPENING = "opening"
    READING = "reading"
    UNPACKING = "unpacking"
    CHECKING = "checking"
    COMPARING = "comparing"
    COPYING = "copying"
    SEARCHING = "searching"
    REPLACING = "replacing"
    PROVING = "proving"
    INDEXING = "indexing"
    PACKING = "packing"
    SYNCING = "syncing"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a build or of a merge.

    Attributes:
        phase: What the build is doing. The phases follow each other in the order of the enum; only a packed
            bundle has one of packing, and only a merge of packed bundles one of unpacking. To append is to check the
            bundle, to compare the directory with it, to build what is new, and to merge both.
        done: How much of the phase is done. While downloading, bytes. While finding, entries of the directory. While
            opening, artifacts. While reading, bytes of the artifacts on disk; sessions inside zips are read first, and do
            not count. While unpacking, checking and copying, bytes of the bundles. While comparing, sources that are
            compared. While indexing, table rows; the rows of a table with four indexes count four times. While packing
            and syncing, bytes of the bundle.
        total: The amount of the whole phase, in the unit of `done`.
        written: Size of the bundle under construction, in bytes; 0 before it is begun.
    """

    phase: Phase
    done: int
    total: int
    written: int


ProgressCallback = Callable[[Progress], None]

Count = Callable[[int, int], None]
"""Called with the number of items done so far, and of all items."""


def counting(callback: ProgressCallback | None, phase: Phase) -> Count:
    """Return a function that reports the items of a phase before the bundle is begun."""

    def report(done: int, total: int) -> None:
        if callback is not None:
            callback(Progress(phase, done, total, 0))

    return report


class Meter:
    """Reports the progress of one build to a callback, if there is one."""

    def __init__(
        self, callback: ProgressCallback | None, partial: Path, source_bytes: int, phase: Phase = Phase.READING
    ) -> None:
        self._callback = callback
        self._partial = partial
        self._phase = phase
        self._total = source_bytes
        self._done = 0

    def advance(self, amount: int) -> None:
        """Report that `amount` more of the phase is done."""
        self._done = min(self._done + amount, self._total)
        self._report()

    def reach(self, done: int, total: int) -> None:
        """Report that `done` of the phase's `total` is done."""
        self._total = total
        self.advance(done - self._done)

    def enter(self, phase: Phase, total: int) -> None:
        """Report that the current phase is complete and that `phase` starts."""
        self.advance(self._total)
        self._phase, self._total, self._done = phase, total, 0
        self._report()

    def _report(self) -> None:
        if self._callback is not None:
            written = self._partial.stat().st_size if self._partial.exists() else 0
            self._callback(Progress(self._phase, self._done, self._total, written))
