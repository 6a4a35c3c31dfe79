"""Search the raw bytes of a file for pieces of secrets, as a scan of its cells sees only what SQLite shows.

A value may be spread over several pages, so that its whole is never found; some piece of 12 bytes always is. A piece that a
cell of the redacted bundle has as well is no evidence: it is text that stays, such as the name of a host before a password.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ...secret_detection.literals import ExactSearch, is_searchable

_PIECE_BYTES = 12
_READ_BYTES = 4 << 20
_MOST_AT_ONCE = 15_000
"""Pieces that one pass over the file looks for, so that the memory for them is limited."""


def pieces_of(values: Iterable[bytes]) -> set[bytes]:
    """Return pieces of each value, such that any 23 neighbouring bytes of it have a whole one; and of its lower case."""
    pieces = set()
    for value in values:
        for text in {value, value.lower()}:
            last = len(text) - _PIECE_BYTES
            if last < 0:
                continue
            pieces |= {text[start : start + _PIECE_BYTES] for start in (*range(0, last, _PIECE_BYTES), last)}
    return {piece for piece in pieces if is_searchable(piece)}


def pieces_in_file(path: Path, pieces: set[bytes]) -> set[bytes]:
    """Return the pieces that are in the raw bytes of a file."""
    found: set[bytes] = set()
    ordered = sorted(pieces)
    for first in range(0, len(ordered), _MOST_AT_ONCE):
        search = ExactSearch(ordered[first : first + _MOST_AT_ONCE])
        for window in _windows(path):
            found |= search.found(window)
    return found


def pieces_in_texts(texts: Iterable[bytes], pieces: set[bytes]) -> set[bytes]:
    """Return the pieces that are in the texts, in any case."""
    search = ExactSearch(sorted(pieces))
    found = set()
    for text in texts:
        for shown in (text, text.lower()):
            found |= search.found(shown)
    return found


def _windows(path: Path) -> Iterator[bytes]:
    rest = b""
    with path.open("rb") as stream:
        while data := stream.read(_READ_BYTES):
            yield rest + data
            rest = data[-_PIECE_BYTES + 1 :]
