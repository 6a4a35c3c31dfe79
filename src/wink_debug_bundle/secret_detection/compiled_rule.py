"""A rule that can search: its regex, its allow-lists, its check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import BundleError
from .allowed_matches import AllowedMatches, RuleMatch, shannon_entropy
from .detection_rules.detection_rule import DetectionRule
from .found_secret import FoundSecret, Ranked
from .linear_regex import ByteMatch, byte_regex
from .match_checks import CHECKS, PLAIN_VALUES


class CompiledRule:
    """One rule, ready to search."""

    def __init__(self, rule: DetectionRule) -> None:
        """Compile the rule.

        Raises:
            BundleError: one of its regexes is wrong.
        """
        self.rule = rule
        try:
            self._regex = byte_regex(rule.regex)
            self._path = byte_regex(rule.path) if rule.path else None
            self._allowed = [AllowedMatches(listed) for listed in rule.allowlists]
        except ValueError as error:
            raise BundleError(f"the rule {rule.name}: {error}") from error
        self._check = CHECKS[rule.check] if rule.check else None
        self._plain = PLAIN_VALUES[rule.plain] if rule.plain else None
        regex = rule.regex.lower().replace("\\", "")
        self._keywords = () if any(word.decode() in regex for word in rule.keywords) else rule.keywords
        """Only those that a match may lack; the others are known to be there."""

    def found(self, text: bytes, ends: Sequence[int] = (), path: str = "") -> Iterator[Ranked]:
        """Yield what the rule finds in a text.

        Args:
            text: The text.
            ends: Where the matches of the rule's hint, or of its regex, end; everything is searched if there are none.
            path: The path of the text in its archive, as some rules are for certain files.
        """
        if self._path and not (path and self._path.search(path.encode("utf-8", "surrogateescape"))):
            return
        if self._keywords and not any(word in text.lower() for word in self._keywords):
            return
        for match in self._matches(text, ends):
            found = self._judged(text, match, path)
            if found:
                yield self.rule.rank, found

    def _matches(self, text: bytes, ends: Sequence[int]) -> Iterator[ByteMatch]:
        """Yield the same matches as `finditer`, but look only where one can be.

        No match begins more than `reach` before the end of its hint, so that the search may begin there; a hint that ends
        within the last match belongs to none that follows.
        """
        if not ends:
            yield from self._regex.finditer(text)
            return
        position = 0
        for end in ends:
            if end <= position:
                continue
            match = self._regex.search(text, max(position, end - self.rule.reach) if self.rule.reach else position)
            if match is None:
                return
            yield match
            start, stop = match.span()
            position = stop if stop > start else stop + 1

    def _judged(self, text: bytes, match: ByteMatch, path: str) -> FoundSecret | None:
        rule = self.rule
        candidate = RuleMatch(text, *match.span(), *self._secret_span(match))
        secret = candidate.secret
        if not secret or (rule.entropy and shannon_entropy(secret) <= rule.entropy):
            return None
        if any(listed.allows(candidate, path) for listed in self._allowed):
            return None
        if self._check and not self._check(candidate):
            return None
        value = self._plain(secret) if self._plain else secret
        return FoundSecret(candidate.secret_start, candidate.secret_end, rule.name, rule.kind, value)

    def _secret_span(self, match: ByteMatch) -> tuple[int, int]:
        if self.rule.group is not None:
            return match.span(self.rule.group)
        for number, group in enumerate(match.groups(), start=1):
            if group:
                return match.span(number)
        return match.span()
