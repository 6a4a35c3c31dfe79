"""Read from a bundle what belongs to the attempts that are compared, and nothing of others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

from ...errors import BundleError
from ..sample_pairs.attempts import Attempt
from ..sample_pairs.open_side import OpenSide

MOST_GROUPS = 100_000
"""Signatures, facts and versions that are read at most: a stranger's bundle may hold any number."""

MOST_ROWS = 20_000_000
"""Rows that are read of one statement at most, for the same reason."""


@dataclass(frozen=True, slots=True)
class Units:
    """Attempts of one side in its open bundle.

    Attributes:
        side: The bundle.
        runs: JSON array of their runs.
        sessions: JSON array of the sessions of those without a run.
        count: Number of both.
    """

    side: OpenSide
    runs: str
    sessions: str
    count: int

    @classmethod
    def of(cls, side: OpenSide, attempts: Iterable[Attempt]) -> Self:
        """Return the units of some attempts."""
        listed = list(attempts)
        runs = [each.run_id for each in listed if each.run_id is not None]
        sessions = sorted({each.session_id for each in listed if each.run_id is None and each.session_id is not None})
        return cls(side, json.dumps(runs), json.dumps(sessions), len(runs) + len(sessions))

    def rows(self, name: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of `sql/{name}.sql` for these attempts.

        Raises:
            BundleError: there are too many, or the bundle is damaged.
        """
        sql = files(__package__).joinpath("sql", f"{name}.sql").read_text("utf-8")
        parameters = {"runs": self.runs, "sessions": self.sessions, "most": MOST_GROUPS}
        for number, row in enumerate(self.side.rows(sql, parameters)):
            if number == MOST_ROWS:
                raise BundleError(f"{self.side.path}: has more rows for {name} than can be compared")
            yield row
