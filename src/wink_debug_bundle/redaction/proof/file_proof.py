"""Search the raw bytes of a file for pieces of secrets, as a scan of its cells sees only what SQLite shows.

A value may be spread over several pages, so that its whole is never found; some piece of 12 bytes always is. A piece that a
cell of the redacted bundle has as well is no evidence: it is text that stays, such as the name of a host before a password.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ...secret_detection.literals import LiteralSearch, is_searchable

_PIECE_BYTES = 12
_READ_BYTES = 4 << 20


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
    return set(_found(_windows(path), pieces)) if pieces else set()


def pieces_in_texts(texts: Iterable[bytes], pieces: set[bytes]) -> set[bytes]:
    """Return the pieces that are in the texts, in any case."""
    search = LiteralSearch(dict.fromkeys(pieces, ("", "")))
    found = set()
    for text in texts:
        for shown in (text, text.lower()):
            found |= {each.value for each in search.found(shown)}
    return found


def _found(windows: Iterable[bytes], pieces: set[bytes]) -> Iterator[bytes]:
    search = LiteralSearch(dict.fromkeys(pieces, ("", "")))
    for window in windows:
        for each in search.found(window):
            if window[each.start : each.end] == each.value:
                yield each.value


def _windows(path: Path) -> Iterator[bytes]:
    rest = b""
    with path.open("rb") as stream:
        while data := stream.read(_READ_BYTES):
            yield rest + data
            rest = data[-_PIECE_BYTES + 1 :]
