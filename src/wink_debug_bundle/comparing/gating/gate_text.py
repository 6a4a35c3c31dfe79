"""Write what a gate found for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...explore.story.line_wrapping import wrapped
from ...terminal_text import visible
from .gate_data import Check, Judgement, NewFailure

_MOST_FAILURES = 10
_LONGEST_REASON = 200
_LONGEST_NAME = 100
_NAME_WIDTH = 14
_STATE_WIDTH = 12


def text_of_gate(result: Judgement, width: int) -> str:
    """Return the outcome, each check with its reasons, and the first new failures."""
    lines = [f"Gate: {result.outcome}", ""]
    for check in result.checks:
        lines += _check_lines(check, width)
    if result.baseline is not None and result.baseline.new_failures:
        lines += ["", *_failure_lines(result.baseline.new_failures, width)]
    return "\n".join(lines) + "\n"


def _check_lines(check: Check, width: int) -> Iterator[str]:
    indent = " " * (2 + _STATE_WIDTH + _NAME_WIDTH)
    lines = wrapped("\n".join(check.reasons), width, indent)
    yield f"  {check.state:{_STATE_WIDTH}}{check.name:{_NAME_WIDTH}}{lines[0].lstrip()}"
    yield from lines[1:]


def _failure_lines(failures: Sequence[NewFailure], width: int) -> Iterator[str]:
    yield f"New failures ({len(failures):,}):"
    for failure in failures[:_MOST_FAILURES]:
        yield from wrapped(described(failure), width, "  ")
    if len(failures) > _MOST_FAILURES:
        yield f"  and {len(failures) - _MOST_FAILURES:,} more"


def described(failure: NewFailure) -> str:
    """Return a new failure in one line: the sample, where to look, and the beginning of the reason."""
    where = "" if failure.shown_by is None else f" (show {failure.shown_by})"
    return f"{short_name(failure)}{where}: {short_reason(failure)}"


def short_name(failure: NewFailure) -> str:
    """Return the beginning of the sample's id on one line; an id of blanks in quotation marks."""
    name = visible(failure.sample)
    return _beginning(name, _LONGEST_NAME) if name.strip() else f"'{name[:_LONGEST_NAME]}'"


def short_reason(failure: NewFailure) -> str:
    """Return the beginning of the reason on one line."""
    return _beginning(" ".join((failure.reason or "the reason is not recorded").split()), _LONGEST_REASON)


def _beginning(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
