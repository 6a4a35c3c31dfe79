"""Which matches of a rule are no secrets: too regular ones, and those on its allow-lists."""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import NamedTuple

from .detection_rules.detection_rule import Allowlist
from .linear_regex import any_of, byte_regex, quoted


class RuleMatch(NamedTuple):
    """A match of a rule's regex, and which part of it is the secret."""

    text: bytes
    start: int
    end: int
    secret_start: int
    secret_end: int

    @property
    def secret(self) -> bytes:
        """Return the secret itself."""
        return self.text[self.secret_start : self.secret_end]

    def before(self, length: int) -> bytes:
        """Return up to `length` bytes before the secret."""
        return self.text[max(0, self.secret_start - length) : self.secret_start]


def shannon_entropy(secret: bytes) -> float:
    """Return the entropy of the bytes, in bits for each of them."""
    size = len(secret)
    return -sum(count / size * log2(count / size) for count in Counter(secret).values())


class AllowedMatches:
    """One allow-list, compiled."""

    def __init__(self, listed: Allowlist) -> None:
        self._listed = listed
        self._regex = any_of(listed.regexes)
        self._stopwords = byte_regex(quoted(listed.stopwords)) if listed.stopwords else None
        self._paths = any_of(listed.paths)

    def allows(self, match: RuleMatch, path: str) -> bool:
        """Return whether the list says that the match is no secret."""
        answers = []
        if self._regex:
            answers.append(self._regex.search(self._target(match)) is not None)
        if self._stopwords:
            answers.append(self._stopwords.search(match.secret.lower()) is not None)
        if self._paths:
            answers.append(bool(path) and self._paths.search(path.encode("utf-8", "surrogateescape")) is not None)
        return bool(answers) and (all if self._listed.all_needed else any)(answers)

    def _target(self, match: RuleMatch) -> bytes:
        if self._listed.target == "secret":
            return match.secret
        if self._listed.target == "match":
            return match.text[match.start : match.end]
        start = match.text.rfind(b"\n", 0, match.start) + 1
        end = match.text.find(b"\n", match.end)
        return match.text[start : end if end >= 0 else len(match.text)]
