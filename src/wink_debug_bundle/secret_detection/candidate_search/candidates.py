"""Which rules may match where: what an engine answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class Candidate(NamedTuple):
    """A rule that may match in a text. An engine may name rules that do not, and must name those that do."""

    text: int
    rule: int
    ends: Sequence[int]
    """Where matches of the rule's hint, or of its regex, end in the text, ascending; empty if the engine does not say."""


class CompiledExpressions(NamedTuple):
    """What an engine compiled, for another process: to load it takes no time, and to compile it half a second."""

    refused: frozenset[int]
    """The numbers of the rules whose expressions the engine does not take."""
    database: bytes


class CandidateEngine(Protocol):
    """Finds candidates in many texts at once."""

    def candidates(self, texts: Sequence[bytes]) -> Iterator[Candidate]: ...

    def suspects(self, joined: bytes) -> list[int] | None:
        """Return where candidates end in joined texts that are not decoded, or None if the engine does not know.

        Texts in which none ends have none when their escapes are decoded, either, however deep.
        """
        ...

    @property
    def compiled(self) -> CompiledExpressions | None:
        """Return what may be given to an engine for the same rules in another process, if anything may."""
        ...
