"""Find secrets in the texts of cells: in the bytes as they are, and in what they can be decoded to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

from ...secret_detection.found_secret import FoundSecret, Ranked, without_overlaps
from ..tokens.secret_tokens import without_tokens
from .batch_decoding import DecodedBatch, decoded_batch, undecoded_batch
from .decoded_text import DecodedText, decoded_texts
from .suspect_cells import SuspectCells
from .wide_text import wide_text

_SHORT = 512
"""Bytes of a cell from which its hash is remembered: runs of an evaluation share most of their files and prompts."""
_HASH_BYTES = 32
_MOST_KNOWN = 50_000

Finder = Callable[[Sequence[bytes]], Mapping[int, Sequence[FoundSecret]]]
"""Finds the secrets of several texts, by their numbers."""
FoundInCells = dict[bytes, list[FoundSecret]]
"""What was found in cells, by their bytes; cells in which nothing was found are not among them."""


_Known = dict[bytes, list[FoundSecret] | None]


class CellScanner:
    """Finds what its finders find; what known values are wins over an equally long finding of a rule.

    Args:
        literals: Finders of known values, which know the forms of these, so that nothing is decoded for them.
        rules: Finders for which texts are decoded.
        decodes: Whether they are; otherwise rules see them as they are, too.
        tells_hiding: Whether cells that hide plain characters are among the results, with nothing found in them.
        suspects: Tells in which cells the finders may find anything; without it, all are searched.
    """

    def __init__(
        self,
        literals: Sequence[Finder],
        rules: Sequence[Finder],
        *,
        decodes: bool = True,
        tells_hiding: bool = False,
        suspects: SuspectCells | None = None,
    ) -> None:
        self._literals = literals
        self._rules = rules
        self._decodes = decodes
        self._tells_hiding = tells_hiding
        self.suspects = suspects
        self._known: tuple[_Known, _Known] = ({}, {})

    def found(self, cells: Iterable[bytes], *, are_paths: bool = False) -> FoundInCells:
        """Return what was found in cells, by its place in the cell, without overlaps and without tokens."""
        known = self._known[are_paths]
        result: FoundInCells = {}
        new = dict.fromkeys(self._suspect(list(cells), are_paths=are_paths))
        keys = {cell: blake2b(cell, digest_size=_HASH_BYTES).digest() for cell in new if len(cell) >= _SHORT}
        for cell in [cell for cell, key in keys.items() if key in known]:
            del new[cell]
            found = known[keys.pop(cell)]
            if found is not None:
                result[cell] = found
        result |= self._found(list(new), are_paths=are_paths)
        if len(known) > _MOST_KNOWN:
            known.clear()
        known.update((key, result.get(cell)) for cell, key in keys.items())
        return result

    def _suspect(self, cells: Sequence[bytes], *, are_paths: bool) -> Sequence[bytes]:
        return cells if self.suspects is None else self.suspects.among(cells, are_paths=are_paths)

    def _found(self, cells: Sequence[bytes], *, are_paths: bool) -> FoundInCells:
        ranked: dict[int, list[Ranked]] = {}
        for finder in self._literals if cells else ():
            for number, found in finder(cells).items():
                _note(ranked, number, 0, without_tokens(cells[number], found))
        if self._rules and cells:
            batch = decoded_batch(cells, are_paths=are_paths) if self._decodes else undecoded_batch(cells)
            for number, found in self._by_rules(cells, batch, are_paths=are_paths):
                _note(ranked, number, 1, found)
            for number in batch.hiding if self._tells_hiding else ():
                ranked.setdefault(number, [])
        self._note_wide(ranked, cells, are_paths=are_paths)
        return {cells[number]: without_overlaps(each) for number, each in ranked.items()}

    def _note_wide(self, ranked: dict[int, list[Ranked]], cells: Sequence[bytes], *, are_paths: bool) -> None:
        """Note what is found in cells that are text in UTF-16, between whose letters are zeros.

        Where cells that hide plain characters are results, one of these is noted with nothing found in it.
        """
        for number, cell in enumerate(cells):
            if (text := wide_text(cell)) is not None:
                for found in self._found([text.data], are_paths=are_paths).values():
                    ranked.setdefault(number, []).extend((1, each) for each in _in_cell(text, found))

    def _by_rules(
        self, cells: Sequence[bytes], batch: DecodedBatch, *, are_paths: bool
    ) -> Iterator[tuple[int, Sequence[FoundSecret]]]:
        """Yield what is found in any form of each cell, by its place in the cell."""
        texts: dict[int, list[DecodedText]] = {}
        for finder in self._rules:
            for place, found in finder(batch.data).items():
                number, form = batch.cells[place], batch.forms[place]
                kept = without_tokens(batch.data[place], found)
                if form and kept:
                    if number not in texts:
                        texts[number] = decoded_texts(cells[number], is_path=are_paths)
                    kept = _in_cell(texts[number][form], kept)
                yield number, kept


def _note(ranked: dict[int, list[Ranked]], number: int, rank: int, found: Iterable[FoundSecret]) -> None:
    """Note what was found in a cell, if anything was."""
    if placed := [(rank, secret) for secret in found]:
        ranked.setdefault(number, []).extend(placed)


def _in_cell(text: DecodedText, found: Sequence[FoundSecret]) -> list[FoundSecret]:
    """Return what was found in a decoded text by its place in the cell."""
    placed = []
    for each in found:
        start, end = text.original(each.start, each.end)
        placed.append(each._replace(start=start, end=end))
    return placed
