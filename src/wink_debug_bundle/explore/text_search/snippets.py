"""Make snippets of texts, in which the words are marked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .found_texts import SnippetPart
from .search_words import Word

BEGIN_MARK, END_MARK = "\ufdd0", "\ufdd1"
"""Characters that FTS5 puts around each word: Unicode keeps them free for such uses within a program."""

_MARKED = re.compile(f"{BEGIN_MARK}([^{BEGIN_MARK}{END_MARK}]*){END_MARK}")
_MARKS = re.compile(f"[{BEGIN_MARK}{END_MARK}]")
_SPACES = re.compile(r"\s+")


def parts_of_marked(snippet: str) -> tuple[SnippetPart, ...]:
    """Return the parts of a snippet in which FTS5 has marked the words."""
    return _split(_MARKED, snippet)


def mark_words(snippet: str, words: Sequence[Word]) -> tuple[SnippetPart, ...]:
    """Return the parts of a snippet, the words in it marked."""
    longest_first = sorted((word.core for word in words), key=len, reverse=True)
    pattern = re.compile(f"({'|'.join(map(re.escape, longest_first))})", re.IGNORECASE)
    return _split(pattern, snippet)


def _split(pattern: re.Pattern[str], snippet: str) -> tuple[SnippetPart, ...]:
    """Return the parts between the matches of a pattern, and its first group in each match."""
    parts = enumerate(pattern.split(_SPACES.sub(" ", snippet)))
    cleaned = ((_MARKS.sub("", text), bool(number % 2)) for number, text in parts)
    return tuple(SnippetPart(text, is_match) for text, is_match in cleaned if text)
