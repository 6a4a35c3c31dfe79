"""Make the addresses of pages that a comparison leads to: the page of each run, and both runs side by side."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ..divergence.divergence_data import DivergingStep
from ..sample_pairs.attempts import Attempt
from ..sample_pairs.pairing import Pair

COMPARISON = "/-/compare"
"""Path of the page about a comparison."""

RUNS, SAMPLES = f"{COMPARISON}/runs", f"{COMPARISON}/samples"
"""Paths of the page with two runs side by side, and of the list of all samples."""


@dataclass(frozen=True, slots=True)
class ServedLinks:
    """The addresses on a server, by the paths of both bundles on it."""

    base_home: str
    new_home: str

    def run(self, name: str, attempt: Attempt, step: DivergingStep | None) -> str | None:
        """Return the address of a run's page, at a call of it if it made one at that step."""
        home = self.base_home if name == "Base" else self.new_home
        address = run_address(home, attempt.shown_by)
        if address is None or step is None or step.call_id is None:
            return address
        return f"{address}?at=call-{step.call_id}#call-{step.call_id}"

    def stories(self, pair: Pair) -> str | None:
        """Return the address of the page with both runs; None if one has no name."""
        return runs_address(pair.base.telling.shown_by, pair.new.telling.shown_by)

    def named(self, column: str, words: str) -> str | None:
        """Return the address of the page of a run that is named like `run 12` in the column of a side."""
        home = {"base": self.base_home, "new": self.new_home}.get(column)
        kind, _, number = words.partition(" ")
        return run_address(home, number) if home is not None and kind == "run" and number.isdecimal() else None


def run_address(home: str, name: str | None) -> str | None:
    """Return the address of the page of a run, or of a session outside of runs; None without a name."""
    return f"{home}/run/{quote(name, safe='').replace('~', '%7E')}" if name else None


def runs_address(base: str | None, new: str | None) -> str | None:
    """Return the address of the page with two runs side by side; None if one is missing."""
    return f"{RUNS}?{urlencode({'base_run': base, 'new_run': new})}" if base and new else None
