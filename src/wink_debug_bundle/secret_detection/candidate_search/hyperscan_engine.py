"""Find candidates by hyperscan: all rules in one pass over many joined texts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import Any

from ..detection_extra import detection_module
from ..detection_rules.detection_rule import DetectionRule
from ..linear_regex import quoted
from .candidates import Candidate
from .hyperscan_syntax import SEPARATOR, hyperscan_syntax


class HyperscanEngine:
    """Names the rules whose hint or regex matches, and where the matches end.

    A rule that hyperscan cannot compile is named where one of its keywords is; one without keywords, everywhere.
    """

    def __init__(self, rules: Sequence[DetectionRule]) -> None:
        self._hyperscan = detection_module("hyperscan")
        expressions = [hyperscan_syntax(rule.hint or rule.regex) for rule in rules]
        if not self._prepare(rules, expressions):
            self._prepare(rules, [each if each and self._compiled([each]) else None for each in expressions])

    def _prepare(self, rules: Sequence[DetectionRule], expressions: Sequence[str | None]) -> bool:
        """Compile the expressions, or keywords in place of None; return whether hyperscan takes them all."""
        self._without_places = {number for number, expression in enumerate(expressions) if expression is None}
        searched = {
            number: expression or f"(?i)(?:{quoted(rules[number].keywords)})"
            for number, expression in enumerate(expressions)
            if expression or rules[number].keywords
        }
        self._always = [number for number in range(len(rules)) if number not in searched]
        self._numbers = list(searched)
        self._database = self._compiled(list(searched.values()))
        return self._database is not None

    def candidates(self, texts: Sequence[bytes]) -> Iterator[Candidate]:
        """Yield the candidates of each text, and those of a rule in a text at once."""
        joined = SEPARATOR.join(texts)
        starts = list(accumulate((len(text) + len(SEPARATOR) for text in texts[:-1]), initial=0))
        for index in range(len(texts)) if self._always else ():
            for number in self._always:
                yield Candidate(index, number, ())
        for (index, number), places in groupby(sorted(set(self._places(joined, starts))), key=lambda place: place[:2]):
            if number in self._without_places:
                yield Candidate(index, number, ())
            else:
                yield Candidate(index, number, [place[2] for place in places])

    def _places(self, joined: bytes, starts: list[int]) -> Iterator[tuple[int, int, int]]:
        """Yield the text, the rule and the end within the text of each match."""
        matches: list[tuple[int, int]] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            matches.append((number, end))

        if joined:
            self._database.scan(joined, match_event_handler=note)
        for number, end in matches:
            index = bisect_right(starts, end - 1) - 1
            yield index, self._numbers[number], end - starts[index]

    def _compiled(self, expressions: Sequence[str]) -> Any:
        """Return a database, or None if hyperscan refuses an expression."""
        database = self._hyperscan.Database()
        count = len(expressions)
        try:
            database.compile(
                expressions=[expression.encode() for expression in expressions],
                ids=list(range(count)),
                elements=count,
                flags=[0] * count,
            )
        except self._hyperscan.HyperscanError:
            return None
        return database
