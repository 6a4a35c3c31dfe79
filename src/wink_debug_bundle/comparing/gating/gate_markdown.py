"""Write what a gate found as Markdown that shows texts of a bundle as they are, whatever they contain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...terminal_text import visible
from .gate_data import Judgement, NewFailure
from .gate_text import short_name, short_reason

_MOST_FAILURES = 50

_MEANING = re.compile(r"[\\`*_\[\]<>|&~#!@]")
"""Characters that mean something in Markdown or HTML; all are written as HTML entities, so that none is a link,
an image, an element or a mention."""


def markdown_of_gate(result: Judgement) -> str:
    """Return a heading with the outcome, a table of the checks, and a list of new failures."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Judgement) -> Iterator[str]:
    yield f"## Gate: {result.outcome}"
    yield ""
    yield "| Check | State | Why |"
    yield "| --- | --- | --- |"
    for check in result.checks:
        yield f"| {check.name} | {check.state} | {'<br>'.join(map(markdown_text, check.reasons))} |"
    if result.baseline is not None and result.baseline.new_failures:
        yield from _failure_lines(result.baseline.new_failures)


def _failure_lines(failures: Sequence[NewFailure]) -> Iterator[str]:
    yield ""
    yield f"### New failures ({len(failures):,})"
    yield ""
    for failure in failures[:_MOST_FAILURES]:
        where = "" if failure.shown_by is None else f" (show {markdown_text(failure.shown_by)})"
        yield f"- **{markdown_text(short_name(failure))}**{where}: {markdown_text(short_reason(failure))}"
    if len(failures) > _MOST_FAILURES:
        yield f"- and {len(failures) - _MOST_FAILURES:,} more"


def markdown_text(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line; addresses do not become links."""
    shown = _MEANING.sub(lambda found: f"&#{ord(found[0])};", visible(text))
    return shown.replace("://", "&#58;//").replace("www.", "www&#46;")
