"""Find secrets in texts by rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import BundleError
from .candidate_search.candidates import CompiledExpressions
from .candidate_search.engine_choice import chosen_engine
from .compiled_rule import CompiledRule
from .detection_rules.detection_rule import DetectionRule
from .detection_rules.known_words import word_rules
from .detection_rules.rule_file import built_in_rules, rules_of_file
from .detection_settings import DetectionSettings
from .found_secret import FoundSecret, Ranked, without_overlaps
from .text_pieces import piece_batches


class Detector:
    """Finds secrets. One process makes one, from settings that travel; it must not be used by two threads at once."""

    def __init__(self, settings: DetectionSettings | None = None, compiled: CompiledExpressions | None = None) -> None:
        """Compile the rules.

        Args:
            settings: What is looked for.
            compiled: What a detector of the same settings compiled in another process.

        Raises:
            BundleError: the extra `redact` is not installed, or the file of rules is wrong.
        """
        self.settings = settings or DetectionSettings()
        rules = settings_rules(self.settings)
        self._rules = [CompiledRule(rule) for rule in rules]
        if self.settings.rules:
            _prepare(self._rules, self.settings.rules)
        # What a user looks for may be secret itself, and is kept nowhere.
        self._engine = chosen_engine(rules, self.settings.engine, compiled, is_kept=self.settings.is_built_in)

    @property
    def rules(self) -> tuple[DetectionRule, ...]:
        """Return what is looked for."""
        return tuple(each.rule for each in self._rules)

    @property
    def compiled(self) -> CompiledExpressions | None:
        """Return what detectors of the same settings in other processes need not compile."""
        return self._engine.compiled

    def found(self, text: bytes, path: str = "") -> list[FoundSecret]:
        """Return the secrets of a text by their place, without overlaps.

        Args:
            text: The text, UTF-8 or any other bytes.
            path: The path of the text in its archive; some rules are for certain files only.
        """
        return self._found([text], path).get(0, [])

    def found_in_many(self, texts: Sequence[bytes]) -> list[list[FoundSecret]]:
        """Return for each text what `found` returns; many short ones are searched at once."""
        found = self.found_by_number(texts)
        return [found.get(number, []) for number in range(len(texts))]

    def found_by_number(self, texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
        """Return what `found` returns for the texts in which something is, by their numbers."""
        return self._found(texts, "")

    def suspects(self, joined: bytes) -> list[int] | None:
        """Return where in joined texts something may be found, in these or in what they are decoded to; None if it is not known.

        Texts that the answer leaves out have no secret, not even when the escapes in them, of JSON and of URLs, are decoded
        however deep. It does not see through base64.

        Args:
            joined: Texts with a line end before and behind each.
        """
        return self._engine.suspects(joined)

    def _found(self, texts: Sequence[bytes], path: str) -> dict[int, list[FoundSecret]]:
        ranked: dict[int, list[Ranked]] = {}
        for batch in piece_batches(texts):
            for candidate in self._engine.candidates(batch.data):
                data = batch.data[candidate.text]
                for rank, secret in self._rules[candidate.rule].found(data, candidate.ends, path):
                    piece = batch.piece(candidate.text)
                    if piece.has_whole(secret.start, secret.end):
                        ranked.setdefault(piece.text, []).append((rank, _moved(secret, piece.offset)))
        return {number: without_overlaps(each) for number, each in ranked.items()}


def settings_rules(settings: DetectionSettings) -> tuple[DetectionRule, ...]:
    """Return all rules of the settings.

    Raises:
        BundleError: the file of rules is wrong.
    """
    more = rules_of_file(settings.rules) if settings.rules else ()
    return (*built_in_rules(personal=settings.personal), *more, *word_rules(settings))


def _prepare(rules: Sequence[CompiledRule], path: Path) -> None:
    """Compile all rules, those of a user's file among them, whose regexes may be wrong.

    Raises:
        BundleError: one is.
    """
    for rule in rules:
        try:
            rule.prepare()
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from error


def _moved(secret: FoundSecret, offset: int) -> FoundSecret:
    return secret._replace(start=secret.start + offset, end=secret.end + offset) if offset else secret
