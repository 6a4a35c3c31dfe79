"""Rules for words that the caller knows: secret words, names of users and of hosts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..detection_settings import DetectionSettings
from ..linear_regex import quoted
from .detection_rule import DetectionRule


def word_rules(settings: DetectionSettings) -> Iterator[DetectionRule]:
    """Yield a rule for each kind of word that the settings have."""
    if settings.words:
        yield _word_rule("word", "WORD", settings.words, personal=False)
    if settings.users:
        yield _word_rule("user-name", "USER", settings.users, personal=True)
    if settings.hosts:
        yield _word_rule("host-name", "HOST", settings.hosts, personal=True)


def _word_rule(name: str, kind: str, words: Sequence[str], *, personal: bool) -> DetectionRule:
    """Return a rule that finds the words, longest first, where no letter or digit continues them."""
    encoded = sorted(
        {word.encode("utf-8", "surrogateescape") for word in words if word}, key=lambda word: (-len(word), word)
    )
    regex = rf"(?i)(?:^|[^0-9A-Za-z]|\\[nrtbf])({quoted(encoded)})(?:[^0-9A-Za-z]|$)"
    return DetectionRule(name, kind, regex, personal=personal, rank=0, keywords=tuple(word.lower() for word in encoded))
