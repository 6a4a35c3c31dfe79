"""Write a story in a limited number of characters: long texts are cut in the middle, all to the same length.

The header, the last steps and the failure at the end stay. If the steps do not fit even with texts of `SHORTEST_TEXT`
characters, steps between the first ones and the last ones are left out. A remark says what was cut and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .story_data import Step, Story, StoryHeader
from .story_formats import StoryForm, written

SHORTEST_TEXT = 80
_STEP_LEAST = 30
"""Characters that every step takes, whatever it says."""

_FIRST_SHARE = 4
"""One of so many steps that are kept is from the beginning of the story."""

_CUT_FIELDS = ("text", "parameters", "error")
_TEXTS_OF_HEADER = {"reason": 400}


def fit_story(story: Story, form: StoryForm, budget: int) -> str:
    """Return the story as text of at most `budget` characters, remarks included.

    Args:
        story: The story.
        form: How it is written.
        budget: Characters, at least `SMALLEST_STORY_BUDGET`.
    """
    return _Fitter(story, form, budget).best()


class _Fitter:
    """Lays a story out so that it fits, and as little as possible is cut and left out."""

    def __init__(self, story: Story, form: StoryForm, budget: int) -> None:
        self._form = form
        self._budget = budget
        self._total = len(story.steps)
        count = min(self._total, budget // _STEP_LEAST)
        first = _first_of(count) if count < self._total else 0
        self._first = [_kept(step, budget) for step in story.steps[:first]]
        self._last = [_kept(step, budget) for step in story.steps[self._total - count + first :]]
        self._header = story.header

    def best(self) -> str:
        """Return the text with the most steps, and of those with the longest texts."""
        count = len(self._first) + len(self._last)
        if count == self._total:
            if fits := self._try(count, self._budget):
                return fits
            if self._try(count, SHORTEST_TEXT):
                return self._longest_texts(count)
        return self._longest_texts(self._most_steps(count))

    def _longest_texts(self, count: int) -> str:
        """Return the text that fits with so many steps and about the longest texts."""
        low, high = 0, self._budget
        best = self._try(count, 0)
        while high - low > 1 + low // 32:
            middle = (low + high) // 2
            if fits := self._try(count, middle):
                best, low = fits, middle
            else:
                high = middle
        return best or self._lay_out(0, 0)

    def _most_steps(self, count: int) -> int:
        """Return the largest number of steps that fit with the shortest texts."""
        low, high = 0, count + 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._try(middle, SHORTEST_TEXT):
                low = middle
            else:
                high = middle
        return low

    def _try(self, count: int, limit: int) -> str:
        """Return the text with so many steps and characters of each text; an empty one if it does not fit."""
        text = self._lay_out(count, limit)
        return text if len(text) <= self._budget else ""

    def _lay_out(self, count: int, limit: int) -> str:
        header = _header_within(self._header, max(limit, SHORTEST_TEXT))
        return "".join(written(self._form, header, self._parts(count, limit)))

    def _parts(self, count: int, limit: int) -> Iterator[Step | str]:
        """Yield the steps that are kept, and remarks."""
        first = min(len(self._first), _first_of(count))
        last = self._last[len(self._last) - (count - first) :] if count > first else []
        yield from (kept.shortened(limit) for kept in self._first[:first])
        if count < self._total:
            until = self._total - len(last)
            yield f"steps {first + 1} to {until} of {self._total} are left out: give a larger --budget, or none"
        yield from (kept.shortened(limit) for kept in last)
        if cut := sum(kept.is_longer(limit) for kept in (*self._first[:first], *last)):
            yield (
                f"{cut} step{'s are' if cut > 1 else ' is'} shortened; a mark says where, and how to get the whole: "
                "wink-debug-bundle cell BUNDLE HANDLE"
            )


def _first_of(count: int) -> int:
    """Return how many of the steps that are kept are from the beginning."""
    return max(count // _FIRST_SHARE, count > 1)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A step, of whose texts the middle may be gone already, and their lengths."""

    step: Step
    lengths: Mapping[str, int]

    def is_longer(self, limit: int) -> bool:
        """Return whether a text of the step is longer than so many characters."""
        return any(length > limit for length in self.lengths.values())

    def shortened(self, limit: int) -> Step:
        """Return the step with no more than about `limit` characters of each text, from its beginning and its end."""
        handles = " ".join(self.step.handles[:2])
        shorter: dict[str, Any] = {
            name: _without_middle(getattr(self.step, name), limit, length, handles)
            for name, length in self.lengths.items()
            if length > limit
        }
        return replace(self.step, **shorter)


def _kept(step: Step, most: int) -> _Kept:
    """Return the step with no more than `most` characters of the beginning and of the end of each text."""
    texts = {name: text for name in _CUT_FIELDS if (text := getattr(step, name))}
    ends: dict[str, Any] = {name: text[:most] + text[-most:] for name, text in texts.items() if len(text) > 2 * most}
    return _Kept(replace(step, **ends), {name: len(text) for name, text in texts.items()})


def _header_within(header: StoryHeader, limit: int) -> StoryHeader:
    """Return the header with no more than `limit` characters of each text, and some more of the reason."""
    texts = {field.name: getattr(header, field.name) for field in fields(header)}
    shorter: dict[str, Any] = {
        name: _without_middle(text, most, len(text))
        for name, text in texts.items()
        if isinstance(text, str) and len(text) > (most := max(limit, _TEXTS_OF_HEADER.get(name, 0)))
    }
    return replace(header, **shorter)


def _without_middle(text: str, limit: int, length: int, handles: str = "") -> str:
    """Return the beginning and the end of a text, and between them how much of its length is left out."""
    tail = limit // 3
    head = limit - tail
    mark = f"[... {length - limit:,} characters left out{f': {handles}' if handles else ''} ...]"
    return f"{text[:head]} {mark} {text[len(text) - tail :] if tail else ''}"
