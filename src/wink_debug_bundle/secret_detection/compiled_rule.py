"""A rule that can search: its regex, its allow-lists, its check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ..errors import BundleError
from .allowed_matches import AllowedMatches, RuleMatch, shannon_entropy
from .detection_rules.detection_rule import DetectionRule
from .found_secret import FoundSecret, Ranked
from .linear_regex import ByteMatch, ByteRegex, byte_regex
from .match_checks import CHECKS, PLAIN_VALUES, Check

_MOST_ANSWERS = 4096
_UNKNOWN = b"?"
"""What stands for an answer that is not known; compared by identity."""


class CompiledRule:
    """One rule, ready to search."""

    def __init__(self, rule: DetectionRule) -> None:
        self.rule = rule
        self._check: Check | None
        self._check, self._context = CHECKS.get(rule.check, (None, 0))
        self._plain = PLAIN_VALUES.get(rule.plain)
        regex = rule.regex.lower().replace("\\", "")
        self._keywords = () if any(word.decode() in regex for word in rule.keywords) else rule.keywords
        """Only those that a match may lack; the others are known to be there."""
        self._remembers = all(listed.target != "line" and not listed.paths for listed in rule.allowlists)
        """Whether the answer depends on nothing but the match and what the check looks at before it."""
        self._answers: dict[tuple[bytes, bytes, int, int], bytes | None] = {}

    @cached_property
    def _regex(self) -> ByteRegex:
        """Return the regex; most rules never need theirs, and all together take half a second."""
        return self._compiled()[0]

    @cached_property
    def _path(self) -> ByteRegex | None:
        return self._compiled()[1]

    @cached_property
    def _allowed(self) -> list[AllowedMatches]:
        return self._compiled()[2]

    @cached_property
    def _groups(self) -> range:
        """Return the groups that may be the secret; it is the first that matched."""
        return (
            range(1, self._regex.groups + 1) if self.rule.group is None else range(self.rule.group, self.rule.group + 1)
        )

    def _compiled(self) -> tuple[ByteRegex, ByteRegex | None, list[AllowedMatches]]:
        rule = self.rule
        try:
            path = byte_regex(rule.path) if rule.path else None
            return byte_regex(rule.regex), path, [AllowedMatches(listed) for listed in rule.allowlists]
        except ValueError as error:
            raise BundleError(f"the rule {rule.name}: {error}") from error

    def prepare(self) -> None:
        """Compile the rule now, and not when it is needed.

        Raises:
            BundleError: one of its regexes is wrong, or it names a group, a check or a plain value that there is not.
        """
        self._compiled()
        rule = self.rule
        if rule.group and rule.group > self._regex.groups:
            raise BundleError(
                f"the rule {rule.name}: secretGroup is {rule.group}, and its regex has {self._regex.groups} groups"
            )
        for key, name, known in (("check", rule.check, CHECKS), ("plain", rule.plain, PLAIN_VALUES)):
            if name and name not in known:
                raise BundleError(f"the rule {rule.name}: {key} is {name!r}, not one of {', '.join(sorted(known))}")

    def found(self, text: bytes, ends: Sequence[int] = (), path: str = "") -> Iterator[Ranked]:
        """Yield what the rule finds in a text.

        Args:
            text: The text.
            ends: Where the matches of the rule's hint, or of its regex, end; everything is searched if there are none.
            path: The path of the text in its archive, as some rules are for certain files.
        """
        if self.rule.path and not (path and self._path and self._path.search(path.encode("utf-8", "surrogateescape"))):
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
        within the last match belongs to none that follows. Matches that the check refuses may have no hint, so that several
        can precede the one that a hint is of.
        """
        if not ends:
            yield from self._regex.finditer(text)
            return
        position = 0
        for end in ends:
            while position < end:
                match = self._regex.search(text, max(position, end - self.rule.reach) if self.rule.reach else position)
                if match is None:
                    return
                yield match
                start, stop = match.span()
                position = stop if stop > start else stop + 1

    def _judged(self, text: bytes, match: ByteMatch, path: str) -> FoundSecret | None:
        """Return the secret of a match, or None if the match is not a secret."""
        start, end = match.span()
        secret_start, secret_end = self._secret_span(match) or (start, end)
        if self._remembers:
            before = text[max(0, start - self._context) : start] if self._context else b""
            key = (before, text[start:end], secret_start - start, secret_end - start)
            value = self._answers.get(key, _UNKNOWN)
            if value is _UNKNOWN:
                value = self._answer(key, RuleMatch(text, start, end, secret_start, secret_end))
        else:
            value = self._value(RuleMatch(text, start, end, secret_start, secret_end), path)
        return FoundSecret(secret_start, secret_end, self.rule.name, self.rule.kind, value) if value else None

    def _answer(self, key: tuple[bytes, bytes, int, int], candidate: RuleMatch) -> bytes | None:
        """Return the value, and keep it for a while: a log has the same path and address in each of its records."""
        if len(self._answers) >= _MOST_ANSWERS:
            self._answers.clear()
        value = self._answers[key] = self._value(candidate, "")
        return value

    def _value(self, candidate: RuleMatch, path: str) -> bytes | None:
        """Return the plain value of a secret, or None if the match is too regular, allowed or refused."""
        secret = candidate.secret
        if not secret or (self.rule.entropy and shannon_entropy(secret) <= self.rule.entropy):
            return None
        if any(listed.allows(candidate, path) for listed in self._allowed):
            return None
        if self._check and not self._check(candidate):
            return None
        return self._plain(secret) if self._plain else secret

    def _secret_span(self, match: ByteMatch) -> tuple[int, int] | None:
        for number in self._groups:
            span = match.span(number)
            if span[0] < span[1]:
                return span
        return None
