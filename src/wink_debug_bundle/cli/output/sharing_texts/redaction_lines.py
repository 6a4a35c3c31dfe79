"""Turn what `redact` did into lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ....redaction.redaction_options import RedactionSummary
from ....terminal_text import visible
from ..wording import command_line, counted, size

_MOST_RULES = 12
_MOST_PLACES = 3


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
        more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        yield f"  {rule}: {count:,} in {', '.join(places[:_MOST_PLACES])}{more}"
    if len(rules) > _MOST_RULES:
        yield f"  and {len(rules) - _MOST_RULES} more rules; the table redactions has all of them"
