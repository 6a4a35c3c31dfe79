"""Turn what `redact` did into lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ....redaction.redaction_options import RedactionSummary
from ....terminal_text import visible
from ..wording import command_line, counted, size

_MOST_RULES = 12
_WIDTH = 80


def redaction_lines(bundle: Path, summary: RedactionSummary) -> Iterator[str]:
    """Yield what was replaced by which rules and where; never a value."""
    verb = "Would replace" if summary.path is None else "Replaced"
    yield f"Searched: {size(summary.scanned_bytes)} of text and files in {visible(str(bundle))}"
    yield f"{verb}: {counted(summary.count, 'place')}, {counted(summary.value_count, 'different value')}"
    yield from _rules(summary)
    if summary.path is None:
        return
    yield "Proof: nothing that was looked for is left in its cells, its blobs and the bytes of its file"
    yield "What no rule knows is still there; see docs/redaction.md for what is looked for"
    yield f"Digest: {summary.digest}"
    yield f"Bundle: {visible(str(summary.path))} ({size(summary.size_bytes)}), redacted in {summary.seconds:.1f} s"
    yield f"Next: {command_line('query', summary.path)} 'SELECT * FROM redactions'"


def _rules(summary: RedactionSummary) -> Iterator[str]:
    """Yield a line for each of the rules that replaced most, with the columns where they did."""
    rules: Counter[str] = Counter()
    for each in summary.replaced:
        rules[each.rule] += each.count
    for rule, count in rules.most_common(_MOST_RULES):
        places = [f"{each.table}.{each.column}" for each in summary.replaced if each.rule == rule]
        yield _fitting(f"  {rule}: {count:,} in ", places)
    if len(rules) > _MOST_RULES:
        yield f"  and {len(rules) - _MOST_RULES} more rules; the table redactions has all of them"


def _fitting(beginning: str, places: Sequence[str]) -> str:
    """Return a line with as many of the places as fit, one at least, and the number of the others."""
    for shown in range(len(places), 0, -1):
        more = f" and {len(places) - shown} more" if shown < len(places) else ""
        line = f"{beginning}{', '.join(places[:shown])}{more}"
        if len(line) <= _WIDTH:
            break
    return line
