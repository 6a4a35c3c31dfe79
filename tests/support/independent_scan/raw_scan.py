"""Look for pieces of secrets in the bytes of a file, whatever their case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from support.independent_scan.bundle_scan import Sighting
from support.independent_scan.needle_index import GRAM, PIECE, STRIDE
from support.planted_secrets.planted_secret import PlantedSecret

_BLOCK = 1 << 23


def raw_sightings(path: Path, secrets: Iterable[PlantedSecret]) -> Iterator[Sighting]:
    """Yield each secret of which the file's bytes have a piece of twelve, in letters of any case."""
    pieces = _Pieces(secrets)
    found: set[int] = set()
    for block in _blocks(path):
        for secret in pieces.found(block):
            if secret.number not in found:
                found.add(secret.number)
                yield Sighting(secret, "bytes of the file", "piece")


class _Pieces:
    """Every piece of every secret, by its first gram."""

    def __init__(self, secrets: Iterable[PlantedSecret]) -> None:
        self._grams: dict[bytes, list[tuple[PlantedSecret, bytes, int]]] = defaultdict(list)
        for secret in secrets:
            for value in secret.needles:
                start = len(secret.prefix) if value.startswith(secret.prefix) else 0
                own = value[start:].encode().lower()
                for offset in range(len(own) - GRAM + 1):
                    self._grams[own[offset : offset + GRAM]].append((secret, own, offset))

    def found(self, block: bytes) -> Iterator[PlantedSecret]:
        for position in range(0, len(block) - GRAM + 1, STRIDE):
            for secret, own, offset in self._grams.get(block[position : position + GRAM], ()):
                if _has_piece(block, position, own, offset):
                    yield secret


def _has_piece(block: bytes, position: int, own: bytes, offset: int) -> bool:
    """Return whether a whole piece of the secret is around the gram at that position of the block."""
    before, after = 0, GRAM
    while before < offset and before < position and block[position - before - 1] == own[offset - before - 1]:
        before += 1
    while (
        offset + after < len(own) and position + after < len(block) and block[position + after] == own[offset + after]
    ):
        after += 1
    return before + after >= min(PIECE, len(own))


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the file in blocks, lower-cased, that overlap by more than a piece."""
    with path.open("rb") as opened:
        last = b""
        while block := opened.read(_BLOCK):
            yield (last + block).lower()
            last = block[-4 * PIECE :]
