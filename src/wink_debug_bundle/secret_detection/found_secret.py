"""What a search found, and which findings of one text are kept where they overlap."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple


class FoundSecret(NamedTuple):
    """A part of a text that is a secret, or a form of one. Offsets count bytes."""

    start: int
    """Where the part to replace begins; for an encoded form, the encoded text."""
    end: int
    rule: str
    """The rule's id: `github-pat`, `email`, `literal`."""
    kind: str
    """The word of the token that replaces it: `GITHUB_PAT`, `EMAIL`."""
    value: bytes
    """The plain value, the same for each of its forms, so that all get the same token."""


Ranked = tuple[int, FoundSecret]
"""A finding behind its rank: the lower, the more its rule says about what it found."""


def without_overlaps(found: Iterable[Ranked]) -> list[FoundSecret]:
    """Return findings by their place, without overlaps, that cover all that `found` covers.

    The longest wins, among equals the one of the lowest rank. What sticks out of it stays a finding by itself, so that no
    byte of a secret is left.
    """
    candidates = set(found)
    by_place = sorted(secret for _, secret in candidates)
    if all(before.end <= after.start for before, after in pairwise(by_place)):
        return by_place
    kept: list[FoundSecret] = []
    for _, secret in sorted(candidates, key=_longest_first):
        for part in _uncovered(secret, kept):
            insort(kept, part)
    return kept


def _longest_first(ranked: Ranked) -> tuple[int, int, FoundSecret]:
    rank, secret = ranked
    return secret.start - secret.end, rank, secret


def _uncovered(secret: FoundSecret, kept: list[FoundSecret]) -> list[FoundSecret]:
    """Return the parts of `secret` that no finding in `kept`, which is in order, covers."""
    start, end = secret.start, secret.end
    place = bisect_left(kept, (start,))
    if place and kept[place - 1].end > start:
        start = kept[place - 1].end
    parts = []
    while start < end:
        following = kept[place].start if place < len(kept) else end
        if start < following:
            parts.append(_part(secret, start, min(following, end)))
        if following >= end:
            break
        start = max(start, kept[place].end)
        place += 1
    return parts


def _part(secret: FoundSecret, start: int, end: int) -> FoundSecret:
    return secret if (start, end) == (secret.start, secret.end) else secret._replace(start=start, end=end)
