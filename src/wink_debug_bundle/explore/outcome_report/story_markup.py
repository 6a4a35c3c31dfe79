"""Write the story of one run as markup, escaped, within a number of characters."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ...terminal_text import visible, visible_lines
from ..story.json_layout import laid_out
from ..story.step_wording import facts, step_line, step_notes, story_title
from ..story.story_budget import fit_story
from ..story.story_data import Step, Story, StoryHeader
from ..story.story_formats import StoryForm

_BAD = {"failed", "raised", "rejected", "denied"}


def story_markup(story: Story, characters: int, anchor: str, *, is_open: bool = False) -> str:
    """Return the story as one foldable element; what does not fit is shortened or left out, and a remark says so."""
    form = StoryForm(lambda header: _head(header, anchor, " open" if is_open else ""), _step, _note, "</details>\n")
    return fit_story(story, form, characters)


def _head(header: StoryHeader, anchor: str, state: str) -> str:
    reason = f": {header.reason}" if header.reason else ""
    name = f" ({header.sample_id})" if header.sample_id else ""
    rows = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in facts(header))
    title = _text(f"{story_title(header)}{name}{reason}"[:300])
    # The name is within the element, so that a link to it unfolds the element.
    return f'<details class="story"{state}><summary>{title}</summary>\n<dl class="facts" id="{escape(anchor)}">{rows}</dl>\n'


def _step(step: Step) -> str:
    kind = f"step {step.kind.value}{' bad' if step.outcome in _BAD else ''}"
    notes = step_notes(step)
    time = f' <span class="hint">{_text(notes)}</span>' if notes else ""
    bodies = "".join(
        f"{f'<p>{name}</p>' if name else ''}<pre>{escape(visible_lines(body))}</pre>" for name, body in _bodies(step)
    )
    return f'<div class="{kind}"><h4>{step.number}. {_text(step_line(step))}{time}</h4>{bodies}</div>\n'


def _bodies(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the texts of a step, with the name of each that is not plain."""
    if step.parameters not in {None, "{}"}:
        yield "", laid_out(step.parameters or "")
    if step.text:
        yield ("result" if step.outcome else ""), laid_out(step.text)
    if step.error:
        yield "error", step.error


def _note(text: str) -> str:
    """Return a remark about what is left out; advice about the command `show` does not belong here."""
    return f'<p class="hint">({_text(text.partition(":")[0])})</p>\n'


def _text(text: str) -> str:
    return escape(visible(text))
