"""The secrets to look for, in a form in which thousands are found in one pass."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from support.planted_secrets.planted_secret import PlantedSecret

GRAM = 8
STRIDE = 5
"""Every STRIDE-th gram of a text is looked up, so that each needle has STRIDE grams, one after the other."""

PIECE = GRAM + STRIDE - 1
"""The shortest piece that a text cannot hold without one of the grams that are looked up."""

BEGINNING = 14
"""So many characters of a secret may not be left where a text was cut, behind what all of its kind begin with."""

_CHUNK = 1 << 20


class Needle(NamedTuple):
    """Bytes that may not be left."""

    secret: PlantedSecret
    form: str
    value: bytes
    start: int
    """Where the part begins that other secrets do not share."""


class NeedleIndex:
    """The values of secrets, their beginnings, and what base64 makes of them."""

    def __init__(self, secrets: Iterable[PlantedSecret]) -> None:
        self.needles = [needle for secret in secrets for needle in _needles(secret)]
        self._by_gram: dict[bytes, list[Needle]] = defaultdict(list)
        for needle in self.needles:
            for offset in range(needle.start, needle.start + STRIDE):
                self._by_gram[needle.value[offset : offset + GRAM]].append(needle)

    def found(self, text: bytes) -> Iterator[Needle]:
        """Yield each needle that the text holds whole."""
        if len(text) < PIECE:
            return
        grams = {gram for found in grams_of(text) for gram in found if gram in self._by_gram}
        for needle in {id(each): each for gram in grams for each in self._by_gram[gram]}.values():
            if needle.value in text:
                yield needle


def grams_of(text: bytes) -> Iterator[set[bytes]]:
    """Yield the grams of the text that are looked up, in sets of those of neighbouring parts."""
    for first in range(0, len(text), _CHUNK * STRIDE):
        last = min(len(text) - GRAM + 1, first + _CHUNK * STRIDE)
        yield {text[start : start + GRAM] for start in range(first, last, STRIDE)}


def _needles(secret: PlantedSecret) -> Iterator[Needle]:
    for value in secret.needles:
        start = len(secret.prefix) if value.startswith(secret.prefix) else 0
        yield Needle(secret, "plain", value.encode(), start)
        if len(value) > start + BEGINNING:
            yield Needle(secret, "beginning", value[: start + BEGINNING].encode(), start)
        for encoded in _encodings(value.encode()[start:]):
            yield Needle(secret, "base64", encoded, 0)


def _encodings(value: bytes) -> Iterator[bytes]:
    """Yield what base64 makes of the value at each of the three places where it can begin, without what is beside it."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + value)
        last = (len(value) + shift) * 8 // 6
        whole = encoded[(shift * 8 + 5) // 6 : last]
        yield whole
        if b"+" in whole or b"/" in whole:
            yield whole.translate(bytes.maketrans(b"+/", b"-_"))
