"""Say of a merged bundle that it is redacted, if all bundles are, and what was replaced in those that are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import apsw

from .inputs import Input

_PROFILES = ("share", "strict")
"""The profiles, the one that leaves more first."""


def merged_mark(inputs: Sequence[Input]) -> str | None:
    """Return the mark of the merged bundle: of its bundles the profile that leaves most, and the latest time."""
    texts = [each.meta.redaction for each in inputs]
    if not texts or any(text is None for text in texts):
        return None
    marks = [dict(json.loads(text or "{}")) for text in texts]
    profiles = {mark.get("profile") for mark in marks}
    profile = next((each for each in _PROFILES if each in profiles), _PROFILES[0])
    latest = max(marks, key=lambda mark: str(mark.get("time", "")))
    count = sum(count for *_, count in _counts(inputs))
    return json.dumps(
        {"profile": profile, "version": latest.get("version"), "time": latest.get("time"), "count": count}
    )


def write_redactions(connection: apsw.Connection, inputs: Sequence[Input]) -> None:
    """Write what was replaced in the bundles, also if some of them are not redacted."""
    connection.executemany("INSERT INTO redactions VALUES (?, ?, ?, ?)", _counts(inputs))


def redacted_count(inputs: Sequence[Input]) -> int:
    """Return how many of the bundles are redacted, in whole or in part."""
    return sum(each.meta.redaction is not None or bool(each.meta.redactions) for each in inputs)


def _counts(inputs: Sequence[Input]) -> list[tuple[str, str, str, int]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for each in inputs:
        for rule, table, column, count in each.meta.redactions:
            counts[rule, table, column] += count
    return [(*reason, count) for reason, count in sorted(counts.items())]
