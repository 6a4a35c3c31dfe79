"""Find secrets in the texts of cells: in the bytes as they are, and in what they can be decoded to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b

from ...secret_detection.found_secret import FoundSecret, Ranked, without_overlaps
from ..tokens.secret_tokens import TOKEN, is_of_tokens
from .decoded_text import DecodedText, decoded_texts

_SHORT = 128
"""Bytes of a cell from which its hash is remembered: runs of an evaluation share most of their files and prompts."""
_HASH_BYTES = 32
_MOST_KNOWN = 50_000

Finder = Callable[[Sequence[bytes]], Sequence[Sequence[FoundSecret]]]
"""Finds the secrets of each of several texts."""

_Key = bytes | tuple[str, bytes]


class CellScanner:
    """Finds what its finders find; what known values are wins over an equally long finding of a rule.

    Args:
        literals: Finders of known values, which know the forms of these, so that nothing is decoded for them.
        rules: Finders for which texts are decoded.
    """

    def __init__(self, literals: Sequence[Finder], rules: Sequence[Finder]) -> None:
        self._literals = literals
        self._rules = rules
        self._known: dict[_Key, list[FoundSecret]] = {}

    def found(self, cells: Sequence[bytes], paths: Collection[int] = ()) -> list[list[FoundSecret]]:
        """Return for each cell what was found, by its place in the cell, without overlaps and without tokens.

        Args:
            cells: The texts.
            paths: The numbers of those that are paths.
        """
        keys = _keys(cells, paths)
        new = {key: number for number, key in enumerate(keys) if key not in self._known}
        numbers = sorted(new.values())
        new_paths = {place for place, number in enumerate(numbers) if number in paths}
        found = dict(zip(numbers, self._found([cells[number] for number in numbers], new_paths), strict=True))
        results = [self._known[key] if key in self._known else found[new[key]] for key in keys]
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known.update({key: found[number] for key, number in new.items() if len(cells[number]) >= _SHORT})
        return results

    def _found(self, cells: Sequence[bytes], paths: Collection[int]) -> list[list[FoundSecret]]:
        ranked: dict[int, list[Ranked]] = {}
        self._note([DecodedText(cell) for cell in cells] if self._literals else [], range(len(cells)), 0, ranked)
        texts: list[DecodedText] = []
        owners: list[int] = []
        for number, cell in enumerate(cells if self._rules else ()):
            decoded = decoded_texts(cell, is_path=number in paths)
            texts += decoded
            owners += [number] * len(decoded)
        self._note(texts, owners, 1, ranked)
        return [without_overlaps(ranked[number]) if number in ranked else [] for number in range(len(cells))]

    def _note(
        self, texts: Sequence[DecodedText], owners: Sequence[int], rank: int, ranked: dict[int, list[Ranked]]
    ) -> None:
        """Note what the finders of a rank find in texts, each a form of the cell with the number `owners` has."""
        data = [text.data for text in texts]
        for finder in (self._rules if rank else self._literals) if data else ():
            for place, found in enumerate(finder(data)):
                if found and (placed := _in_cell(texts[place], found)):
                    ranked.setdefault(owners[place], []).extend((rank, secret) for secret in placed)


def _keys(cells: Sequence[bytes], paths: Collection[int]) -> list[_Key]:
    """Return what equal cells have in common: the whole of a short cell, or a hash; marks keep the kinds of keys apart."""
    keys: list[_Key] = [cell if len(cell) < _SHORT else ("long", _hash(cell)) for cell in cells]
    for number in paths:
        cell = cells[number]
        keys[number] = ("path", cell) if len(cell) < _SHORT else ("long path", _hash(cell))
    return keys


def _hash(cell: bytes) -> bytes:
    return blake2b(cell, digest_size=_HASH_BYTES).digest()


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
