"""Find values that the end of a text cuts: messages of failures have 1,000 characters at most, signatures 300."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...secret_detection.found_secret import FoundSecret
from .scan_settings import Literals

_PREFIX_BYTES = 8
_LONGEST_TAIL = 1200
"""Bytes before the end in which a value may begin; a whole message is hardly longer."""

CUT_TABLES = {"failures"}
"""Tables whose texts are cut."""


class CutEnds:
    """Finds the beginnings of values at the ends of texts."""

    def __init__(self, literals: Literals) -> None:
        self._values: dict[bytes, list[FoundSecret]] = {}
        for value, (rule, kind) in literals.items():
            for part in {value, *value.split(b"\n")}:
                if len(part) > _PREFIX_BYTES:
                    whole = FoundSecret(0, len(part), rule, kind, part)
                    self._values.setdefault(part[:_PREFIX_BYTES], []).append(whole)

    def __call__(self, texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
        """Return what is found, one value at most in each text, by the numbers of the texts."""
        found = ((number, list(self._found(text))) for number, text in enumerate(texts))
        return {number: each for number, each in found if each}

    def _found(self, text: bytes) -> Iterator[FoundSecret]:
        for start in range(max(0, len(text) - _LONGEST_TAIL), len(text) - _PREFIX_BYTES + 1):
            candidates: Iterable[FoundSecret] = self._values.get(text[start : start + _PREFIX_BYTES], ())
            for each in candidates:
                if each.value.startswith(text[start:]):
                    yield each._replace(start=start, end=len(text))
                    return
