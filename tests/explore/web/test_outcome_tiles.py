"""The outcome in tiles."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.outcome import Outcome
from wink_debug_bundle.explore.outcome_report.outcome_tiles import tiles
from wink_debug_bundle.explore.web.front.bundle_outcome import BundleOutcome


@pytest.fixture(scope="module")
def outcome(release_bundle) -> Outcome:
    with DebugBundle.open(release_bundle("0.27.0")) as bundle:
        return bundle.outcome


def tile(outcome, title):
    return {tile.title: tile for tile in tiles(outcome)}[title]


@pytest.mark.parametrize(
    ("passed", "failed", "value", "tone"),
    [(10, 0, "100.0 %", "good"), (7, 3, "70.0 %", "warn"), (3, 7, "30.0 %", "bad")],
)
def test_pass_rate(outcome, passed, failed, value, tone):
    """The pass rate is of the samples that were scored or failed, and coloured by how many passed."""
    experiment = replace(outcome.experiments[0], samples=15, passed=passed, failed=failed, errors=0, unscored=5)
    found = tile(replace(outcome, experiments=(experiment,)), "Passed")
    assert (found.value, found.tone) == (value, tone)


def test_pass_rate_of_several_experiments(outcome):
    """A sum over experiments says that it is one, and how many samples of each passed, as the terminal does."""
    one = replace(outcome.experiments[0], samples=1005, passed=700, failed=300, errors=0, unscored=5)
    both = (
        replace(one, experiment="main"),
        replace(one, experiment=None, samples=1000, passed=500, failed=500, unscored=0),
    )
    found = tile(replace(outcome, experiments=both), "Passed in all")
    assert (found.value, found.more) == (
        "60.0 %",
        "1,200 of 2,000 samples: main 700 of 1,000, no experiment 500 of 1,000",
    )


def test_many_experiments(outcome):
    """Six experiments have their numbers in the tile, and the others are counted."""
    one = replace(outcome.experiments[0], samples=2, passed=1, failed=1, errors=0, unscored=0)
    found = tile(
        replace(outcome, experiments=tuple(replace(one, experiment=f"e{number}") for number in range(8))),
        "Passed in all",
    )
    assert found.more == "8 of 16 samples: " + ", ".join(f"e{number} 1 of 2" for number in range(6)) + " and 2 more"


def test_no_pass_rate_without_results(outcome):
    """A bundle without samples has no pass rate, which would say nothing."""
    unscored = replace(outcome, experiments=())
    assert not [tile for tile in tiles(unscored) if tile.title.startswith("Passed")]


@pytest.mark.parametrize(
    ("last", "value", "more"),
    [
        ("2026-01-02T10:00:42+00:00", "42.0 s", "2026-01-02 10:00:00 to 10:00:42 UTC"),
        ("2026-01-02T13:30:00+00:00", "3 h 30 min", "2026-01-02 10:00:00 to 13:30:00 UTC"),
        ("2026-01-05T12:00:00+00:00", "3 d 2 h", "2026-01-02 10:00:00 to 2026-01-05 12:00:00 UTC"),
    ],
)
def test_period(outcome, last, value, more):
    """The period is a duration that is easy to read, with both ends."""
    found = tile(replace(outcome, first_time="2026-01-02T10:00:00+00:00", last_time=last), "Period")
    assert (found.value, found.more) == (value, more)


def test_a_time_that_is_none(outcome):
    """A time that cannot be read leaves the period out."""
    odd = replace(outcome, first_time="yesterday", last_time="2026-01-02T10:00:00+00:00")
    assert "Period" not in {tile.title for tile in tiles(odd)}


def test_unknown_tokens_are_said(outcome):
    """Tokens that are not recorded are counted beside those that are."""
    assert tile(replace(outcome, unknown_token_runs=1), "Tokens").more.endswith("; unknown for 1 run")


def test_many_models(outcome):
    """Of many models the first ones are named."""
    found = tile(replace(outcome, models=("a", "b", "c", "d", "e")), "Models")
    assert (found.value, found.more) == ("a", "b, c and 2 more")


@pytest.mark.parametrize(("problems", "title", "tone"), [(0, "Import", "good"), (7, "Problems at import", "warn")])
def test_import(outcome, problems, title, tone):
    """Problems at import are said, and so is that there are none."""
    assert tile(replace(outcome, problem_count=problems), title).tone == tone


class SlowDatabase:
    """Answers as the bundle does, after some time."""

    def __init__(self, bundle, seconds):
        self._bundle, self._seconds = bundle, seconds
        self.asked = 0

    async def query(self, sql):
        self.asked += 1
        await asyncio.sleep(self._seconds)
        return self._bundle.query(sql).fetchall()


def test_reading_goes_on_after_the_page_is_shown(release_bundle):
    """Who asks before the outcome is known gets nothing; who asks later gets it, and no statement runs twice."""

    async def ask():
        with DebugBundle.open(release_bundle("0.27.0")) as bundle:
            database = SlowDatabase(bundle, 0.01)
            reading = BundleOutcome(database)
            first, later = await reading.within(0.005), await reading.within(30)
            asked = database.asked
            again = await reading.within(30)
            assert database.asked == asked
            return first, later == bundle.outcome, again is later

    assert asyncio.run(ask()) == (None, True, True)
