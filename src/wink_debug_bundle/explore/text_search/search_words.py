"""Read what somebody types into a search box, so that no character of it is an error.

FTS5 has operators (`AND`, `NEAR`, `column:`, `^`, parentheses) that typed paths and code contain by chance. So each word is
quoted, which makes it a phrase: the letters and digits of `/tmp/a_b` are three words that follow each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_WORDS = 32
_LONGEST_WORD = 500

_TYPED = re.compile(r'"([^"]*)"?|(\S+)')
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True, slots=True)
class Word:
    """A typed word, or a phrase that was typed in quotes; `is_beginning` if a star at its end stands for any letters."""

    text: str
    is_beginning: bool = False

    @property
    def phrase(self) -> str:
        """Return the word as FTS5 reads it."""
        escaped = self.text.replace('"', '""')
        return f'"{escaped}"{" *" if self.is_beginning else ""}'

    @property
    def core(self) -> str:
        """Return the word without the punctuation around it, in small letters, as a scan looks for it."""
        return _EDGES.sub("", self.text).lower()


def read_words(typed: str) -> list[Word]:
    """Return the words of a typed text; what has no letter and no digit is left out, as an index has no such words."""
    storable = typed.encode("utf-8", "replace").decode().replace("\0", " ")
    words = [_word(phrase or word) for phrase, word in _TYPED.findall(storable)]
    return [word for word in words if word.core][:MOST_WORDS]


def match_expression(words: list[Word]) -> str:
    """Return the expression of FTS5 for texts that have all of the words."""
    return " ".join(word.phrase for word in words)


def _word(text: str) -> Word:
    return Word(text[:_LONGEST_WORD].rstrip("*"), is_beginning=text.endswith("*"))
