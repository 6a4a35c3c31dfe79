"""Find candidates without hyperscan: by the keywords of the rules, in one pass of an automaton, or by their hints, by RE2."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from ..detection_extra import detection_module
from ..detection_rules.detection_rule import DetectionRule
from ..linear_regex import byte_regex
from .candidates import Candidate
from .hyperscan_syntax import SEPARATOR


class KeywordEngine:
    """Names the rules one of whose keywords a text has, and those whose hint it has."""

    def __init__(self, rules: Sequence[DetectionRule]) -> None:
        by_keyword: dict[bytes, list[int]] = defaultdict(list)
        for number, rule in enumerate(rules):
            for word in rule.keywords:
                by_keyword[word].append(number)
        self._rules_of_word = list(by_keyword.values())
        self._words: Any = detection_module("ahocorasick_rs").BytesAhoCorasick(list(by_keyword))
        others = [(number, rule) for number, rule in enumerate(rules) if not rule.keywords]
        self._hints = [(number, byte_regex(rule.hint)) for number, rule in others if rule.hint]
        self._always = [number for number, rule in others if not rule.hint]

    compiled = None

    def suspects(self, joined: bytes) -> None:
        """Return None: keywords alone are in most texts."""

    def candidates(self, texts: Sequence[bytes]) -> Iterator[Candidate]:
        """Yield the candidates of each text."""
        joined = SEPARATOR.join(texts)
        starts = list(accumulate((len(text) + len(SEPARATOR) for text in texts[:-1]), initial=0))
        numbers: list[set[int]] = [set(self._always) for _ in texts]
        for word, _, end in self._words.find_matches_as_indexes(joined.lower(), overlapping=True):
            numbers[bisect_right(starts, end - 1) - 1].update(self._rules_of_word[word])
        for number, hint in self._hints:
            for match in hint.finditer(joined):
                first, last = match.span()
                for index in range(bisect_right(starts, first) - 1, bisect_right(starts, last - 1)):
                    numbers[index].add(number)
        for index, found in enumerate(numbers):
            for number in sorted(found):
                yield Candidate(index, number, ())
