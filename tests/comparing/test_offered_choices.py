"""What can be compared in a bundle is offered by evaluation and experiment, and none is added to another unasked."""

from __future__ import annotations

from wink_debug_bundle.comparing.sample_pairs.offered_choices import MOST_OFFERS, offered_choices
from wink_debug_bundle.comparing.sample_pairs.sample_groups import SampleGroup


def titles(*groups):
    """Return what is offered of some groups."""
    return [offer.title for offer in offered_choices(groups, has_evaluations=True)]


def test_one_experiment():
    """A bundle with one experiment offers that."""
    assert titles(SampleGroup(None, "quiz", 4, 2)) == ["quiz"]
    assert titles(SampleGroup(None, None, 4, 2)) == ["(no experiment)"]


def test_all_experiments_of_an_evaluation():
    """Where an evaluation has several experiments, all of them together are offered first."""
    groups = SampleGroup(None, "quiz", 4, 2), SampleGroup(None, "maze", 6, 3)
    offers = offered_choices(groups, has_evaluations=True)
    assert [(offer.title, offer.attempts, offer.passed) for offer in offers] == [
        ("all 2 experiments", 10, 5),
        ("quiz", 4, 2),
        ("maze", 6, 3),
    ]
    assert [offer.choice.every_experiment for offer in offers] == [True, False, False]


def test_evaluations_are_never_added_up():
    """Each evaluation is offered by itself, by its name; samples of none have their own place."""
    groups = [SampleGroup(name, "quiz", 4, 2) for name in ("main", "branch", None)]
    assert titles(*groups) == ["main: quiz", "branch: quiz", "(no evaluation): quiz"]


def test_bundles_of_strangers():
    """Very many names, and very long ones, do not make a page without end."""
    offered = titles(*(SampleGroup(f"{number}{'x' * 5000}", "quiz", 1, 1) for number in range(10_000)))
    assert len(offered) == MOST_OFFERS
    assert max(map(len, offered)) < 250
