"""Find names of users and hosts, and given words, as whole words; the rules need not be compiled again for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ...secret_detection.any_case import AnyCaseSearch, EscapedSearch, can_be_escaped
from ...secret_detection.found_secret import FoundSecret
from ...secret_detection.linear_regex import byte_regex, quoted

_SEPARATOR = b"\n\n"


_PLAIN = re.compile(r"[ -!#-.0-\[\]-~]+")
"""Names without signs that JSON escapes."""


def are_plain(names: Iterable[str]) -> bool:
    """Return whether escapes of JSON change none of the names, and a text shows them unless it hides plain characters."""
    return all(map(_PLAIN.fullmatch, names))


class NameFinder:
    """Finds words where no letter or digit continues them, in any case."""

    def __init__(self, rule: str, kind: str, names: Sequence[str]) -> None:
        words = sorted({name.encode("utf-8", "replace") for name in names}, key=lambda word: (-len(word), word))
        self._regex = byte_regex(
            rf"(?i)(?:^|[^0-9A-Za-z]|\\[nrtbf]|\\u[0-9A-Fa-f]{{4}})({quoted(words)})(?:[^0-9A-Za-z]|$)"
        )
        self._rule, self._kind = rule, kind
        self._candidates = AnyCaseSearch(words).candidates
        self._escaped = EscapedSearch(words) if can_be_escaped(words) else None

    def __call__(self, texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
        """Return what was found, by the numbers of the texts."""
        numbers = self._candidates(texts)
        found = self._found([texts[number] for number in numbers])
        return {numbers[place]: each for place, each in found.items()}

    def suspects(self, joined: bytes) -> list[int] | None:
        """Return where in joined texts a name may end, in these or in what they are decoded to; None if it is not known."""
        return self._escaped.ends(joined) if self._escaped else None

    def _found(self, texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
        result: dict[int, list[FoundSecret]] = {}
        number, begin = 0, 0
        joined = _SEPARATOR.join(texts)
        for start, end in self._places(joined):
            while start >= begin + len(texts[number]) + len(_SEPARATOR):
                begin += len(texts[number]) + len(_SEPARATOR)
                number += 1
            value = joined[start:end].lower()
            secret = FoundSecret(start - begin, end - begin, self._rule, self._kind, value)
            result.setdefault(number, []).append(secret)
        return result

    def _places(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield where names are, also those that share the character between them."""
        place = 0
        while (match := self._regex.search(text, place)) is not None:
            start, end = match.span(1)
            yield start, end
            place = end
