"""Find places of a decoded text in the text that it was decoded from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Protocol


class Places(Protocol):
    """Knows where the parts of a decoded text are in its source."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the source the part from `start` to `end` of the decoded text is."""
        ...


class Escapes:
    """Where the escapes of a text are, and what they add up to."""

    def __init__(
        self, source: bytes, escape: re.Pattern[bytes], decoded_length: Callable[[re.Match[bytes]], int]
    ) -> None:
        matches = [match for match in escape.finditer(source) if decoded_length(match) != len(match[0])]
        self._lengths = [decoded_length(match) for match in matches]
        lost = [len(match[0]) - length for match, length in zip(matches, self._lengths, strict=True)]
        self._lost = [0, *accumulate(lost)]
        self._decoded = [match.start() - before for match, before in zip(matches, self._lost, strict=False)]
        self._matches = [match.span() for match in matches]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the source, whole escapes included."""
        return self._edge(start, is_end=False), self._edge(end - 1, is_end=True)

    def _edge(self, place: int, *, is_end: bool) -> int:
        """Return where the character at `place` of the decoded text begins or ends."""
        number = bisect_right(self._decoded, place) - 1
        if number >= 0 and place < self._decoded[number] + self._lengths[number]:
            return self._matches[number][is_end]
        return place + self._lost[number + 1] + is_end


class EncodedRuns:
    """Where runs of encoded text are; a run is replaced whole, as a part of it could not be decoded any more."""

    def __init__(self, runs: Sequence[tuple[int, int, bytes]]) -> None:
        self._runs = [(start, end) for start, end, _ in runs]
        self._starts = list(accumulate((len(data) + 1 for _, _, data in runs[:-1]), initial=0))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place of the run, or of the runs."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1) - 1
        return self._runs[first][0], self._runs[last][1]
