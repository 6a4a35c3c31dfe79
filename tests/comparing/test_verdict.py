"""Numbers of two evaluations become a verdict in words, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random
from statistics import correlation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.comparing.evidence import Evidence, MeasureChange, SignatureChange, ToolChange
from wink_debug_bundle.comparing.inference.intervals import Estimate, Interval
from wink_debug_bundle.comparing.inference.mcnemar import mcnemar_p
from wink_debug_bundle.comparing.inference.paired_difference import paired_difference
from wink_debug_bundle.comparing.plain_numbers import number, p_text, percent, points
from wink_debug_bundle.comparing.verdict import Thresholds, VerdictWord, judge

TRIES = 400
PAIRS = 500


def evidence_of(base: Sequence[float], new: Sequence[float], **more: object) -> Evidence:
    """Return the evidence of how much of each sample's attempts passed before and now."""
    worse = sum(now < before for before, now in zip(base, new, strict=True))
    better = sum(now > before for before, now in zip(base, new, strict=True))
    return Evidence(
        len(base),
        0,
        len(base),
        len(new),
        sum(base) / len(base),
        sum(new) / len(new),
        worse,
        better,
        mcnemar_p(worse, better),
        paired_difference(base, new),
        **more,  # type: ignore[arg-type]
    )


def flipped(lost: int, gained: int, pairs: int = 100, **more: object) -> Evidence:
    """Return the evidence of pairs of which some were lost and some gained; half of the others pass."""
    same = pairs - lost - gained
    base = [1.0] * lost + [0.0] * gained + [1.0] * (same // 2) + [0.0] * (same - same // 2)
    new = [0.0] * lost + [1.0] * gained + [1.0] * (same // 2) + [0.0] * (same - same // 2)
    return evidence_of(base, new, **more)


class TestPassRate:
    """The pass rate decides."""

    @pytest.mark.parametrize(
        ("lost", "gained", "expected"),
        [
            (0, 0, VerdictWord.NO_EVIDENCE),
            (1, 0, VerdictWord.NO_EVIDENCE),
            (5, 0, VerdictWord.NO_EVIDENCE),
            (6, 0, VerdictWord.REGRESSION),
            (12, 4, VerdictWord.NO_EVIDENCE),
            (14, 3, VerdictWord.REGRESSION),
            (3, 14, VerdictWord.IMPROVEMENT),
            (10, 10, VerdictWord.NO_EVIDENCE),
        ],
    )
    def test_flips(self, lost, gained, expected):
        """A regression needs more flips in one direction than chance gives; five are never enough."""
        assert judge(flipped(lost, gained)).word == expected

    def test_rounding_is_no_change(self):
        """Means of shares that differ by their rounding alone are the same pass rate."""
        evidence = replace(flipped(0, 0), base_rate=0.1 + 0.2, new_rate=0.3)
        assert judge(evidence).reasons[0] == (
            "The pass rate of 100 paired samples stayed at 30.0 %: 0 became worse and 0 better."
        )

    def test_one_sample_has_no_result(self):
        """The sentence agrees with one sample."""
        evidence = replace(flipped(0, 0, pairs=10), unpaired_count=1)
        assert "1 of 11 samples (9.1 %) is missing, or without a result, in one of" in judge(evidence).reasons[1]

    def test_reason(self):
        """The first reason says what changed, and how often chance does that."""
        assert judge(flipped(14, 3)).reasons == (
            (
                "The pass rate of 100 paired samples fell by 11.0 points, from 55.0 % to 44.0 %: 14 became worse and 3 "
                "better; chance seldom gives such a difference (p = 0.0127)."
            ),
        )

    def test_no_evidence_names_what_would_be_shown(self):
        """Without evidence, the reasons say how large a difference would have been seen."""
        assert judge(flipped(3, 3)).reasons == (
            "The pass rate of 100 paired samples stayed at 50.0 %: 3 became worse and 3 better.",
            "So many pairs show a true difference of 7.0 points in 80 of 100 cases, smaller ones less often.",
        )

    def test_no_flips(self):
        """Pairs of which none changed do not claim to show the smallest difference."""
        assert judge(flipped(0, 0)).reasons[1].startswith("No sample changed")

    def test_very_many_pairs(self):
        """A significant change of less than a point is no regression, unless the thresholds say so."""
        evidence = flipped(60, 20, 10_000)
        assert judge(evidence).word == VerdictWord.NO_EVIDENCE
        assert judge(evidence, Thresholds(smallest_change=0.001)).word == VerdictWord.REGRESSION

    @given(st.integers(0, 40), st.integers(0, 40))
    def test_both_directions_alike(self, lost, gained):
        """What is a regression one way is an improvement the other way."""
        mirrored = {VerdictWord.REGRESSION: VerdictWord.IMPROVEMENT, VerdictWord.IMPROVEMENT: VerdictWord.REGRESSION}
        there, back = judge(flipped(lost, gained)).word, judge(flipped(gained, lost)).word
        assert mirrored.get(there, there) == back

    def test_repeats(self):
        """Where samples have several attempts, the size of changes counts, and not their direction alone."""
        random = Random(1)
        base = [random.choice([0.6, 0.8, 1.0]) for _ in range(60)]
        new = [
            value - 0.6 if row % 6 == 0 else min(1.0, value + 0.2 * (row % 7 == 0)) for row, value in enumerate(base)
        ]
        evidence = evidence_of(base, new, has_repeats=True)
        assert judge(evidence).word == VerdictWord.REGRESSION
        assert judge(replace(evidence, has_repeats=False)).word == VerdictWord.NO_EVIDENCE

    def test_repeats_that_all_fail(self):
        """Where every sample lost alike, there is no standard error, and the directions decide."""
        assert judge(evidence_of([1.0] * 40, [0.5] * 40, has_repeats=True)).word == VerdictWord.REGRESSION


class TestObstacles:
    """Some evaluations cannot be compared."""

    def test_no_pairs(self):
        """Without pairs there is nothing to compare."""
        verdict = judge(Evidence(0, 40, 20, 20, 0, 0, 0, 0, 1, None))
        assert verdict.word == VerdictWord.NOT_COMPARABLE
        assert verdict.reasons == (
            "0 samples have a result in both evaluations; at least 20 are needed.",
            "40 of 40 samples (100.0 %) are missing, or without a result, in one of the evaluations; at most 5.0 % may be.",
        )

    def test_no_samples(self):
        """A side without samples is named first."""
        verdict = judge(Evidence(0, 40, 40, 0, 0, 0, 0, 0, 1, None))
        assert verdict.word == VerdictWord.NOT_COMPARABLE
        assert verdict.reasons[0] == "The new bundle has no samples of an evaluation."

    def test_failures_of_repeats(self):
        """With repeats, failures count by the share of a sample's attempts, and the sentence says shares."""
        evidence = replace(flipped(1, 1), has_repeats=True)
        rare = SignatureChange("run", "busy", 0, 100 / 5 * 0.2)
        frequent = SignatureChange("run", "busy", 0, 20.0)
        assert judge(replace(evidence, signatures=(rare,))).word == VerdictWord.NO_EVIDENCE
        verdict = judge(replace(evidence, signatures=(frequent,)))
        assert verdict.word == VerdictWord.SOFT_REGRESSION
        assert "in 20.0 % of the attempts now, 0.0 % before" in verdict.reasons[1]

    @pytest.mark.parametrize(("pairs", "expected"), [(19, VerdictWord.NOT_COMPARABLE), (20, VerdictWord.REGRESSION)])
    def test_few_pairs(self, pairs, expected):
        """Even a collapse of too few pairs is not judged."""
        assert judge(evidence_of([1.0] * pairs, [0.0] * pairs)).word == expected

    @pytest.mark.parametrize(("unpaired", "expected"), [(5, VerdictWord.REGRESSION), (6, VerdictWord.NOT_COMPARABLE)])
    def test_unpaired(self, unpaired, expected):
        """More than one in twenty samples without a pair are too many."""
        evidence = replace(flipped(20, 0, 100), unpaired_count=unpaired)
        assert judge(evidence).word == expected


class TestSoftRegression:
    """Other numbers, where the pass rate shows nothing."""

    TOKENS = MeasureChange("total_tokens", 1000, Estimate(150, Interval(90, 210)), lower_is_better=True)
    SCORE = MeasureChange("score", 0.8, Estimate(-0.2, Interval(-0.3, -0.1)), lower_is_better=False)

    @pytest.mark.parametrize("measure", [TOKENS, SCORE], ids=["tokens", "score"])
    def test_measure(self, measure):
        """A median that became worse by more than a tenth and by more than chance is one."""
        assert judge(flipped(1, 1, measures=(measure,))).word == VerdictWord.SOFT_REGRESSION

    @pytest.mark.parametrize(
        "measure",
        [
            replace(TOKENS, difference=Estimate(150, Interval(-5, 210))),
            replace(TOKENS, difference=Estimate(99, Interval(90, 110))),
            replace(TOKENS, difference=Estimate(150, None)),
            replace(TOKENS, lower_is_better=False),
        ],
        ids=["chance", "small", "unknown", "better"],
    )
    def test_harmless_measure(self, measure):
        """One that chance explains, that is small, or that is better, is none."""
        assert judge(flipped(1, 1, measures=(measure,))).word == VerdictWord.NO_EVIDENCE

    @pytest.mark.parametrize(
        ("slower", "expected"), [(30, VerdictWord.NO_EVIDENCE), (1500, VerdictWord.SOFT_REGRESSION)]
    )
    def test_duration(self, slower, expected):
        """Samples that take some milliseconds more are none, however short they are; a busy machine does that."""
        measure = MeasureChange("duration_ms", 40, Estimate(slower, Interval(slower, slower)), lower_is_better=True)
        assert judge(flipped(1, 1, measures=(measure,))).word == expected

    def test_measure_sentence(self):
        """The reason has the median before and now, and the interval of the difference."""
        assert judge(flipped(1, 1, measures=(self.TOKENS,))).reasons[1] == (
            "The median number of tokens rose by 150, from 1,000 to 1,150 (95 % of resamples: 90 to 210)."
        )

    @pytest.mark.parametrize(
        ("tool", "expected"),
        [
            (ToolChange("read", 0.99, 0.90, 0.001), VerdictWord.SOFT_REGRESSION),
            (ToolChange("read", 0.99, 0.90, 0.06), VerdictWord.NO_EVIDENCE),
            (ToolChange("read", 0.99, 0.98, 0.001), VerdictWord.NO_EVIDENCE),
            (ToolChange("read", 0.90, 0.99, 0.001), VerdictWord.NO_EVIDENCE),
        ],
    )
    def test_tool(self, tool, expected):
        """A tool whose calls fail more often is one."""
        assert judge(flipped(1, 1, tools=(tool,))).word == expected

    @pytest.mark.parametrize(
        ("before", "now", "expected"),
        [
            (0, 12, VerdictWord.SOFT_REGRESSION),
            (0, 2, VerdictWord.NO_EVIDENCE),
            (5, 25, VerdictWord.SOFT_REGRESSION),
            (10, 12, VerdictWord.NO_EVIDENCE),
            (12, 0, VerdictWord.NO_EVIDENCE),
        ],
    )
    def test_failures(self, before, now, expected):
        """A failure that is new, or more frequent by more than chance, is one."""
        grown = SignatureChange("run", "connection reset by <address>", before, now)
        assert judge(flipped(1, 1, signatures=(grown,))).word == expected

    def test_one_of_many_failures(self):
        """Of forty failures one is more frequent by chance: Holm's correction knows how many there are."""
        grown = SignatureChange("run", "busy", 0, 6)
        others = tuple(SignatureChange("run", f"rare {name}", 1, 1) for name in range(40))
        assert judge(flipped(1, 1, signatures=(grown,))).word == VerdictWord.SOFT_REGRESSION
        assert judge(flipped(1, 1, signatures=(grown, *others))).word == VerdictWord.NO_EVIDENCE

    def test_better_pass_rate_comes_first(self):
        """An improvement that costs more tokens is an improvement, and says so."""
        verdict = judge(flipped(1, 20, measures=(self.TOKENS,)))
        assert verdict.word == VerdictWord.IMPROVEMENT
        assert "number of tokens rose" in verdict.reasons[1]


@cache
def passes(drop: float, seed: int) -> tuple[list[float], list[float]]:
    """Draw whether samples pass with one agent and with another, whose pass rate of 0.7 is lower by `drop`.

    Each sample has a probability of its own, from a Beta distribution, so that its results in two evaluations of equal
    agents have a correlation of one half, as samples of evaluations have that are easy or hard.
    """
    random = Random(seed)
    chances = [random.betavariate(0.7, 0.3) for _ in range(PAIRS)]
    base = [float(random.random() < chance) for chance in chances]
    return base, [float(random.random() < chance * (1 - drop / 0.7)) for chance in chances]


def verdicts(drop: float) -> list[VerdictWord]:
    """Return the verdicts of many pairs of evaluations."""
    return [judge(evidence_of(*passes(drop, seed))).word for seed in range(TRIES)]


class TestSimulations:
    """How often the verdict is right, of generated evaluations."""

    def test_correlation(self):
        """The results of a sample with equal agents have a correlation of about one half."""
        drawn = [passes(0, seed) for seed in range(40)]
        base, new = ([value for pair in drawn for value in pair[side]] for side in (0, 1))
        assert 0.45 <= correlation(base, new) <= 0.55

    def test_same_agent(self):
        """Of the same agent twice, at most one in twenty comparisons says regression."""
        assert verdicts(0).count(VerdictWord.REGRESSION) <= 0.05 * TRIES

    def test_drop_of_ten_points(self):
        """A true drop of ten points is found in at least four of five comparisons."""
        assert verdicts(0.1).count(VerdictWord.REGRESSION) >= 0.8 * TRIES


class TestPlainNumbers:
    """How numbers are written."""

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (percent(0.802), "80.2 %"),
            (percent(0.0001), "under 0.1 %"),
            (percent(0.9999), "over 99.9 %"),
            (percent(1), "100.0 %"),
            (points(0.018), "1.8 points"),
            (points(0.0001), "under 0.1 points"),
            (p_text(0.00001), "< 0.0001"),
            (p_text(0.0351), "= 0.0351"),
            (p_text(0.5), "= 0.50"),
            (number(1250), "1,250"),
            (number(0.125), "0.125"),
            (number(3), "3"),
        ],
    )
    def test_written(self, written, expected):
        """A share that is nearly all, or nearly nothing, is not rounded to it."""
        assert written == expected
