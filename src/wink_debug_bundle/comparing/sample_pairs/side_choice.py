"""Choose which experiment of a bundle is compared: several are never added up unless somebody asks for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...errors import BundleError
from ...explore.suggestions import did_you_mean
from .open_side import OpenSide
from .sample_groups import HAS_EVALUATION, SampleGroup, groups_sql, sample_groups

_LISTED = 10


class ChoiceError(BundleError):
    """It is not clear which samples to compare; the message says how to choose."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which samples of a bundle somebody wants to compare.

    Attributes:
        side: "base" or "new", for messages.
        evaluation: Label, or name, of an evaluation in the bundle; None if none is named.
        experiment: Name of the experiment; None if none is named.
        every_experiment: Whether all experiments are compared together.
    """

    side: str
    evaluation: str | None = None
    experiment: str | None = None
    every_experiment: bool = False


BASE, NEW = Wish("base"), Wish("new")


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen samples of a bundle.

    Attributes:
        evaluation: The evaluation; None for samples that belong to none, or if the bundle has only one.
        experiment: The experiment; None for samples that name none, or if every experiment is chosen.
        experiments: The names of the chosen experiments; None for samples that name none.
        has_evaluations: Whether the bundle tells evaluations apart.
        every_experiment: Whether all experiments are chosen.
    """

    evaluation: str | None
    experiment: str | None
    experiments: tuple[str | None, ...]
    has_evaluations: bool
    every_experiment: bool = False

    @property
    def condition(self) -> str:
        """Return the condition in SQL on the view `sample_results` for the chosen samples."""
        experiment = "1" if self.every_experiment else "experiment IS :experiment"
        return f"{experiment} AND evaluation IS :evaluation" if self.has_evaluations else experiment

    @property
    def parameters(self) -> Mapping[str, str | None]:
        """Return the parameters of that condition."""
        return {"experiment": self.experiment, "evaluation": self.evaluation}


def choose_samples(side: OpenSide, wish: Wish) -> Choice:
    """Return which samples of a bundle a wish means.

    Raises:
        ChoiceError: the bundle has no such evaluation or experiment, or several, and the wish does not say which; or it
            names one experiment and means all.
    """
    if wish.experiment is not None and wish.every_experiment:
        raise ChoiceError(f"either the experiment {wish.experiment!r} is compared, or all of them are: not both")
    has_evaluations, found = read_groups(side)
    evaluation = _one(side, found, wish, "evaluation")
    of_evaluation = [group for group in found if group.evaluation == evaluation]
    if wish.experiment is None and (wish.every_experiment or not found):
        return Choice(evaluation, None, _names(of_evaluation, "experiment"), has_evaluations, every_experiment=True)
    experiment = _one(side, of_evaluation, wish, "experiment")
    return Choice(evaluation, experiment, (experiment,), has_evaluations)


def read_groups(side: OpenSide) -> tuple[bool, list[SampleGroup]]:
    """Return whether the bundle tells evaluations apart, and the groups of its samples.

    Raises:
        BundleError: the bundle is damaged.
    """
    has_evaluations = any(side.rows(HAS_EVALUATION))
    return has_evaluations, sample_groups(side.rows(groups_sql(has_evaluations=has_evaluations)))


def check_paths(side: OpenSide, paths: Sequence[str]) -> None:
    """Check that SQLite understands some JSON paths.

    Raises:
        ChoiceError: it does not understand one.
    """
    for path in paths:
        try:
            side.connection.execute("SELECT json_extract('{}', ?)", (path,)).fetchone()
        except (sqlite3.Error, UnicodeError):
            raise ChoiceError(f"{path!r} is not a JSON path in the request; write one like $.question.id") from None


def _one(side: OpenSide, found: Sequence[SampleGroup], wish: Wish, kind: str) -> str | None:
    """Return the evaluation or experiment that is wished for, or the only one.

    Raises:
        ChoiceError: there is no such one, or there are several and none is named.
    """
    names = _names(found, kind)
    wanted: str | None = getattr(wish, kind)
    if wanted is None and len(names) > 1:
        raise ChoiceError(f"{side.path}: {_several(found, names, wish.side, kind)}")
    if wanted is not None and wanted not in names:
        known = [name for name in names if name is not None]
        hint = did_you_mean(wanted, known) if known else f"; its samples name no {kind}"
        raise ChoiceError(f"{side.path}: the bundle has no {kind} {wanted!r}{hint}")
    return wanted if wanted is not None or not names else names[0]


def _names(found: Sequence[SampleGroup], kind: str) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(getattr(group, kind) for group in found))


def _several(found: Sequence[SampleGroup], names: Sequence[str | None], side: str, kind: str) -> str:
    shown = ", ".join(_shown(found, name, kind) for name in names[:_LISTED])
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    how = f"Choose one with --{side}-{kind} NAME ({side}_{kind}=)"
    if kind == "experiment":
        how += (
            ", or on both sides with --experiment NAME (experiment=); or compare all of them, pair by pair, with "
            "--all-experiments (all_experiments=True)"
        )
    return f"the bundle has {len(names)} {kind}s, which are not added up unasked: {shown}{more}. {how}"


def _shown(found: Sequence[SampleGroup], name: str | None, kind: str) -> str:
    groups = [group for group in found if getattr(group, kind) == name]
    counts = f"{sum(group.passed for group in groups):,} of {sum(group.samples for group in groups):,} passed"
    return f"{'(no name)' if name is None else name} ({counts})"
