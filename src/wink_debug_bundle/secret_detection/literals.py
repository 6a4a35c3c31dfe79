"""Find values that are known to be secret, in all their forms."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from .candidate_search.literal_places import LiteralPlaces
from .found_secret import FoundSecret, Ranked, without_overlaps
from .text_pieces import joined_starts
from .value_forms.cut_values import least_beginnings
from .value_forms.literal_forms import LiteralForm, literal_forms

SHORTEST_LITERAL = 6
"""Shorter values are part of too many words."""
_FEWEST_BYTES = 4
"""A value of fewer different bytes (`xxxxxx`, `------`) hides nothing, and would be found in every ruler."""
_COMMON = frozenset(
    b"localhost password default example unknown disabled enabled production development undefined null none true false"
    b" python3 username".split()
)
"""Values that environments have, and texts, too."""
_SEPARATOR = b"\n"
_BATCH_BYTES = 4 << 20
_CONTINUING = {bytes([byte]) for byte in range(0x80, 0xC0)}
"""Bytes within a character of UTF-8."""
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


def is_searchable(value: bytes) -> bool:
    """Return whether a value is long and rare enough to be searched everywhere."""
    return len(value) >= SHORTEST_LITERAL and len(set(value)) >= _FEWEST_BYTES and value.lower() not in _COMMON


class LiteralSearch:
    """Finds thousands of values in one pass, and their beginnings where a text was cut.

    It must not be used by two threads at once.
    """

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
        least: dict[bytes, int] = {}
        for value, (rule, kind) in values.items():
            forms = literal_forms(value) if is_searchable(value) else frozenset()
            beginnings = least_beginnings(value, forms) if forms else {}
            for form in sorted(forms):
                if form.text not in least:
                    least[form.text] = beginnings[form.text]
                    self._forms.append((form, FoundSecret(0, 0, rule, kind, value)))
        texts = [form.text for form, _ in self._forms]
        self._places = LiteralPlaces(texts, engine, list(least.values())) if texts else None

    def found(self, text: bytes) -> list[FoundSecret]:
        """Return where the values are, in any form, by their place; the longest wins where they overlap.

        A beginning of a value is found, too, where no letter or digit goes on behind it: there the text was cut.
        """
        return self.found_in_many([text])[0]

    def found_in_many(self, texts: Sequence[bytes]) -> list[list[FoundSecret]]:
        """Return for each text what `found` returns; many short ones are searched at once."""
        found = self.found_by_number(texts)
        return [found.get(number, []) for number in range(len(texts))]

    def found_by_number(self, texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
        """Return what `found` returns for the texts in which something is, by their numbers."""
        return self._found(texts, finds_cut=True)

    def whole_by_number(self, texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
        """Return the same without beginnings: for numbers, times and fixed words, which are never cut."""
        return self._found(texts, finds_cut=False)

    def suspects(self, joined: bytes) -> list[int]:
        """Return where in joined texts a form of a value, or a beginning of one, may be: behind its first byte."""
        return [begin + 1 for _, begin in self._places.starts(joined)] if self._places else []

    def _found(self, texts: Sequence[bytes], *, finds_cut: bool) -> dict[int, list[FoundSecret]]:
        found: dict[int, list[FoundSecret]] = {}
        first = 0
        for batch in _batches(texts) if self._places else ():
            for index, ranked in self._found_in_batch(batch, finds_cut=finds_cut).items():
                found[first + index] = without_overlaps(ranked)
            first += len(batch)
        return found

    def _found_in_batch(self, texts: Sequence[bytes], *, finds_cut: bool) -> dict[int, list[Ranked]]:
        assert self._places is not None  # noqa: S101 there are no batches without
        joined = texts[0] if len(texts) == 1 else _SEPARATOR.join(texts)
        starts = joined_starts(texts)
        ranked: dict[int, list[Ranked]] = {}
        for alike, begin in self._places.starts(joined):
            index = bisect_right(starts, begin) - 1
            start, text = begin - starts[index], texts[index]
            for number in alike:
                form, secret = self._forms[number]
                if text.startswith(form.text, start):
                    ranked.setdefault(index, []).append((0, _placed(secret, form, text, start)))
            if finds_cut and (cut := self._cut(alike, text, start)):
                ranked.setdefault(index, []).append((0, cut))
        return ranked

    def _cut(self, alike: Sequence[int], text: bytes, start: int) -> FoundSecret | None:
        """Return the form, of some in the order of their texts, that goes on for longest at a place where it is cut."""
        assert self._places is not None  # noqa: S101 there is no such place without
        if len(alike) > 2:
            place = bisect_left(alike, text[start:], key=lambda number: self._forms[number][0].text)
            alike = alike[max(place - 1, 0) : place + 1]
        found: list[FoundSecret] = []
        for number in alike:
            form, secret = self._forms[number]
            end = _cut_end(form, text, start)
            if self._places.least[number] <= end - start < len(form.text):
                found.append(secret._replace(start=start, end=end))
        return max(found, key=lambda each: each.end, default=None)


class ExactSearch:
    """Finds which of many values are in a text as they are, in no other form, also where they overlap."""

    def __init__(self, values: Sequence[bytes]) -> None:
        """Prepare the search.

        Raises:
            BundleError: the extra `redact` is not installed.
        """
        self._values = values
        self._places = LiteralPlaces(values, "best") if values else None

    def found(self, text: bytes) -> set[bytes]:
        """Return the values that are in the text."""
        starts = self._places.starts(text) if self._places else ()
        values = ((self._values[number], start) for alike, start in starts for number in alike)
        return {value for value, start in values if text.startswith(value, start)}


def _cut_end(form: LiteralForm, text: bytes, start: int) -> int:
    """Return where a form that is in a text in part ends there; the start, if a letter or digit follows.

    The last character of what base64 makes of a cut value has bits of its own.
    """
    end = start + _common_length(form.text, text[start : start + len(form.text)])
    if form.is_base64 and text[end : end + 1].isalnum():
        end += 1
    while end > start and text[end : end + 1] in _CONTINUING:
        end -= 1
    return start if text[end : end + 1].isalnum() else end


def _common_length(first: bytes, second: bytes) -> int:
    """Return how many bytes two texts begin with alike."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


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
