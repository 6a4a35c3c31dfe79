"""Make a page's view of a step: its texts laid out, what is folded, and what it links to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...story.json_layout import is_structured, readable_parts
from ...story.step_wording import clock, duration_text, step_mark
from ...story.story_data import Step, StepKind

_LONG_CHARACTERS, _LONG_LINES = 1500, 24
"""Texts that are longer are folded."""

_PREVIEW = 160
_AROUND = 20
"""Log records before and after the step's own that a link shows."""

_CUT, _LONGEST_MARK = re.compile(r"… \(cut here: the text has [\d,]+ bytes\)"), 80
"""How a text ends that is longer than a page may have."""

_GOOD = {"succeeded", "expanded"}
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Block:
    """A text of a step.

    Attributes:
        label: What it is, where a step has several.
        text: The whole text.
        is_code: Whether it is JSON or a traceback, not words.
        preview: Its beginning if it is folded; None if it is not.
        size: How long it is, in words.
        whole: If the text is cut, the row in logs and the column that have all of it.
    """

    label: str
    text: str
    is_code: bool
    preview: str | None
    size: str
    whole: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link to rows of a table: the table, the key of one row or else a filter, and the words to click."""

    label: str
    table: str
    key: int | None = None
    filters: str = ""


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as its page shows it.

    Attributes:
        step: The step.
        mark: What it is, where its title does not say so.
        time: The time of the day.
        duration: How long a call took.
        agent: The sub-agent it is from; empty for the main one.
        session: Its session, where that is another one than that of the step before.
        depth: How deep it is shown.
        is_good: Whether a call ended well.
        blocks: Its texts.
        links: What it links to.
    """

    step: Step
    mark: str
    time: str
    duration: str
    agent: str
    session: str
    depth: int
    is_good: bool
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]


def step_views(steps: Sequence[Step], root: str | None) -> list[StepView]:
    """Return the views of a page's steps; `root` is the session that needs no name at the beginning."""
    before = [root, *(step.session_id for step in steps)]
    return [_view(step, step.session_id != last) for step, last in zip(steps, before, strict=False)]


def _view(step: Step, is_other_session: bool) -> StepView:  # noqa: FBT001
    return StepView(
        step,
        "" if step.title == step_mark(step).lower() else step_mark(step).lower(),
        clock(step.timestamp),
        "" if step.duration_ms is None else duration_text(step.duration_ms),
        step.source if step.source not in {None, "main"} and step.source else "",
        (step.session_id or "") if is_other_session else "",
        min(step.depth, _DEEPEST),
        step.outcome in _GOOD,
        tuple(_with_wholes(step)),
        tuple(_links(step)),
    )


def _with_wholes(step: Step) -> Iterator[Block]:
    """Yield the texts of a step; one that the page's limits have cut leads to the whole."""
    records = [handle.split(".") for handle in step.handles if handle.startswith("logs.")]
    for block in _blocks(step):
        is_cut = records and _CUT.search(block.text[-_LONGEST_MARK:])
        yield replace(block, whole=(int(records[0][1]), records[0][2])) if is_cut else block


def _blocks(step: Step) -> Iterator[Block]:
    is_call = step.kind is StepKind.CALL
    if is_call and step.parameters not in {None, "{}"}:
        yield from _parts("parameters", step.parameters or "", is_code=True)
    if step.text:
        yield from _parts("result" if is_call else "", step.text, is_code=is_call)
    if not is_call and step.parameters:
        yield from _parts("details" if step.text else "", step.parameters, is_code=True)
    if step.error:
        yield _block("error" if is_call else "traceback", step.error, is_code=True)


def _parts(label: str, text: str, *, is_code: bool) -> Iterator[Block]:
    return (_block(name, part, is_code=is_code or is_structured(part)) for name, part in readable_parts(label, text))


def _block(label: str, text: str, *, is_code: bool) -> Block:
    lines = text.count("\n") + 1
    is_long = len(text) > _LONG_CHARACTERS or lines > _LONG_LINES
    preview = " ".join(text[: 2 * _PREVIEW].split())[:_PREVIEW] if is_long else None
    size = f"{len(text):,} characters" + (f", {lines:,} lines" if lines > 1 else "")
    return Block(label, text, is_code, preview, size)


def _links(step: Step) -> Iterator[Link]:
    kind, _, number = step.anchor.rpartition("-")
    row = int(number)
    if kind == "call":
        yield Link("call", "tool_calls", filters=f"id={row}")
    elif kind in {"entry", "failure"}:
        yield Link(kind, {"entry": "transcript_entries", "failure": "failures"}[kind], filters=f"id={row}")
    elif kind == "prompt":
        yield Link("event", "prompt_events", filters=f"rowid={row}")
    elif kind == "log":
        yield Link("record", "logs", row)
    if (log := _log_of(step)) is not None:
        yield Link("log around", "logs", filters=f"id__gte={max(log - _AROUND, 1)}&id__lte={log + _AROUND}")


def _log_of(step: Step) -> int | None:
    """Return the first log record of a step."""
    records = (handle.split(".") for handle in step.handles if handle.startswith("logs."))
    return min((int(record[1]) for record in records), default=None)
