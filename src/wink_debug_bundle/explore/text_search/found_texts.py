"""What a search finds, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...column_values import SearchKind


@dataclass(frozen=True, slots=True)
class SnippetPart:
    """A part of a snippet; `is_match` if it is one of the words that were looked for."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class FoundText:
    """A text that has all words, and the row that it is from.

    Attributes:
        kind: What the text is.
        table: Table or view that has the row.
        row_id: Key of the row: its `event_id` in `prompt_events`, its `id` elsewhere.
        run_id: Run it belongs to; None outside of runs.
        session_id: Session it belongs to; None if unknown.
        tool_name: Tool of a call, a result or a failure.
        level: Level of a log record.
        name: What it is called: a tool, a prompt, a path, an event, a class of exceptions, a type of message.
        timestamp: When it happened, ISO 8601.
        snippet: The text around the first words.
    """

    kind: SearchKind
    table: str
    row_id: int | str
    run_id: int | None
    session_id: str | None
    tool_name: str | None
    level: str | None
    name: str | None
    timestamp: str | None
    snippet: tuple[SnippetPart, ...]

    @property
    def key(self) -> str:
        """Return the column of the table that has the key."""
        return "event_id" if self.table == "prompt_events" else "id"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The texts that have all words, the best first.

    Attributes:
        texts: As many of them as were asked for.
        counts: How many texts of each kind have the words.
        is_complete: Whether `counts` has all of them; very many are not all counted.
        uses_index: Whether the full-text index was used; else every text was read, and parts of words count, too.
        searched: The kinds of text in which the words were looked for.
        not_searched: The other kinds.
        remark: What else there is to say, such as why the index was not used; "" for nothing.
    """

    texts: tuple[FoundText, ...]
    counts: Mapping[SearchKind, int]
    is_complete: bool
    uses_index: bool
    searched: tuple[SearchKind, ...]
    not_searched: tuple[SearchKind, ...]
    remark: str = ""

    @property
    def total(self) -> int:
        """Return how many texts were found."""
        return sum(self.counts.values())
