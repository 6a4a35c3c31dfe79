"""Write a story as text for a terminal, as Markdown, or as JSON; each step as soon as it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import NamedTuple

from ...terminal_text import visible, visible_in_json, visible_lines
from .json_layout import is_structured, readable_parts
from .line_wrapping import columns_of, wrapped
from .step_wording import facts, step_line, step_notes, story_title
from .story_data import Step, StepKind, StoryHeader

_FENCES = re.compile("`{3,}")
_FACT_WIDTH = 12


class StoryForm(NamedTuple):
    """How a format writes the parts of a story; each part ends with a line end.

    Attributes:
        head: Writes the header.
        step: Writes one step.
        note: Writes a remark about what is left out.
        end: What follows the steps.
        separator: What stands between the steps.
    """

    head: Callable[[StoryHeader], str]
    step: Callable[[Step], str]
    note: Callable[[str], str]
    end: str = ""
    separator: str = ""


def story_form(format_name: str, width: int = 80) -> StoryForm:
    """Return the form of one of `STORY_FORMATS`; text has lines of up to `width` columns."""
    if format_name == "json":
        return StoryForm(_json_head, _json_step, _json_note, "\n  ]\n}\n", ",\n")
    if format_name == "markdown":
        return StoryForm(_markdown_head, _markdown_step, lambda text: f"*({text})*\n\n")
    return StoryForm(
        lambda header: _text_head(header, width),
        lambda step: _text_step(step, width),
        lambda text: "\n".join(wrapped(f"({text})", width, "")) + "\n\n",
    )


def written(form: StoryForm, header: StoryHeader, parts: Iterable[Step | str]) -> Iterator[str]:
    """Yield a story in pieces; a part that is a text is a remark about what is left out."""
    yield form.head(header)
    separator = ""
    for part in parts:
        yield separator
        yield form.note(part) if isinstance(part, str) else form.step(part)
        separator = form.separator
    yield form.end


def _text_head(header: StoryHeader, width: int) -> str:
    lines = [visible(story_title(header)), "=" * width]
    for name, value in facts(header):
        first, *others = wrapped(value, width - _FACT_WIDTH, "")
        lines.append(f"{name:{_FACT_WIDTH}}{first}")
        lines += [f"{'':{_FACT_WIDTH}}{line}" for line in others]
    return "\n".join([*lines, "", ""])


def _text_step(step: Step, width: int) -> str:
    margin = "| " * min(step.depth, 8)
    line = f"{margin}[{step.number}] {visible(step_line(step))}"
    notes = visible(step_notes(step))
    gap = width - columns_of(line) - columns_of(notes)
    lines = [f"{line}{' ' * max(gap, 2)}{notes}".rstrip() if gap >= 2 or not notes else line]
    indent = f"{margin}    "
    for name, body in _bodies(step):
        if name:
            lines += wrapped(f"{name}:", width, f"{margin}  ")
        lines += wrapped(body, width, indent)
    return "\n".join([*lines, margin.rstrip(), ""])


def _bodies(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the texts of a step, each with the name that it has if there are several."""
    is_call = step.kind is StepKind.CALL
    if is_call and step.parameters not in {None, "{}"}:
        yield from readable_parts("", step.parameters or "")
    if step.text:
        yield from readable_parts("result" if is_call else "", step.text)
    if not is_call and step.parameters:
        yield from readable_parts("details" if step.text else "", step.parameters)
    if step.error:
        yield ("error" if is_call else "traceback"), step.error


def _markdown_head(header: StoryHeader) -> str:
    lines = [f"- **{name}**: {_escaped(value)}" for name, value in facts(header)]
    return "\n".join([f"# {_escaped(story_title(header))}", "", *lines, "", ""])


def _markdown_step(step: Step) -> str:
    notes = step_notes(step)
    level = "#" * min(2 + step.depth, 6)
    lines = [f"{level} {step.number}. {_escaped(step_line(step))}", ""]
    if notes:
        lines += [f"*{_escaped(notes)}*", ""]
    for name, body in _bodies(step):
        if name:
            lines += [f"{_escaped(name)}:", ""]
        lines += [_fenced(visible_lines(body)), ""]
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    """Return a text for one line of Markdown in which nothing has a meaning of its own."""
    return re.sub(r"([\\`*_\[\]<>#|&])", r"\\\1", visible(text))


def _fenced(text: str) -> str:
    """Return a text as a block of code, with a fence longer than any in the text."""
    fence = "`" * max(3, 1 + max(map(len, _FENCES.findall(text)), default=0))
    kind = "json" if is_structured(text) else "text"
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{kind}\n{text}{end}{fence}"


def _json_head(header: StoryHeader) -> str:
    return f'{{\n  "header": {_json(asdict(header), "  ")},\n  "steps": [\n'


def _json_step(step: Step) -> str:
    fields = {name: value for name, value in asdict(step).items() if value is not None}
    return f"    {_json(fields, '    ')}"


def _json_note(text: str) -> str:
    return f"    {_json({'$left_out': text}, '    ')}"


def _json(value: Mapping[str, object], indent: str) -> str:
    return _visible_json(json.dumps(value, indent=2, ensure_ascii=False)).replace("\n", f"\n{indent}")


def _visible_json(text: str) -> str:
    """Return JSON over several lines with its control and invisible characters as escapes."""
    return "\n".join(map(visible_in_json, text.split("\n")))
