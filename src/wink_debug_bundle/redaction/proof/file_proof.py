"""Search the raw bytes of a file for pieces of secrets, as a scan of its cells sees only what SQLite shows.

A value may be spread over several pages, so that its whole is never found; some piece of 12 bytes always is. A piece that a
cell of the redacted bundle has as well is no evidence: it is text that stays, such as the name of a host before a password.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import takewhile
from pathlib import Path

from ...processes.meanwhile import IsStopped, meanwhile
from ...secret_detection.literals import ExactSearch, is_searchable

_PIECE_BYTES = 12
_READ_BYTES = 4 << 20
_MOST_IN_THREADS = 2_000
"""Pieces that each thread looks for with what it compiled itself; that of more takes much memory."""
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


def pieces_in_file(path: Path, pieces: set[bytes], jobs: int = 1) -> set[bytes]:
    """Return the pieces that are in the raw bytes of a file; if they are few, so many threads search for them."""
    found: set[bytes] = set()
    ordered = sorted(pieces)
    threads = jobs if len(ordered) <= _MOST_IN_THREADS else 1
    with path.open("rb") as file:
        starts = range(0, os.fstat(file.fileno()).st_size, _READ_BYTES)
        for first in range(0, len(ordered), _MOST_AT_ONCE):
            some = ordered[first : first + _MOST_AT_ONCE]
            shares = [partial(_pieces_from, file.fileno(), some, starts[number::threads]) for number in range(threads)]
            found |= _found_by(shares)
    return found


def _found_by(shares: Sequence[Callable[[IsStopped], set[bytes]]]) -> set[bytes]:
    """Return what searches find, the first of them in this thread, each other in one of its own."""
    with ExitStack() as threads:
        others = [threads.enter_context(meanwhile(share)) for share in shares[1:]]
        return shares[0](lambda: False).union(*(other.result() for other in others))


def _pieces_from(descriptor: int, pieces: Sequence[bytes], starts: Iterable[int], is_stopped: IsStopped) -> set[bytes]:
    """Return the pieces that begin in the parts of a file with these starts."""
    search, found = ExactSearch(pieces), set[bytes]()
    for start in takewhile(lambda _: not is_stopped(), starts):
        found |= search.found(os.pread(descriptor, _READ_BYTES + _PIECE_BYTES - 1, start))
    return found


def pieces_in_texts(texts: Iterable[bytes], pieces: set[bytes]) -> set[bytes]:
    """Return the pieces that are in the texts, in any case."""
    search = ExactSearch(sorted(pieces))
    found = set()
    for text in texts:
        for shown in (text, text.lower()):
            found |= search.found(shown)
    return found
