"""Show the progress of a build: as a bar on a terminal, as a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ...pipeline.progress import Phase, Progress, ProgressCallback
from .wording import size

if TYPE_CHECKING:
    from tqdm import tqdm

MODES = ("auto", "bar", "plain", "none")

_ITEMS = {Phase.FINDING: "entries", Phase.COMPARING: "entries", Phase.OPENING: "artifacts", Phase.INDEXING: "rows"}
"""What is counted in phases that do not count bytes."""

_DELAYS = dict.fromkeys((Phase.FINDING, Phase.OPENING, Phase.UNPACKING, Phase.CHECKING, Phase.COMPARING), 1.0)
"""Seconds until the bar of a phase appears: a build that is refused at once leaves only its message."""

PLAIN_INTERVAL = 5.0
"""Seconds between two plain lines. A shorter build prints none."""


class Display:
    """Shows the progress of one build.

    Attributes:
        callback: To be called with each `Progress`; None if nothing is shown.
    """

    def __init__(self, mode: str, stream: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        self._bar: _Bar | None = None
        self.callback: ProgressCallback | None = None
        if stream is None or mode == "none":  # stderr may be closed
            return
        if mode == "bar" or (mode == "auto" and stream.isatty()):
            self._bar = _Bar(stream)
            self.callback = self._bar.show
        else:
            self.callback = _PlainLines(stream).show

    def close(self) -> None:
        """Remove the bar from the terminal."""
        if self._bar is not None:
            self._bar.close()


@contextmanager
def byte_bar(label: str, *, delay: float = 0) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a function that shows, in a bar, the bytes done and the bytes of all; None if stderr is not a terminal.

    Args:
        label: What is done.
        delay: Seconds until the bar appears.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(
        desc=label, unit="B", unit_scale=True, leave=False, dynamic_ncols=True, delay=delay, file=sys.stderr
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


class _Bar:
    """A progress bar, a new one for each phase."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm[object] | None = None
        self._phase: str | None = None

    def show(self, progress: Progress) -> None:
        """Show `progress` in the bar of its phase."""
        if self._bar is None or progress.phase != self._phase:
            self.close()
            self._bar = self._new_bar(progress)
            self._phase = progress.phase
        if progress.written:
            self._bar.set_postfix_str(f"{size(progress.written)} written", refresh=False)
        self._bar.update(progress.done - self._bar.n)
        if (
            progress.done == progress.total and progress.phase not in _DELAYS
        ):  # tqdm may have skipped the last update, and what follows may take long
            self._bar.refresh()

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _new_bar(self, progress: Progress) -> tqdm[object]:
        from tqdm import tqdm

        return tqdm(
            total=progress.total,
            delay=_DELAYS.get(progress.phase, 0),
            desc=progress.phase,
            unit=f" {_ITEMS[progress.phase]}" if progress.phase in _ITEMS else "B",
            unit_scale=True,
            leave=False,
            dynamic_ncols=True,
            file=self._stream,
        )


class _PlainLines:
    """Prints a line every few seconds."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now = now
        self._started = self._last = now()

    def show(self, progress: Progress) -> None:
        """Print `progress` if PLAIN_INTERVAL has passed since the last line."""
        now = self._now()
        if now - self._last < PLAIN_INTERVAL:
            return
        self._last = now
        written = f", {size(progress.written)} written" if progress.written else ""
        line = f"{progress.phase}: {_amounts(progress)}{written}, {now - self._started:.0f} s"
        print(line, file=self._stream, flush=True)


def _amounts(progress: Progress) -> str:
    """Say how much is done; sessions inside zips are read first, and are no measure of the whole."""
    percent = f"({100 * progress.done // max(progress.total, 1)} %)"
    if progress.phase in _ITEMS:
        return f"{progress.done:,} of {progress.total:,} {_ITEMS[progress.phase]} {percent}"
    if progress.phase is Phase.READING and not progress.done and progress.written:
        return f"sessions first, then all {size(progress.total)}"
    return f"{size(progress.done)} of {size(progress.total)} {percent}"
