"""A rule as its file states it: plain data, nothing compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Allowlist:
    """When a match is no secret."""

    regexes: tuple[str, ...] = ()
    target: Literal["secret", "match", "line"] = "secret"
    """What the regexes are held against."""
    stopwords: tuple[bytes, ...] = ()
    """Lower-case words that a secret does not have in it."""
    paths: tuple[str, ...] = ()
    """Files that are left out."""
    all_needed: bool = False
    """Whether each condition that is given has to hold, and not one of them."""


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """What one kind of secret looks like."""

    name: str
    kind: str
    """The word of its tokens."""
    regex: str
    personal: bool = False
    """Whether it finds personal data, not secrets."""
    rank: int = 1
    """0 for what names a service, 1 for what is found by the words around it, 2 for personal data."""
    group: int | None = None
    """The group that is the secret; the first that matched if None, 0 for the whole match."""
    entropy: float = 0.0
    """Secrets with this entropy or less, in bits a character, are not meant."""
    keywords: tuple[bytes, ...] = ()
    """Lower-case words, each match has one of them, or its text does."""
    path: str = ""
    """A regex that the path of the text has to match."""
    allowlists: tuple[Allowlist, ...] = ()
    check: str = ""
    """The name of a function in `match_checks.py` that has the last word."""
    plain: str = ""
    """The name of a function in `match_checks.py` that returns the plain value of a match."""
    hint: str = ""
    """A quick regex that matches within each match of `regex` that is a secret, and seldom elsewhere."""
    reach: int = 0
    """How far before the end of a `hint` a match can begin, in bytes."""
