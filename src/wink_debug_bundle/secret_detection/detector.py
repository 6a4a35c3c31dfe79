"""Find secrets in texts by rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .candidate_search.engine_choice import chosen_engine
from .compiled_rule import CompiledRule
from .detection_rules.detection_rule import DetectionRule
from .detection_rules.known_words import word_rules
from .detection_rules.rule_file import built_in_rules, rules_of_file
from .detection_settings import DetectionSettings
from .found_secret import FoundSecret, Ranked, without_overlaps
from .text_pieces import TextPiece, text_pieces

_BATCH_BYTES = 1 << 20
"""How much is searched at once."""


class Detector:
    """Finds secrets. One process makes one, from settings that travel; it must not be used by two threads at once."""

    def __init__(self, settings: DetectionSettings | None = None) -> None:
        """Compile the rules.

        Raises:
            BundleError: the extra `redact` is not installed, or the file of rules is wrong.
        """
        self.settings = settings or DetectionSettings()
        rules = settings_rules(self.settings)
        self._rules = [CompiledRule(rule) for rule in rules]
        for compiled in self._rules if self.settings.rules else ():
            compiled.prepare()
        self._engine = chosen_engine(rules, self.settings.engine)

    @property
    def rules(self) -> tuple[DetectionRule, ...]:
        """Return what is looked for."""
        return tuple(compiled.rule for compiled in self._rules)

    def found(self, text: bytes, path: str = "") -> list[FoundSecret]:
        """Return the secrets of a text by their place, without overlaps.

        Args:
            text: The text, UTF-8 or any other bytes.
            path: The path of the text in its archive; some rules are for certain files only.
        """
        return self._found([text], path)[0]

    def found_in_many(self, texts: Sequence[bytes]) -> list[list[FoundSecret]]:
        """Return for each text what `found` returns; many short ones are searched at once."""
        return self._found(texts, "")

    def _found(self, texts: Sequence[bytes], path: str) -> list[list[FoundSecret]]:
        ranked: dict[int, list[Ranked]] = {}
        for pieces in _batches(text_pieces(texts)):
            for candidate in self._engine.candidates([piece.data for piece in pieces]):
                piece = pieces[candidate.text]
                for rank, secret in self._rules[candidate.rule].found(piece.data, candidate.ends, path):
                    if piece.has_whole(secret.start, secret.end):
                        ranked.setdefault(piece.text, []).append((rank, _moved(secret, piece.offset)))
        return [without_overlaps(ranked[index]) if index in ranked else [] for index in range(len(texts))]


def settings_rules(settings: DetectionSettings) -> tuple[DetectionRule, ...]:
    """Return all rules of the settings.

    Raises:
        BundleError: the file of rules is wrong.
    """
    more = rules_of_file(settings.rules) if settings.rules else ()
    return (*built_in_rules(personal=settings.personal), *more, *word_rules(settings))


def _batches(pieces: Iterable[TextPiece]) -> Iterator[list[TextPiece]]:
    batch: list[TextPiece] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += len(piece.data) + 1
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _moved(secret: FoundSecret, offset: int) -> FoundSecret:
    return secret._replace(start=secret.start + offset, end=secret.end + offset) if offset else secret
