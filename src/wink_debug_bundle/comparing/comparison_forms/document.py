"""What a document about a comparison says, the verdict and its numbers first."""

from __future__ import annotations

from collections.abc import Iterator

from ..comparison_data import ComparedSide, Comparison
from .delta_blocks import delta_blocks
from .document_blocks import MOST_ROWS, Block
from .result_blocks import result_blocks


def blocks_of(comparison: Comparison) -> Iterator[Block]:
    """Yield the blocks of a comparison, the verdict and its numbers first; what is not there has none."""
    itself = ("Both sides are one and the same evaluation: this says nothing.",) if comparison.is_with_itself else ()
    yield Block(f"Verdict: {comparison.verdict.word}", (*itself, *comparison.verdict.reasons))
    yield from result_blocks(comparison)
    yield from delta_blocks(comparison)


def side_words(side: ComparedSide) -> str:
    """Return what a side is: its bundle, its evaluation and its experiments."""
    names = [f"evaluation {side.evaluation}"] if side.evaluation is not None else []
    experiments = [each or "(no name)" for each in side.experiments]
    if experiments not in ([], ["(no name)"]):
        names.append(f"experiment{'s' if len(experiments) > 1 else ''} {', '.join(experiments[:MOST_ROWS])}")
    return f"{side.name} ({'; '.join(names)})" if names else side.name
