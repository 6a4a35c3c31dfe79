"""Offer what can be compared in a bundle: each experiment of each evaluation, and all experiments of one together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from .sample_groups import SampleGroup
from .side_choice import Choice

MOST_OFFERS = 1000
"""Choices that are offered: a stranger's bundle may have any number of experiments."""

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """Samples of a bundle that can be a side of a comparison.

    Attributes:
        choice: Which samples.
        title: What they are called.
        attempts: Number of attempts at them.
        passed: Number of these that passed.
    """

    choice: Choice
    title: str
    attempts: int
    passed: int


def offered_choices(groups: Sequence[SampleGroup], *, has_evaluations: bool) -> list[Offer]:
    """Return what can be compared, in the order of the groups; they are known by their positions."""
    evaluations: dict[str | None, list[SampleGroup]] = defaultdict(list)
    for group in groups:
        evaluations[group.evaluation].append(group)
    several = len(evaluations) > 1
    offers = (
        offer
        for evaluation, own in evaluations.items()
        for offer in _offers(evaluation, own, has_evaluations=has_evaluations, several=several)
    )
    return list(islice(offers, MOST_OFFERS))


def _offers(
    evaluation: str | None, groups: Sequence[SampleGroup], *, has_evaluations: bool, several: bool
) -> Iterator[Offer]:
    before = f"{_short(evaluation or '(no evaluation)')}: " if several else ""
    names = tuple(group.experiment for group in groups)
    if len(groups) > 1:
        choice = Choice(evaluation, None, names, has_evaluations, every_experiment=True)
        yield _offer(choice, f"{before}all {len(groups):,} experiments", groups)
    for group in groups:
        choice = Choice(evaluation, group.experiment, (group.experiment,), has_evaluations)
        yield _offer(choice, f"{before}{_short(group.experiment or '(no experiment)')}", [group])


def _offer(choice: Choice, title: str, groups: Sequence[SampleGroup]) -> Offer:
    return Offer(choice, title, sum(group.samples for group in groups), sum(group.passed for group in groups))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
