"""Remember which events a process has written, so that most repetitions are not written at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ...rows import Values

_MOST_IDS = 200_000
"""Ids of events that are remembered, 25 MB of memory; what is repeated after more is deleted at the end of the build."""


class KnownEvents:
    """The ids of the events that this process has written lately, by table.

    A snapshot repeats the events of the earlier snapshots of its session, which are often in the same file or zip.
    """

    def __init__(self) -> None:
        self._ids: dict[str, set[object]] = defaultdict(set)

    def new_rows(self, table: str, rows: Iterable[Values]) -> Sequence[Values]:
        """Return the rows whose event, named by the first column, is not known, and remember their events."""
        known = self._ids[table]
        if len(known) > _MOST_IDS:
            known.clear()
        new: dict[object, Values] = {}
        for row in rows:
            if row[0] not in known:
                new.setdefault(row[0], row)
        known.update(new)
        return list(new.values())
