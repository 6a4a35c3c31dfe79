"""Show how far a build is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .wording import size

if TYPE_CHECKING:
    from tqdm import tqdm

    from ...pipeline.progress import Progress, ProgressCallback

MODES = ("auto", "bar", "plain", "none")

PLAIN_INTERVAL = 5.0
"""Seconds between two plain lines: a short build prints none."""


class Display:
    """Shows the progress of one build in one way, until it is closed."""

    def __init__(self, mode: str, stream: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        self._shown: _Bar | None = None
        self.callback: ProgressCallback | None = None
        if stream is None or mode == "none":  # it is closed, or nothing is wanted
            return
        if mode == "bar" or (mode == "auto" and stream.isatty()):
            self._shown = _Bar(stream)
            self.callback = self._shown.show
        else:
            self.callback = _Plain(stream).show

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._shown is not None:
            self._shown.close()


@contextmanager
def byte_bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """What shows bytes done of all bytes in a bar, while the block runs; None where nobody sees it."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=label, unit="B", unit_scale=True, leave=False, dynamic_ncols=True, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


class _Bar:
    """A tqdm bar in one line, a new one for each phase."""

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
        self._bar.set_postfix_str(f"{size(progress.written)} written", refresh=False)
        self._bar.update(progress.done - self._bar.n)
        if progress.done == progress.total:  # what follows may take long, and the bar would stand where it was
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
            desc=progress.phase,
            unit=" rows" if progress.phase == "indexing" else "B",
            unit_scale=True,
            leave=False,
            dynamic_ncols=True,
            file=self._stream,
        )


class _Plain:
    """A line every few seconds."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now = now
        self._started = self._last = now()

    def show(self, progress: Progress) -> None:
        """Print `progress`, if the last line is long enough ago."""
        now = self._now()
        if now - self._last < PLAIN_INTERVAL:
            return
        self._last = now
        percent = 100 * progress.done // max(progress.total, 1)
        print(
            f"{progress.phase}: {_of(progress)} ({percent} %), {size(progress.written)} written, "
            f"{now - self._started:.0f} s",
            file=self._stream,
            flush=True,
        )


def _of(progress: Progress) -> str:
    if progress.phase == "indexing":
        return f"{progress.done:,} of {progress.total:,} rows"
    return f"{size(progress.done)} of {size(progress.total)}"
