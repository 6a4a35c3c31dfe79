"""Find secrets in the texts of cells: in the bytes as they are, and in what they can be decoded to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ...secret_detection.found_secret import FoundSecret, Ranked, without_overlaps
from ..tokens.secret_tokens import TOKEN, is_of_tokens
from .decoded_text import DecodedText, decoded_texts

Finder = Callable[[Sequence[bytes]], Sequence[Sequence[FoundSecret]]]
"""Finds the secrets of each of several texts."""


class CellScanner:
    """Finds what its finders find; the finding of an earlier finder wins over an equally long one of a later."""

    def __init__(self, finders: Sequence[Finder]) -> None:
        self._finders = finders

    def found(self, cells: Sequence[bytes], paths: Collection[int] = ()) -> list[list[FoundSecret]]:
        """Return for each cell what was found, by its place in the cell, without overlaps and without tokens.

        Args:
            cells: The texts.
            paths: The numbers of those that are paths.
        """
        texts: list[DecodedText] = []
        owners: list[int] = []
        for number, cell in enumerate(cells):
            decoded = decoded_texts(cell, is_path=number in paths)
            texts += decoded
            owners += [number] * len(decoded)
        ranked: dict[int, list[Ranked]] = {}
        data = [text.data for text in texts]
        for rank, finder in enumerate(self._finders):
            for place, found in enumerate(finder(data)):
                if found and (placed := _in_cell(texts[place], found)):
                    ranked.setdefault(owners[place], []).extend((rank, secret) for secret in placed)
        return [without_overlaps(ranked[number]) if number in ranked else [] for number in range(len(cells))]


def _in_cell(text: DecodedText, found: Sequence[FoundSecret]) -> list[FoundSecret]:
    """Return what was found in a decoded text by its place in the cell; what is only a token is left out."""
    tokens = list(TOKEN.finditer(text.data)) if b":" in text.data else []
    kept = [each for each in found if not is_of_tokens(each.start, each.end, tokens)]
    if text.is_original:
        return kept
    placed = []
    for each in kept:
        start, end = text.original(each.start, each.end)
        placed.append(each._replace(start=start, end=end))
    return placed
