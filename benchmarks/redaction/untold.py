"""What detection finds by its rules alone: the share of the planted secrets, by kind, and which it misses where."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from support.independent_scan.bundle_scan import blob_bytes, opened
from support.independent_scan.decoded_forms import forms
from support.planted_secrets.place import Place, Takes
from support.planted_secrets.place_list import ALL_PLACES
from support.planted_secrets.planted_secret import PlantedSecret
from support.planted_secrets.planting import Plants

_KNOWN_FIRST = {Takes.COPY, Takes.HOST, Takes.VARIABLE}
"""Places where a secret is encoded, or is said to be one: not counted."""


class Found(Protocol):
    """A part of a text that is a secret, as the product's detector tells it."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Detects(Protocol):
    """The product's detector."""

    def found(self, text: bytes, /) -> Iterable[Found]: ...


@dataclass
class Untold:
    """What was found, and what was not, of secrets that nobody told the detector of."""

    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, PlantedSecret]] = field(default_factory=list)
    """Each secret that was missed, after the name of its place."""

    def share(self, kinds: Iterable[str]) -> float:
        """Return which share of the secrets of these kinds was found."""
        names = set(kinds)
        planted = sum(self.planted[name] for name in names)
        return sum(self.found[name] for name in names) / planted if planted else 1.0


def untold(bundle: Path, plants: Plants, detector: Detects) -> Untold:
    """Return what the detector finds of the secrets of a bundle, in the texts of their places."""
    result = Untold()
    with contextlib.closing(opened(bundle)) as connection:
        for place in ALL_PLACES:
            secrets = [each for each in plants[place.name] if not each.kind.is_told]
            if secrets and place.takes not in _KNOWN_FIRST:
                _add_place(result, place, secrets, list(_texts(connection, place)), detector)
    return result


def _add_place(
    result: Untold, place: Place, secrets: Iterable[PlantedSecret], texts: list[bytes], detector: Detects
) -> None:
    together = [(text, _spans(text, detector)) for text in dict.fromkeys(texts)]
    for secret in secrets:
        result.planted[secret.kind.name] += 1
        if _is_covered(secret, together):
            result.found[secret.kind.name] += 1
        else:
            result.missed.append((place.name, secret))


def _spans(text: bytes, detector: Detects) -> list[tuple[int, int]]:
    return [(found.start, found.end) for found in detector.found(text)]


def _is_covered(secret: PlantedSecret, texts: list[tuple[bytes, list[tuple[int, int]]]]) -> bool:
    """Return whether one of the texts with the secret has findings that cover it: then it is known everywhere."""
    needles = [each.encode() for each in secret.needles]
    return all(any(_has_covered(needle, text, spans) for text, spans in texts) for needle in needles)


def _has_covered(needle: bytes, text: bytes, spans: list[tuple[int, int]]) -> bool:
    start = text.find(needle)
    return start >= 0 and _is_within(spans, start, start + len(needle))


def _is_within(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    for first, last in spans:
        if first <= start < last:
            start = last
    return start >= end


def _texts(connection: sqlite3.Connection, place: Place) -> Iterator[bytes]:
    """Yield the texts of the place: those in JSON decoded, what is in compressed bytes, and each name in a path."""
    decoding = {"JSON", "JSON key", "compressed"} if place.is_json else {"compressed"}
    for (value,) in connection.execute(place.sql).fetchall():
        if value is not None:
            text = blob_bytes(connection, value) if place.is_blob else value
            yield from [form.text for form in forms(text) if form.name in decoding] or [text]
            if place.is_path:
                yield from text.split(b"/")
