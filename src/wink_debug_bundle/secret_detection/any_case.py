"""Tell quickly which texts have any of a few words, in any case."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from .candidate_search.escaped_syntax import escaped_syntax
from .detection_extra import installed
from .hyperscan_words import HyperscanWords
from .linear_regex import quoted
from .text_pieces import joined_starts

_SEPARATOR = b"\n"
_NOT_ASCII = re.compile(rb"([\x80-\xff]+)")


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


class EscapedSearch:
    """Finds words in any case, also as JSON has them; bytes that are not of ASCII stand for any others."""

    def __init__(self, words: Sequence[bytes]) -> None:
        """Compile the words.

        Raises:
            BundleError: the extra `redact` is not installed.
        """
        self._search = HyperscanWords([_escaped(word) for word in words], any_case=True, are_regexes=True)

    def ends(self, joined: bytes) -> list[int]:
        """Return where words end in joined texts."""
        return [end for _, end in self._search.ends(joined)]


def can_be_escaped(words: Sequence[bytes]) -> bool:
    """Return whether the words can be searched where they are escaped: each has a character of ASCII."""
    return installed("hyperscan") and all(_NOT_ASCII.sub(b"", word) for word in words)


def _escaped(word: bytes) -> bytes:
    """Return a regex that matches the word in any form."""
    parts = enumerate(_NOT_ASCII.split(word))
    regex = "".join(rf"[\x80-\xff]{{{len(part)}}}" if number % 2 else quoted([part]) for number, part in parts)
    return (escaped_syntax(regex) or regex).encode()
