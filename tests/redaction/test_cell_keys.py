"""Equal cells are searched once; cells that are not equal are never taken for one another."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import pytest

from wink_debug_bundle.redaction.cell_texts.cell_scanner import CellScanner
from wink_debug_bundle.secret_detection.found_secret import FoundSecret

SECRET = b"hunter2"


def _find(texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
    places = ((number, text.find(SECRET)) for number, text in enumerate(texts))
    return {
        number: [FoundSecret(start, start + len(SECRET), "rule", "KIND", SECRET)]
        for number, start in places
        if start >= 0
    }


@pytest.mark.parametrize("kinds", [(False, False), (True, True), (False, True), (True, False)])
@pytest.mark.parametrize("mark", [b"", b"\0", b"\1"])
def test_a_cell_that_is_the_hash_of_another_hides_nothing_in_it(kinds: tuple[bool, bool], mark: bytes) -> None:
    long = b"x" * 600 + SECRET
    scanner = CellScanner((), [_find])
    hashed = mark + blake2b(long, digest_size=32).digest()
    for first, last in ((hashed, long), (long, hashed), (long, long)):
        found = [scanner.found([cell], are_paths=is_path) for cell, is_path in zip((first, last), kinds, strict=True)]
        assert [SECRET in first, SECRET in last] == [bool(each) for each in found]


def test_equal_cells_are_searched_once_and_found_each_time() -> None:
    searched: list[bytes] = []

    def find(texts: Sequence[bytes]) -> dict[int, list[FoundSecret]]:
        searched.extend(texts)
        return _find(texts)

    cell = b"x" * 600 + SECRET
    scanner = CellScanner((), [find])
    for _ in range(2):
        found = scanner.found([cell, cell, b"short", b"short"])
        assert {each: len(secrets) for each, secrets in found.items()} == {cell: 1}
    assert searched.count(cell) == 1
    assert searched.count(b"short") == 2  # once for each call, as only the hashes of long cells are kept
