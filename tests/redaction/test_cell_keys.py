"""Equal cells are searched once; cells that are not equal are never taken for one another."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import pytest

from wink_debug_bundle.redaction.cell_texts.cell_scanner import CellScanner
from wink_debug_bundle.secret_detection.found_secret import FoundSecret

SECRET = b"hunter2"


def _find(texts: Sequence[bytes]) -> list[list[FoundSecret]]:
    return [
        [FoundSecret(text.index(SECRET), text.index(SECRET) + len(SECRET), "rule", "KIND", SECRET)]
        if SECRET in text
        else []
        for text in texts
    ]


@pytest.mark.parametrize("paths", [(), (0, 1), (0,), (1,)])
@pytest.mark.parametrize("mark", [b"", b"\0", b"\1"])
def test_a_cell_that_is_the_hash_of_another_hides_nothing_in_it(paths: tuple[int, ...], mark: bytes) -> None:
    long = b"x" * 200 + SECRET
    found = CellScanner((), [_find]).found([long, mark + blake2b(long, digest_size=32).digest()], paths)
    assert [len(each) for each in found] == [1, 0]


def test_equal_cells_are_searched_once_and_found_each_time() -> None:
    searched: list[bytes] = []

    def find(texts: Sequence[bytes]) -> list[list[FoundSecret]]:
        searched.extend(texts)
        return _find(texts)

    cell = b"x" * 200 + SECRET
    found = CellScanner((), [find]).found([cell, cell, b"short", b"short"])
    assert [len(each) for each in found] == [1, 1, 0, 0]
    assert searched.count(cell) == searched.count(b"short") == 1
