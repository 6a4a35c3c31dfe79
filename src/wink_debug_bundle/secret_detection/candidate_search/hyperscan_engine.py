"""Find candidates by hyperscan: all rules in one pass over many joined texts."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from ..detection_extra import detection_module
from ..detection_rules.detection_rule import DetectionRule
from ..linear_regex import quoted
from ..text_pieces import joined_starts
from .candidates import Candidate, CompiledExpressions
from .hyperscan_syntax import SEPARATOR, hyperscan_syntax


class HyperscanEngine:
    """Names the rules whose hint or regex matches, and where the matches end.

    A rule that hyperscan cannot compile is named where one of its keywords is; one without keywords, everywhere.
    """

    def __init__(self, rules: Sequence[DetectionRule], compiled: CompiledExpressions | None = None) -> None:
        self._hyperscan = detection_module("hyperscan")
        expressions = [hyperscan_syntax(rule.hint or rule.regex) for rule in rules]
        if compiled is not None:
            self._number(rules, [None if each in compiled.refused else it for each, it in enumerate(expressions)])
            self._database = self._loaded(compiled.database)
            return
        self._database = self._compiled(self._number(rules, expressions))
        if self._database is None:
            taken = [each if each and self._compiled([each]) else None for each in expressions]
            self._database = self._compiled(self._number(rules, taken))

    @property
    def compiled(self) -> CompiledExpressions | None:
        """Return the database as bytes."""
        return CompiledExpressions(frozenset(self._without_places), self._hyperscan.dumpb(self._database))

    def _number(self, rules: Sequence[DetectionRule], expressions: Sequence[str | None]) -> list[str]:
        """Return the expressions, with keywords in place of None, and note which rule each is of."""
        self._without_places = {number for number, expression in enumerate(expressions) if expression is None}
        searched = {
            number: expression or f"(?i)(?:{quoted(rules[number].keywords)})"
            for number, expression in enumerate(expressions)
            if expression or rules[number].keywords
        }
        self._always = [number for number in range(len(rules)) if number not in searched]
        self._numbers = list(searched)
        return list(searched.values())

    def candidates(self, texts: Sequence[bytes]) -> Iterator[Candidate]:
        """Yield the candidates of each text."""
        joined = SEPARATOR.join(texts)
        starts = joined_starts(texts)
        for number in self._always:
            for index in range(len(texts)):
                yield Candidate(index, number, ())
        for place, ends in self._ends(joined).items():
            number = self._numbers[place]
            for index, within in _by_text(sorted(ends), starts):
                yield Candidate(index, number, () if number in self._without_places else within)

    def _ends(self, joined: bytes) -> dict[int, list[int]]:
        """Return where the matches of each expression end."""
        found: defaultdict[int, list[int]] = defaultdict(list)

        def note(place: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found[place].append(end)

        if joined and self._numbers:
            self._database.scan(joined, match_event_handler=note)
        return found

    def _loaded(self, written: bytes) -> Any:
        """Return the database that another process compiled."""
        database = self._hyperscan.loadb(written, self._hyperscan.HS_MODE_BLOCK)
        database.scratch = self._hyperscan.Scratch(database)
        return database

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


def _by_text(ends: Sequence[int], starts: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield the texts with the ends that each has, counted from its beginning; `starts` has the end of the last, too."""
    first = 0
    while first < len(ends):
        index = bisect_right(starts, ends[first] - 1) - 1
        following = bisect_right(ends, starts[index + 1], first)
        yield index, [end - starts[index] for end in ends[first:following]]
        first = following
