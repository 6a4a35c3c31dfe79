"""Tell quickly which texts have any of a few words, in any case."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from .detection_extra import detection_module, installed
from .text_pieces import joined_starts

_SEPARATOR = b"\n"


class AnyCaseSearch:
    """Names texts that may have a word: all, if hyperscan is not installed or a word is not in ASCII."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._database: Any = None
        if words and installed("hyperscan") and all(map(bytes.isascii, words)):
            hyperscan = detection_module("hyperscan")
            count = len(words)
            self._database = hyperscan.Database()
            self._database.compile(
                expressions=list(words),
                ids=list(range(count)),
                elements=count,
                flags=[hyperscan.HS_FLAG_CASELESS] * count,
                literal=True,
            )

    def candidates(self, texts: Sequence[bytes]) -> Sequence[int]:
        """Return the numbers of the texts, in order."""
        if self._database is None:
            return range(len(texts))
        joined = _SEPARATOR.join(texts)
        ends: list[int] = []

        def note(_word: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append(end)

        if joined:
            self._database.scan(joined, match_event_handler=note)
        if not ends:
            return ()
        starts = joined_starts(texts)
        return sorted({bisect_right(starts, end - 1) - 1 for end in ends})
