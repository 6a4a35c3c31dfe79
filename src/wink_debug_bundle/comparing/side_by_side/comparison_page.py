"""Write a page about a comparison: its document, and both runs of each sample that flipped side by side.

It is one file that opens without a server, and runs and loads nothing, whatever a bundle says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from markupsafe import Markup

from ...errors import BundleError
from ...explore.outcome_report.page_template import WITHOUT_SCRIPTS, escaping_template, page_style
from ...explore.outcome_report.story_markup import story_markup
from ...explore.story.run_choice import Unit
from ...explore.story.run_story import story_of
from ..comparison_data import Comparison
from ..comparison_forms.divergence_blocks import attempt_words, divergence_words
from ..comparison_forms.document import blocks_of, side_words
from ..divergence.divergence_data import Divergence, DivergingStep
from ..sample_pairs.attempts import Attempt
from ..sample_pairs.open_side import OpenSide
from ..sample_pairs.pairing import Pair

MOST_PAIRS = 50
"""Pairs whose runs are shown."""

_MOST_CHARACTERS = 4_000_000
"""Characters of all stories together: the page stays one that browsers open at once."""

_LONGEST_STORY = 200_000
_SHOWN_TEXT = 4_000
"""Characters of what was said, given and returned at the first step that differs."""

_HERE = Path(__file__).parent
_PAIRS = "<!-- pairs -->"

Parted = tuple[Pair, Divergence | None]
"""A pair, and where its runs part."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """One side of a pair, as the page shows it."""

    name: str
    result: str
    failure: str | None
    step: DivergingStep | None
    story: Markup


def write_page(base: OpenSide, new: OpenSide, comparison: Comparison, parted: Sequence[Parted], stream: TextIO) -> None:
    """Write the page.

    Args:
        base: The bundle that is compared with.
        new: The other one.
        comparison: The comparison of both.
        parted: The pairs whose runs are shown; the first ones, if they are many.
        stream: Where it is written.
    """
    shown = parted[:MOST_PAIRS]
    more = (
        f" The first {len(shown)} of {len(parted):,} are here; compare --pair shows any." if parted[MOST_PAIRS:] else ""
    )
    hint = f"What both did at the first step that differs, and their stories.{more}" if shown else "No sample flipped."
    page = escaping_template(_HERE, "comparison.html").render(
        policy=WITHOUT_SCRIPTS,
        style=page_style(),
        verdict=comparison.verdict.word,
        blocks=list(blocks_of(comparison)),
        base=side_words(comparison.base),
        new=side_words(comparison.new),
        hint=hint,
    )
    before, _, after = page.rpartition(_PAIRS)
    stream.write(before)
    stream.writelines(_pairs(base, new, shown))
    stream.write(after)


def _pairs(base: OpenSide, new: OpenSide, parted: Sequence[Parted]) -> Iterator[str]:
    template = escaping_template(_HERE, "pair_markup.html")
    characters = min(_MOST_CHARACTERS // max(1, 2 * len(parted)), _LONGEST_STORY)
    for pair, divergence in parted:
        sides = (
            _side("Base", base, pair.base.telling, divergence.base if divergence else None, characters),
            _side("New", new, pair.new.telling, divergence.new if divergence else None, characters),
        )
        title = f"{pair.name}: {divergence_words(divergence)}"
        number = divergence.step if divergence else 0
        yield template.render(title=title, sides=sides, number=number, is_open=len(parted) == 1)


def _side(name: str, side: OpenSide, attempt: Attempt, step: DivergingStep | None, characters: int) -> _Shown:
    return _Shown(
        name, attempt_words(attempt), attempt.failure, _shortened(step), _story(side, attempt, name, characters)
    )


def _shortened(step: DivergingStep | None) -> DivergingStep | None:
    if step is None:
        return None
    texts = {name: getattr(step, name) for name in ("parameters", "result", "said")}
    return replace(step, **{name: text and text[:_SHOWN_TEXT] for name, text in texts.items()})


def _story(side: OpenSide, attempt: Attempt, name: str, characters: int) -> Markup:
    """Return the story of an attempt; nothing if it cannot be told."""
    anchor = f"{name.lower()}-{attempt.shown_by}"
    try:
        story = story_of(side.connection, Unit(attempt.run_id, attempt.session_id))
        return Markup(story_markup(story, characters, anchor))  # noqa: S704 - story_markup escapes what it shows
    except BundleError:
        return Markup("")
