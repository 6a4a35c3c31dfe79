"""Read from a bundle what belongs to the samples that are compared, and nothing of others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ...errors import BundleError
from ..sample_pairs.open_side import OpenSide
from ..sample_pairs.pairing import Sample

MOST_GROUPS = 100_000
"""Signatures, facts and versions that are read at most: a stranger's bundle may hold any number."""

MOST_ROWS = 20_000_000
"""Rows that are read of one statement at most, for the same reason."""


@dataclass(frozen=True, slots=True)
class Units:
    """The samples of one side, and their attempts in its open bundle.

    Attributes:
        side: The bundle.
        samples: The samples.
    """

    side: OpenSide
    samples: Sequence[Sample]

    @property
    def count(self) -> int:
        """Return the number of samples, whatever the number of their attempts."""
        return len(self.samples)

    @property
    def runs(self) -> str:
        """Return the JSON array of the runs of their attempts."""
        attempts = (attempt for sample in self.samples for attempt in sample.attempts)
        return json.dumps([attempt.run_id for attempt in attempts if attempt.run_id is not None])

    @property
    def sessions(self) -> str:
        """Return the JSON array of the sessions of attempts without a run."""
        attempts = (attempt for sample in self.samples for attempt in sample.attempts)
        return json.dumps(sorted({each.session_id for each in attempts if each.run_id is None and each.session_id}))

    @property
    def sample_parameters(self) -> Mapping[str, str]:
        """Return both arrays with the sample of each attempt, and the part of the sample that it is."""
        runs: list[tuple[int, int, float]] = []
        sessions: list[tuple[str, int, float, str | None, bool]] = []
        seen: set[str] = set()
        for number, sample in enumerate(self.samples):
            weight = 1 / len(sample.attempts)
            for attempt in sample.attempts:
                session = attempt.session_id
                if attempt.run_id is not None:
                    runs.append((attempt.run_id, number, weight))
                elif session is not None:
                    sessions.append((session, number, weight, attempt.failure_signature, session not in seen))
                    seen.add(session)
        return {"runs": json.dumps(runs), "sessions": json.dumps(sessions)}

    def rows(self, name: str, parameters: Mapping[str, str] | None = None) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of `sql/{name}.sql` for these samples; by default, its parameters are the runs and sessions.

        Raises:
            BundleError: there are too many, or the bundle is damaged.
        """
        sql = files(__package__).joinpath("sql", f"{name}.sql").read_text("utf-8")
        whose = parameters or {"runs": self.runs, "sessions": self.sessions}
        for number, row in enumerate(self.side.rows(sql, {**whose, "most": MOST_GROUPS})):
            if number == MOST_ROWS:
                raise BundleError(f"{self.side.path}: has more rows for {name} than can be compared")
            yield row
