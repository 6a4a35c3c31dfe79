"""Find candidates without hyperscan: by the keywords of the rules, all in one pass of RE2, or by their hints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..detection_rules.detection_rule import DetectionRule
from ..linear_regex import byte_regex
from .candidates import Candidate


class KeywordEngine:
    """Names the rules one of whose keywords the text has, and those whose hint it has."""

    def __init__(self, rules: Sequence[DetectionRule]) -> None:
        self._by_keyword: dict[bytes, list[int]] = defaultdict(list)
        self._hints = []
        self._always = []
        for number, rule in enumerate(rules):
            if rule.keywords:
                for word in rule.keywords:
                    self._by_keyword[word].append(number)
            elif rule.hint:
                self._hints.append((number, byte_regex(rule.hint)))
            else:
                self._always.append(number)

    def candidates(self, texts: Sequence[bytes]) -> Iterator[Candidate]:
        """Yield the candidates of each text."""
        for index, text in enumerate(texts):
            lowered = text.lower()
            numbers = set(self._always)
            for word, rules in self._by_keyword.items():
                if word in lowered:
                    numbers.update(rules)
            numbers.update(number for number, hint in self._hints if hint.search(text))
            for number in sorted(numbers):
                yield Candidate(index, number, ())
