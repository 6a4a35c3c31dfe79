"""Tell from many joined cells, without decoding them, in which of them anything may be found when they are decoded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from ...secret_detection.hyperscan_words import HyperscanWords
from .decoded_text import LOOKED_AT, SHAPE, SHORTEST_RUN, path_parts, stands_for_text

JOINT = b"\n\xfe\n"
"""Stands between joined cells: line ends for the rules, and a byte that no text in UTF-8 has, to tell the cells apart."""

Sieve = Callable[[bytes], Iterable[int]]
"""Returns where in joined cells anything may end that a finder finds in these cells or in what they are decoded to."""

_ANY = b"[A-Za-z0-9+/_-]"
_GROUP = b"[CDI-Za-f][AC-HQS-Xgi-nwy-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589-]" + _ANY
"""Four characters of base64 that stand for three bytes of a text."""
_GROUPS = _GROUP + b"(?:" + _ANY + b"{4})?" + _GROUP + _ANY + b"{2}"
"""Two such groups with at most one other between them: every run of base64 that stands for a text has them."""
_ESCAPE_LENGTHS = (0, len("n"), len("uXXXX"))
"""How many characters before a run may belong to an escape."""
_BEFORE = LOOKED_AT + max(_ESCAPE_LENGTHS) + 2


class Base64Sieve:
    """Finds runs of base64 that stand for text."""

    def __init__(self) -> None:
        """Compile what such runs have.

        Raises:
            BundleError: the extra `redact` is not installed.
        """
        self._groups = HyperscanWords([_GROUPS], are_regexes=True)

    def __call__(self, joined: bytes) -> Iterator[int]:
        """Yield where two groups of such a run end."""
        searched = 0
        for _, end in self._groups.ends(joined):
            if end > searched:
                is_text, searched = _run_around(joined, end)
                if is_text:
                    yield end


def _run_around(joined: bytes, end: int) -> tuple[bool, int]:
    """Return whether the run in which two groups end stands for text, and up to where no other one begins."""
    before = joined[max(0, end - _BEFORE) : end].translate(SHAPE)
    start = end - len(before) + before.rfind(b" ") + 1
    length = joined[start : start + _BEFORE].translate(SHAPE).find(b" ")
    stop = start + length if length >= 0 else min(start + _BEFORE, len(joined))
    if stop - start < SHORTEST_RUN:
        return False, stop
    lengths = _ESCAPE_LENGTHS if joined[start - 1 : start] == b"\\" else _ESCAPE_LENGTHS[:1]
    begins = (start + each for each in lengths)
    return any(stop - begin >= SHORTEST_RUN and stands_for_text(joined, begin, stop) for begin in begins), stop


class SuspectCells:
    """Names cells in which something may be found.

    Args:
        sieves: What names their places.
        of_parts: Those of the sieves that search the parts of paths, too.
    """

    def __init__(self, sieves: Sequence[Sieve], of_parts: Sequence[Sieve] = ()) -> None:
        self._sieves = sieves
        self._of_parts = of_parts

    def ends(self, joined: bytes, *, are_paths: bool = False) -> set[int]:
        """Return places in cells that are suspect, behind their first byte, among joined cells."""
        ends = {end for sieve in self._sieves for end in sieve(joined)}
        if are_paths and self._of_parts:
            parts = path_parts(joined)
            ends.update(end for sieve in self._of_parts for end in sieve(parts))
        return ends

    def among(self, cells: Sequence[bytes], *, are_paths: bool = False) -> list[bytes]:
        """Return the suspect ones of some cells."""
        ends = self.ends(JOINT.join(cells), are_paths=are_paths)
        if not ends:
            return []
        starts = list(accumulate((len(cell) + len(JOINT) for cell in cells[:-1]), initial=0))
        return [cells[number] for number in sorted({bisect_right(starts, end - 1) - 1 for end in ends})]
