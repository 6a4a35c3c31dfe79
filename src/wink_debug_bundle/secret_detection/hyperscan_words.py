"""Find words or short regexes by hyperscan, all of them in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .detection_extra import detection_module
from .linear_regex import quoted


class HyperscanWords:
    """Finds words in a text, also where they overlap."""

    def __init__(self, words: Sequence[bytes], *, any_case: bool = False, are_regexes: bool = False) -> None:
        """Compile the words.

        Args:
            words: What is looked for.
            any_case: Whether letters of ASCII match in any case.
            are_regexes: Whether the words are regexes, which match nothing that is empty.

        Raises:
            BundleError: the extra `redact` is not installed.
        """
        hyperscan = detection_module("hyperscan")
        self._database: Any = hyperscan.Database()
        count = len(words)
        is_literal = not are_regexes and not any(b"\0" in word for word in words)  # where a literal would end for it
        self._database.compile(
            expressions=list(words) if is_literal or are_regexes else [quoted([word]).encode() for word in words],
            ids=list(range(count)),
            elements=count,
            flags=[hyperscan.HS_FLAG_CASELESS if any_case else 0] * count,
            literal=is_literal,
        )

    def ends(self, text: bytes) -> list[tuple[int, int]]:
        """Return the number of each word that is found, and its end."""
        ends: list[tuple[int, int]] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append((number, end))

        if text:
            self._database.scan(text, match_event_handler=note)
        return ends
