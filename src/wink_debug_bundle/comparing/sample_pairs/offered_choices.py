"""Offer what can be compared in a bundle: each experiment of each evaluation, and all experiments of one together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .sample_groups import SampleGroup
from .side_choice import Choice

MOST_OFFERS = 1000
"""Choices that are offered: a stranger's bundle may have any number of experiments."""


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
    evaluations = dict.fromkeys(group.evaluation for group in groups)
    offers: list[Offer] = []
    for evaluation in evaluations:
        own = [group for group in groups if group.evaluation == evaluation]
        offers += _offers(evaluation, own, has_evaluations=has_evaluations, several=len(evaluations) > 1)
    return offers[:MOST_OFFERS]


def _offers(
    evaluation: str | None, groups: Sequence[SampleGroup], *, has_evaluations: bool, several: bool
) -> Iterator[Offer]:
    before = f"{evaluation or '(no evaluation)'}: " if several else ""
    names = tuple(group.experiment for group in groups)
    if len(groups) > 1:
        choice = Choice(evaluation, None, names, has_evaluations, every_experiment=True)
        yield _offer(choice, f"{before}all {len(groups):,} experiments", groups)
    for group in groups:
        choice = Choice(evaluation, group.experiment, (group.experiment,), has_evaluations)
        yield _offer(choice, f"{before}{group.experiment or '(no experiment)'}", [group])


def _offer(choice: Choice, title: str, groups: Sequence[SampleGroup]) -> Offer:
    return Offer(choice, title, sum(group.samples for group in groups), sum(group.passed for group in groups))
