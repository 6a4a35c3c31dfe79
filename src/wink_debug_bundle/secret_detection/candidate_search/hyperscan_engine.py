"""Find candidates by hyperscan: all rules in one pass over many joined texts, be these decoded or not."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from ..detection_extra import detection_module
from ..detection_rules.detection_rule import DetectionRule
from ..linear_regex import quoted
from ..text_pieces import joined_starts
from .candidates import Candidate, CompiledExpressions
from .escaped_syntax import HIDING, escaped_syntax
from .hyperscan_syntax import SEPARATOR, hyperscan_syntax
from .kept_expressions import KeptExpressions, cache_folder


class HyperscanEngine:
    """Names the rules whose hint or regex matches, and where the matches end.

    A rule that hyperscan cannot compile is named where one of its keywords is; one without keywords, everywhere.
    """

    def __init__(
        self,
        rules: Sequence[DetectionRule],
        compiled: CompiledExpressions | None = None,
        *,
        is_kept: bool = False,
    ) -> None:
        """Compile the rules.

        Args:
            rules: What is looked for.
            compiled: What another process compiled for the same rules.
            is_kept: Whether what is compiled is kept for processes that start later.
        """
        self._hyperscan = detection_module("hyperscan")
        if compiled is not None:
            self._load(rules, compiled)
            return
        expressions = [_expression(rule.hint or rule.regex) for rule in rules]
        folder = cache_folder() if is_kept else None
        kept = None if folder is None else KeptExpressions(folder, self._made_for(), [*expressions, HIDING])
        if kept is not None and (compiled := kept.read()) is not None:
            with suppress(self._hyperscan.HyperscanError):
                self._load(rules, compiled)
                return
        self._compile(rules, expressions)
        if kept is not None:
            kept.write(self.compiled)

    def _load(self, rules: Sequence[DetectionRule], compiled: CompiledExpressions) -> None:
        """Take what was compiled before.

        Raises:
            HyperscanError: it is for another release of hyperscan or another kind of processor.
        """
        self._number(rules, ["" if number not in compiled.refused else None for number in range(len(rules))])
        self._database = self._loaded(compiled.database)

    def _compile(self, rules: Sequence[DetectionRule], expressions: Sequence[str | None]) -> None:
        """Compile all expressions but those that hyperscan refuses."""
        self._database = self._compiled(self._number(rules, expressions))
        if self._database is None:
            taken = [each if each and self._compiled([each]) else None for each in expressions]
            self._database = self._compiled(self._number(rules, taken))

    def _made_for(self) -> str:
        """Return the release of hyperscan, and what a database that it compiles here needs of the processor."""
        return str(self._compiled([HIDING]).info())

    @property
    def compiled(self) -> CompiledExpressions:
        """Return the database as bytes."""
        return CompiledExpressions(frozenset(self._without_places), self._hyperscan.dumpb(self._database))

    def _number(self, rules: Sequence[DetectionRule], expressions: Sequence[str | None]) -> list[str]:
        """Return the expressions, with keywords in place of None, and note which rule each is of."""
        self._without_places = {number for number, expression in enumerate(expressions) if expression is None}
        searched = {
            number: _expression(_any_of(rules[number].keywords)) or "" if expression is None else expression
            for number, expression in enumerate(expressions)
            if expression is not None or rules[number].keywords
        }
        self._always = [number for number in range(len(rules)) if number not in searched]
        self._numbers = list(searched)
        return [*searched.values(), HIDING]

    def candidates(self, texts: Sequence[bytes]) -> Iterator[Candidate]:
        """Yield the candidates of each text."""
        joined = SEPARATOR.join(texts)
        starts = joined_starts(texts)
        for number in self._always:
            for index in range(len(texts)):
                yield Candidate(index, number, ())
        found = self._ends(joined)
        found.pop(len(self._numbers), None)  # what hides characters is no rule
        for place, ends in found.items():
            number = self._numbers[place]
            for index, within in _by_text(sorted(ends), starts):
                yield Candidate(index, number, () if number in self._without_places else within)

    def suspects(self, joined: bytes) -> list[int] | None:
        """Return where matches of rules, or escapes that hide them, end in any decoded form; None if a rule is always named."""
        return None if self._always else [end for ends in self._ends(joined).values() for end in ends]

    def _ends(self, joined: bytes) -> dict[int, list[int]]:
        """Return where the matches of each expression end; the last one is of what hides characters."""
        found: defaultdict[int, list[int]] = defaultdict(list)

        def note(place: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found[place].append(end)

        if joined:
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


def _any_of(words: Iterable[bytes]) -> str:
    return f"(?i)(?:{quoted(words)})"


def _expression(regex: str) -> str | None:
    """Return what matches at least where the regex does, in a text or in what it is decoded to."""
    plain = hyperscan_syntax(regex)
    return None if plain is None else escaped_syntax(plain)


def _by_text(ends: Sequence[int], starts: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield the texts with the ends that each has, counted from its beginning; `starts` has the end of the last, too."""
    first = 0
    while first < len(ends):
        index = bisect_right(starts, ends[first] - 1) - 1
        following = bisect_right(ends, starts[index + 1], first)
        yield index, [end - starts[index] for end in ends[first:following]]
        first = following
