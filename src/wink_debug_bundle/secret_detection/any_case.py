"""Tell quickly which texts have any of a few words, in any case."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from .detection_extra import installed
from .hyperscan_words import HyperscanWords
from .text_pieces import joined_starts

_SEPARATOR = b"\n"


class AnyCaseSearch:
    """Names texts that may have a word: all, if hyperscan is not installed or a word is not in ASCII."""

    def __init__(self, words: Sequence[bytes]) -> None:
        can_search = words and installed("hyperscan") and all(map(bytes.isascii, words))
        self._search = HyperscanWords(words, any_case=True) if can_search else None

    def candidates(self, texts: Sequence[bytes]) -> Sequence[int]:
        """Return the numbers of the texts, in order."""
        if self._search is None:
            return range(len(texts))
        ends = {end for _, end in self._search.ends(_SEPARATOR.join(texts))}
        if not ends:
            return ()
        starts = joined_starts(texts)
        return sorted({bisect_right(starts, end - 1) - 1 for end in ends})
