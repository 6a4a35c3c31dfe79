"""How far a build is, for whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Phase(StrEnum):
    """What a build is doing."""

    READING = "reading"
    INDEXING = "indexing"
    SYNCING = "syncing"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is.

    While reading, `done` and `total` are bytes of the artifacts as they lie on disk; while indexing, table rows
    (those of a table with four indexes count four times); while syncing, both are the bundle's bytes, and only the
    disk knows how many of them it has. `written` is the size of the bundle under construction, in bytes.
    """

    phase: Phase
    done: int
    total: int
    written: int


ProgressCallback = Callable[[Progress], None]


class Meter:
    """Tells a callback how far one build is; without a callback, does nothing."""

    def __init__(self, callback: ProgressCallback | None, partial: Path, source_bytes: int) -> None:
        self._callback = callback
        self._files = (partial, partial.with_name(partial.name + "-wal"))
        self._phase = Phase.READING
        self._total = source_bytes
        self._done = 0

    def advance(self, amount: int) -> None:
        """Tell that `amount` more of the phase is done."""
        self._done = min(self._done + amount, self._total)
        self._tell()

    def enter(self, phase: Phase, total: int) -> None:
        """Tell that the last phase is over, and another one begins."""
        self.advance(self._total)
        self._phase, self._total, self._done = phase, total, 0
        self._tell()

    def _tell(self) -> None:
        if self._callback is not None:
            written = sum(path.stat().st_size for path in self._files if path.exists())
            self._callback(Progress(self._phase, self._done, self._total, written))
