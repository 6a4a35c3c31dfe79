"""Decode many cells at once: what comes out is what `decoded_texts` returns for each, without an object for each cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ...secret_detection.text_pieces import joined_starts
from .decoded_text import (
    DEEPEST,
    base64_runs,
    base64_text,
    decode,
    decode_percent,
    has_percent,
    hides_ascii,
    path_parts,
)

_SEPARATOR = b"\xfe"
"""Stands between joined cells: a byte that no text in UTF-8 has, and that no decoding makes or takes."""


class DecodedBatch(NamedTuple):
    """All forms of several cells, the cells themselves first."""

    data: list[bytes]
    cells: list[int]
    """The number of the cell that each is a form of."""
    forms: list[int]
    """Which of the forms of its cell each is, in the order in which `decoded_texts` returns them."""
    hiding: set[int]
    """The numbers of cells that may hide plain characters: in base64, percent escapes, or escapes of ASCII characters."""


def undecoded_batch(cells: Sequence[bytes]) -> DecodedBatch:
    """Return the cells as they are."""
    return DecodedBatch(list(cells), list(range(len(cells))), [0] * len(cells), set())


def decoded_batch(cells: Sequence[bytes], *, are_paths: bool = False) -> DecodedBatch:
    """Return what `decoded_texts` returns for each of the cells."""
    batch = undecoded_batch(cells)
    count: dict[int, int] = {}
    plain = list(cells)

    def add(number: int, data: bytes) -> None:
        count[number] = form = count.get(number, 0) + 1
        batch.data.append(data)
        batch.cells.append(number)
        batch.forms.append(form)

    escaped = list(range(len(cells)))
    for _ in range(DEEPEST):
        escaped = [number for number in escaped if b"\\" in plain[number]]
        decoded = _decoded([plain[number] for number in escaped]) if escaped else ()
        changed = [(number, data) for number, data in zip(escaped, decoded, strict=True) if data != plain[number]]
        for number, data in changed:
            plain[number] = data
            add(number, data)
        escaped = [number for number, _ in changed]
    for number, cell in enumerate(cells):
        if b"%" in cell and has_percent(cell):
            batch.hiding.add(number)
            add(number, decode_percent(plain[number]))
        elif b"\\u" in cell and hides_ascii(cell):
            batch.hiding.add(number)
    for number, cell in enumerate(cells) if are_paths else ():
        if (parts := path_parts(cell)) != cell:
            add(number, parts)
    for number, data in _from_base64(plain):
        batch.hiding.add(number)
        add(number, data)
    return batch


def _decoded(texts: Sequence[bytes]) -> list[bytes]:
    """Decode the escapes of many texts in one go."""
    joined = _SEPARATOR.join(texts)
    if joined.count(_SEPARATOR) != len(texts) - 1:
        return [decode(text) for text in texts]
    return decode(joined).split(_SEPARATOR)


def _from_base64(texts: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield what the runs of base64 in each text stand for, with the number of the text."""
    joined = _SEPARATOR.join(texts)
    starts = joined_starts(texts)
    runs = base64_runs(joined)
    for number, group in groupby(runs, lambda run: bisect_right(starts, run[0]) - 1):
        yield number, base64_text(group)
