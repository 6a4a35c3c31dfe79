"""Choose which experiment of a bundle is compared: several are never added up unless somebody asks for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...errors import BundleError
from ...explore.costs.loose_values import text_or_none
from ...explore.suggestions import did_you_mean

_EXPERIMENTS = """
SELECT experiment, count(*), count(*) FILTER (WHERE result = 'passed')
FROM sample_results
GROUP BY experiment
ORDER BY experiment IS NULL, experiment
"""
_LISTED = 10


class ChoiceError(BundleError):
    """It is not clear which samples to compare; the message says how to choose."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which samples of a bundle somebody wants to compare.

    Attributes:
        experiment: Name of the experiment; None if none is named.
        every_experiment: Whether all experiments are compared together.
        side: "base" or "new", for messages.
    """

    experiment: str | None = None
    every_experiment: bool = False
    side: str = "base"


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen samples of a bundle.

    Attributes:
        experiment: The experiment; None for samples that name none, or if every experiment is chosen.
        every_experiment: Whether all experiments are chosen.
        experiments: The names of the chosen experiments; None for samples that name none.
    """

    experiment: str | None
    every_experiment: bool
    experiments: tuple[str | None, ...]

    @property
    def parameters(self) -> Mapping[str, str | int | None]:
        """Return the parameters of SQL that reads the chosen samples."""
        return {"experiment": self.experiment, "every_experiment": int(self.every_experiment)}


def choose_samples(connection: sqlite3.Connection, wish: Wish) -> Choice:
    """Return which samples of a bundle a wish means.

    Raises:
        ChoiceError: the bundle has no such experiment, or several, and the wish does not say which.
    """
    found = [(text_or_none(name), count, passed) for name, count, passed in connection.execute(_EXPERIMENTS)]
    names = tuple(name for name, *_ in found)
    if wish.experiment is not None:
        if wish.experiment not in names:
            raise ChoiceError(_unknown(wish.experiment, [name for name in names if name is not None]))
        return Choice(wish.experiment, every_experiment=False, experiments=(wish.experiment,))
    if wish.every_experiment or not names:
        return Choice(None, every_experiment=True, experiments=names)
    if len(names) > 1:
        raise ChoiceError(_several(found, wish.side))
    return Choice(names[0], every_experiment=False, experiments=names)


def _unknown(name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known) if known else "; its samples name no experiment"
    return f"the bundle has no experiment {name!r}{hint}"


def _several(found: Sequence[tuple[str | None, int, int]], side: str) -> str:
    listed = ", ".join(f"{name or '(no name)'} ({passed} of {count} passed)" for name, count, passed in found[:_LISTED])
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return (
        f"the bundle has {len(found)} experiments, which are not added up unasked: {listed}{more}. Choose one with "
        f"--experiment NAME (experiment=) or --{side}-experiment NAME ({side}_experiment=), or compare all of them pair "
        "by pair with --all-experiments (all_experiments=True)"
    )
