"""Find where literals may be in a text, by their beginnings, which one pass of an engine finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from ..detection_extra import detection_module, installed
from ..hyperscan_words import HyperscanWords

_BEGINNING_BYTES = 16
_MOST_ALIKE = 32
"""Literals with the same beginning that are compared one by one."""
_MOST_ALIKE_CUT = 500
"""The same for beginnings that tell a value from others, which are rare in texts."""
_MOST_FOR_HYPERSCAN = 16_000
"""Beginnings from which hyperscan needs more memory than is promised: each process has its own."""
_Sized = list[tuple[int, bytes, int]]
"""Numbers of literals, the literals, and how many bytes of each are searched."""


class _Places(Protocol):
    def starts(self, text: bytes) -> Iterable[tuple[int, int]]:
        """Return the number and the start of each searched beginning in a text, also of those that overlap."""
        ...


class _HyperscanPlaces:
    def __init__(self, beginnings: Sequence[bytes]) -> None:
        self._search = HyperscanWords(beginnings)
        self._sizes = list(map(len, beginnings))

    def starts(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield the number and the start of each beginning."""
        for number, end in self._search.ends(text):
            yield number, end - self._sizes[number]


class _AhoCorasickPlaces:
    def __init__(self, beginnings: Sequence[bytes]) -> None:
        module = detection_module("ahocorasick_rs")
        self._search: Any = module.BytesAhoCorasick(beginnings, implementation=module.Implementation.ContiguousNFA)

    def starts(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield the number and the start of each beginning."""
        for number, start, _ in self._search.find_matches_as_indexes(text, overlapping=True):
            yield number, start


class LiteralPlaces:
    """Finds literals by their beginnings: an engine takes a minute to prepare thousands of long ones."""

    def __init__(self, literals: Sequence[bytes], engine: str, least: Sequence[int] = ()) -> None:
        """Prepare the search for literals, and for beginnings of them that have at least so many bytes."""
        sizes = least or [_BEGINNING_BYTES] * len(literals)
        alike = _by_beginning(list(zip(range(len(literals)), literals, sizes, strict=True)), _BEGINNING_BYTES)
        self.least = least
        self._alike = [sorted(each, key=literals.__getitem__) for each in alike.values()]
        is_few = len(alike) <= _MOST_FOR_HYPERSCAN
        is_hyperscan = engine == "hyperscan" or (engine == "best" and is_few and installed("hyperscan"))
        self._places: _Places = (_HyperscanPlaces if is_hyperscan else _AhoCorasickPlaces)(list(alike))

    def starts(self, text: bytes) -> Iterator[tuple[list[int], int]]:
        """Yield the start of each beginning in a text, and the numbers of the literals that begin so, in their order."""
        for number, start in self._places.starts(text):
            yield self._alike[number], start


def _by_beginning(literals: _Sized, most: int) -> dict[bytes, list[int]]:
    """Group the numbers of literals by their first bytes: `most`, or the fewer that they are found by where they are cut.

    Where very many begin alike, they are grouped by more bytes.
    """
    groups: dict[bytes, _Sized] = {}
    for each in literals:
        _, literal, size = each
        groups.setdefault(literal[: min(size, most)], []).append(each)
    found: dict[bytes, list[int]] = {}
    for beginning, group in groups.items():
        is_whole = all(size <= most for _, _, size in group)
        if len(group) <= (_MOST_ALIKE_CUT if is_whole else _MOST_ALIKE):
            found[beginning] = [number for number, _, _ in group]
        elif is_whole:
            found.update(_by_beginning([(number, literal, most * 4) for number, literal, _ in group], most * 4))
        else:
            found.update(_by_beginning(group, most * 4))
    return found
