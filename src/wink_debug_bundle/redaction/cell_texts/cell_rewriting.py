"""Put tokens in the place of what was found in a cell; JSON stays JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import orjson

from ...secret_detection.found_secret import FoundSecret
from .cell_scanner import CellScanner, FoundInCells
from .wide_text import wide_encoding

Replace = Callable[[FoundSecret], bytes]
"""Returns the token of what was found."""

_ROUNDS = 4
"""How often a changed cell is searched again: a token may let a rule see what was hidden in a longer finding."""

_SCALAR = re.compile(rb'"(?:[^"\\]|\\.)*"|[^\s"{}\[\]:,]+', re.DOTALL)


class Rewritten(NamedTuple):
    """A cell with tokens, and how often each rule was the reason."""

    data: bytes
    rules: Counter[str]


def rewrite_cells(
    scanner: CellScanner, found: FoundInCells, replace: Replace, *, are_paths: bool = False
) -> dict[bytes, Rewritten]:
    """Return cells with tokens, by their bytes.

    Args:
        scanner: Searches the changed cells again.
        found: What a first search found in cells.
        replace: Makes the tokens.
        are_paths: Whether the cells are paths.
    """
    result: dict[bytes, Rewritten] = {}
    pending = {cell: cell for cell in found}
    for _ in range(_ROUNDS):
        for cell, current in pending.items():
            before = result[cell].rules if cell in result else Counter[str]()
            rules = Counter(each.rule for each in found[current]) + before
            result[cell] = Rewritten(replaced(current, found[current], replace), rules)
        found = scanner.found((result[cell].data for cell in pending), are_paths=are_paths)
        pending = {cell: result[cell].data for cell in pending if result[cell].data in found}
    return result


def replaced(cell: bytes, found: Sequence[FoundSecret], replace: Replace) -> bytes:
    """Return the cell with tokens in the place of what was found; if it is JSON, or in UTF-16, the result is, too."""
    if b"\0" in cell and (encoding := wide_encoding(cell)):
        return b"".join(_joined(cell, found, lambda each: replace(each).decode().encode(encoding)))
    plain = b"".join(_joined(cell, found, replace))
    if cell.lstrip()[:1] not in (b"{", b"[", b'"') or _is_json(plain) or not _is_json(cell):
        return plain
    careful = b"".join(_joined_json(cell, found, replace))
    return careful if _is_json(careful) else b'"%b"' % replace(found[0])


def _joined(cell: bytes, found: Sequence[FoundSecret], replace: Replace) -> Iterator[bytes]:
    done = 0
    for each in found:
        yield cell[done : each.start]
        yield replace(each)
        done = each.end
    yield cell[done:]


def _joined_json(cell: bytes, found: Sequence[FoundSecret], replace: Replace) -> Iterator[bytes]:
    """Yield the parts of the JSON: within strings tokens replace what was found, other values are replaced whole."""
    done = 0
    for scalar in _SCALAR.finditer(cell):
        within = [each for each in found if each.start < scalar.end() and scalar.start() < each.end]
        if not within:
            continue
        yield cell[done : scalar.start()]
        done = scalar.end()
        if scalar[0].startswith(b'"'):
            clipped = [_clipped(cell, each, scalar.start() + 1, scalar.end() - 1) for each in within]
            at = scalar.start()
            for each in clipped:
                if each.end > each.start:
                    yield cell[at : each.start]
                    yield replace(each)
                    at = each.end
            yield cell[at : scalar.end()]
        else:
            yield b'"%b"' % replace(within[0])
    yield cell[done:]


def _clipped(cell: bytes, each: FoundSecret, begin: int, end: int) -> FoundSecret:
    """Return the part of a finding that is within a string, with whole escapes at its ends."""
    first, last = max(each.start, begin), min(each.end, end)
    if _backslashes_before(cell, first, begin) % 2:
        first -= 1
    if last < end and _backslashes_before(cell, last, first) % 2:
        last += 1
    return each._replace(start=first, end=last)


def _backslashes_before(cell: bytes, place: int, begin: int) -> int:
    part = cell[begin:place]
    return len(part) - len(part.rstrip(b"\\"))


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
