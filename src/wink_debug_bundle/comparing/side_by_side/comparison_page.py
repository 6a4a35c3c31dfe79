"""Write a page about a comparison: its document, and both runs of each sample that flipped side by side.

As a file, it opens without a server, and runs and loads nothing, whatever a bundle says. A server shows the same markup
with links to its pages in place of the stories.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TextIO

from markupsafe import Markup

from ...errors import BundleError
from ...explore.outcome_report.page_template import WITHOUT_SCRIPTS, escaping_template, page_style
from ...explore.outcome_report.story_markup import story_markup
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
_BODY = "<!-- body -->"

Parted = tuple[Pair, Divergence | None]
"""A pair, and where its runs part."""


class PairLinks(Protocol):
    """The addresses of what a server shows of a pair."""

    def run(self, name: str, attempt: Attempt, step: DivergingStep | None) -> str | None:
        """Return the address of an attempt of the side "Base" or "New", at a step of it."""
        ...

    def stories(self, pair: Pair) -> str | None:
        """Return the address of both stories side by side; None where they are on the page already."""
        ...

    def named(self, column: str, words: str) -> str | None:
        """Return the address of what the words in the column of a table name; None if that has no page."""
        ...


class NoLinks:
    """A page without a server links to nothing, and has the stories itself."""

    def run(self, name: str, attempt: Attempt, step: DivergingStep | None) -> None:
        """Return nothing."""

    def stories(self, pair: Pair) -> None:
        """Return nothing."""

    def named(self, column: str, words: str) -> None:
        """Return nothing."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """One side of a pair, as the page shows it."""

    name: str
    result: str
    link: str | None
    failure: str | None
    step: DivergingStep | None
    story: Markup


@dataclass(frozen=True, slots=True)
class _StoryForm:
    """How many characters of a story are shown, and whether it is unfolded."""

    characters: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class PairForm:
    """How pairs are shown.

    Attributes:
        base: The bundle that is compared with.
        new: The other one.
        links: Addresses of pages about a pair.
    """

    base: OpenSide
    new: OpenSide
    links: PairLinks

    def markup(self, parted: Sequence[Parted]) -> Iterator[str]:
        """Yield each pair as a foldable element; a single one is open, and so are its stories."""
        template = escaping_template(_HERE, "pair_markup.html")
        characters = min(_MOST_CHARACTERS // max(1, 2 * len(parted)), _LONGEST_STORY)
        is_single = len(parted) == 1
        for pair, divergence in parted:
            stories = self.links.stories(pair)
            form = _StoryForm(0 if stories else characters, is_single)
            steps = (divergence.base, divergence.new) if divergence else (None, None)
            yield template.render(
                title=f"{pair.name}: {divergence_words(divergence)}",
                sides=(
                    self._side("Base", self.base, pair.base.telling, steps[0], form),
                    self._side("New", self.new, pair.new.telling, steps[1], form),
                ),
                number=divergence.step if divergence else 0,
                is_open=is_single,
                stories_link=stories,
            )

    def _side(
        self, name: str, side: OpenSide, attempt: Attempt, step: DivergingStep | None, form: _StoryForm
    ) -> _Shown:
        link = self.links.run(name, attempt, step)
        story = _story(side, attempt, name, form)
        return _Shown(name, attempt_words(attempt), link, attempt.failure, _shortened(step), story)


def write_page(base: OpenSide, new: OpenSide, comparison: Comparison, parted: Sequence[Parted], stream: TextIO) -> None:
    """Write the page as a file.

    Args:
        base: The bundle that is compared with.
        new: The other one.
        comparison: The comparison of both.
        parted: The pairs whose runs are shown; the first ones, if they are many.
        stream: Where it is written.
    """
    frame = escaping_template(_HERE, "comparison.html")
    page = frame.render(
        policy=WITHOUT_SCRIPTS, style=page_style() + Markup("\n") + comparison_style(), verdict=comparison.verdict.word
    )
    before, _, after = page.partition(_BODY)
    stream.write(before)
    stream.writelines(page_body(comparison, parted, PairForm(base, new, NoLinks()), "compare --pair shows any"))
    stream.write(after)


def comparison_style() -> Markup:
    """Return the style of a comparison, for a page that has the style of stories already."""
    sheet = (_HERE / "comparison.css").read_text(encoding="utf-8")
    return Markup(sheet)  # noqa: S704 - a file of our own


def page_body(comparison: Comparison, parted: Sequence[Parted], form: PairForm, where: str) -> Iterator[str]:
    """Yield the markup of a comparison within its frame.

    Args:
        comparison: The comparison.
        parted: The pairs whose runs are shown; the first ones, if they are many.
        form: How they are shown.
        where: Where the pairs are that are not shown.
    """
    shown = parted[:MOST_PAIRS]
    more = f" The first {len(shown)} of {len(parted):,} are here; {where}." if parted[MOST_PAIRS:] else ""
    hint = f"What both did at the first step that differs, and their stories.{more}" if shown else "No sample flipped."
    yield escaping_template(_HERE, "comparison_body.html").render(
        blocks=list(blocks_of(comparison)),
        base=side_words(comparison.base),
        new=side_words(comparison.new),
        hint=hint,
        address=form.links.named,
    )
    yield from form.markup(shown)


def _shortened(step: DivergingStep | None) -> DivergingStep | None:
    if step is None:
        return None
    texts = {name: getattr(step, name) for name in ("parameters", "result", "said")}
    return replace(step, **{name: text and text[:_SHOWN_TEXT] for name, text in texts.items()})


def _story(side: OpenSide, attempt: Attempt, name: str, form: _StoryForm) -> Markup:
    """Return the story of an attempt; nothing if it cannot be told, or is not wanted."""
    anchor = f"{name.lower()}-{attempt.shown_by}"
    if not form.characters:
        return Markup("")
    try:
        story = story_of(side.connection, attempt.unit)
        return Markup(story_markup(story, form.characters, anchor, is_open=form.is_open))  # noqa: S704 - it escapes
    except BundleError:
        return Markup("")
