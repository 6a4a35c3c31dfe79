"""Find values that are known to be secret, in all their forms."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from .detection_extra import detection_module, installed
from .found_secret import FoundSecret, Ranked, without_overlaps
from .hyperscan_words import HyperscanWords
from .literal_forms import LiteralForm, literal_forms
from .text_pieces import joined_starts

SHORTEST_LITERAL = 6
"""Shorter values are part of too many words."""
_FEWEST_BYTES = 4
"""A value of fewer different bytes (`xxxxxx`, `------`) hides nothing, and would be found in every ruler."""
_COMMON = frozenset(
    b"localhost password default example unknown disabled enabled production development undefined null none true false"
    b" python3 username".split()
)
"""Values that environments have, and texts, too."""
_BEGINNING_BYTES = 16
_MOST_ALIKE = 32
"""Literals with the same beginning that are compared one by one."""
_MOST_FOR_HYPERSCAN = 16_000
"""Beginnings from which hyperscan needs more memory than is promised: each process has its own."""
_SEPARATOR = b"\n"
_BATCH_BYTES = 4 << 20
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_Numbered = list[tuple[int, bytes]]


def is_searchable(value: bytes) -> bool:
    """Return whether a value is long and rare enough to be searched everywhere."""
    return len(value) >= SHORTEST_LITERAL and len(set(value)) >= _FEWEST_BYTES and value.lower() not in _COMMON


class LiteralSearch:
    """Finds thousands of values in one pass. It must not be used by two threads at once."""

    def __init__(
        self, values: Mapping[bytes, tuple[str, str]], *, engine: Literal["best", "hyperscan", "aho-corasick"] = "best"
    ) -> None:
        """Prepare the search for values; those that `is_searchable` refuses are left out.

        Args:
            values: The rule and the kind of each value.
            engine: What searches; `best` is hyperscan where it is installed, and
                the values are not very many. The answers are the same.

        Raises:
            BundleError: the extra `redact` is not installed.
        """
        self._forms: list[tuple[LiteralForm, FoundSecret]] = []
        seen = set()
        for value, (rule, kind) in values.items():
            for form in sorted(literal_forms(value)) if is_searchable(value) else ():
                if form.text not in seen:
                    seen.add(form.text)
                    self._forms.append((form, FoundSecret(0, 0, rule, kind, value)))
        texts = [form.text for form, _ in self._forms]
        self._places = _LiteralPlaces(texts, engine) if texts else None

    def found(self, text: bytes) -> list[FoundSecret]:
        """Return where the values are, in any form, by their place; the longest wins where they overlap."""
        return self.found_in_many([text])[0]

    def found_in_many(self, texts: Sequence[bytes]) -> list[list[FoundSecret]]:
        """Return for each text what `found` returns; many short ones are searched at once."""
        found = self.found_by_number(texts)
        return [found.get(number, []) for number in range(len(texts))]

    def found_by_number(self, texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
        """Return what `found` returns for the texts in which something is, by their numbers."""
        found: dict[int, list[FoundSecret]] = {}
        first = 0
        for batch in _batches(texts) if self._places else ():
            for index, ranked in self._found_in_batch(batch).items():
                found[first + index] = without_overlaps(ranked)
            first += len(batch)
        return found

    def _found_in_batch(self, texts: Sequence[bytes]) -> dict[int, list[Ranked]]:
        joined = texts[0] if len(texts) == 1 else _SEPARATOR.join(texts)
        starts = joined_starts(texts)
        ranked: dict[int, list[Ranked]] = {}
        for number, end in self._places.ends(joined) if self._places else ():
            form, secret = self._forms[number]
            index = bisect_right(starts, end - 1) - 1
            start = end - len(form.text) - starts[index]
            if start >= 0:
                placed = _placed(secret, form, texts[index], start)
                if placed.end <= len(texts[index]):
                    ranked.setdefault(index, []).append((0, placed))
        return ranked


class ExactSearch:
    """Finds which of many values are in a text as they are, in no other form, also where they overlap."""

    def __init__(self, values: Sequence[bytes]) -> None:
        """Prepare the search.

        Raises:
            BundleError: the extra `redact` is not installed.
        """
        self._values = values
        self._places = _LiteralPlaces(values, "best") if values else None

    def found(self, text: bytes) -> set[bytes]:
        """Return the values that are in the text."""
        return {self._values[number] for number, _ in self._places.ends(text)} if self._places else set()


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


class _LiteralPlaces:
    """Finds literals by their beginnings: an engine takes a minute to prepare thousands of long ones."""

    def __init__(self, literals: Sequence[bytes], engine: str) -> None:
        alike = _by_beginning(list(enumerate(literals)), _BEGINNING_BYTES)
        self._alike = list(alike.values())
        is_few = len(alike) <= _MOST_FOR_HYPERSCAN
        is_hyperscan = engine == "hyperscan" or (engine == "best" and is_few and installed("hyperscan"))
        self._places: _Places = (_HyperscanPlaces if is_hyperscan else _AhoCorasickPlaces)(list(alike))

    def ends(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield the number and the end of each literal in a text, also of those that overlap."""
        for number, start in self._places.starts(text):
            for literal_number, literal in self._alike[number]:
                if text.startswith(literal, start):
                    yield literal_number, start + len(literal)


def _by_beginning(literals: _Numbered, size: int) -> dict[bytes, _Numbered]:
    """Group literals by their first bytes: by more of them where very many begin alike."""
    groups: dict[bytes, _Numbered] = {}
    for number, literal in literals:
        groups.setdefault(literal[:size], []).append((number, literal))
    found: dict[bytes, _Numbered] = {}
    for beginning, group in groups.items():
        found.update({beginning: group} if len(group) <= _MOST_ALIKE else _by_beginning(group, size * 4))
    return found


def _placed(secret: FoundSecret, form: LiteralForm, text: bytes, start: int) -> FoundSecret:
    """Return the finding of a form at its place, with the base64 characters that have bits of the value, too."""
    end = start + len(form.text)
    if form.is_base64:
        if form.shares_first and start and text[start - 1] in _BASE64:
            start -= 1
        if form.shares_last and end < len(text) and text[end] in _BASE64:
            end += 1
            end += text.startswith(b"=", end)
            end += text.startswith(b"=", end)
    return secret._replace(start=start, end=end)


def _batches(texts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    first = size = 0
    for number, text in enumerate(texts, start=1):
        size += len(text)
        if size >= _BATCH_BYTES:
            yield texts[first:number]
            first, size = number, 0
    if first < len(texts):
        yield texts[first:]
