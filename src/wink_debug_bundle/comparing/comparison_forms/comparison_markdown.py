"""Write the document about a comparison as Markdown, for a pull request or the summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...terminal_text import visible
from ..comparison_data import Comparison
from .document import blocks_of, side_words
from .document_blocks import Block

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")
"""Characters that Markdown could take for markup."""

_UNMENTIONED = "@&#8203;"
"""What stands for @: with a space of no width behind it, pages that show Markdown mention no user."""

_FENCE = re.compile("`{3,}")
_LONGEST_CELL = 300


def markdown_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the lines of the document."""
    blocks = blocks_of(comparison)
    yield from block_markdown(next(blocks), "##")
    for name, side in (("base", comparison.base), ("new", comparison.new)):
        yield f"- {name}: {escaped(side_words(side))}"
    yield ""
    for block in blocks:
        yield from block_markdown(block, "###")


def block_markdown(block: Block, mark: str = "###") -> Iterator[str]:
    """Yield a block under a heading with that mark."""
    yield f"{mark} {escaped(block.title)}"
    yield ""
    for line in block.lines:
        yield f"- {escaped(line)}"
    if block.lines:
        yield ""
    if block.rows:
        yield _row(block.columns)
        yield "|" + "|".join(_rules(block)) + "|"
        yield from (_row(row) for row in block.rows)
        yield ""
    if block.code:
        fence = "`" * max([3, *(len(found) + 1 for line in block.code for found in _FENCE.findall(line))])
        yield f"{fence}diff"
        yield from map(visible, block.code)
        yield fence
        yield ""


def escaped(text: str) -> str:
    """Return text on one line, in which nothing is markup, and no address a link."""
    shown = _SPECIAL.sub(r"\\\1", visible(text)).replace("@", _UNMENTIONED)
    return shown.replace("://", "&#58;//").replace("www.", "www&#46;")


def _rules(block: Block) -> Iterator[str]:
    last = len(block.columns) - 1
    for column in range(len(block.columns)):
        yield "---" if column == 0 or (block.has_text and column == last) else "--:"


def _row(cells: tuple[str, ...]) -> str:
    shown = (cell if len(cell) <= _LONGEST_CELL else f"{cell[: _LONGEST_CELL - 1]}…" for cell in cells)
    return f"| {' | '.join(map(escaped, shown))} |"
