"""Estimates, intervals and p values, beside values that can be computed by hand."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, product
from math import comb, isclose, sqrt
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processor_time import processor_time_below

from wink_debug_bundle.comparing.inference.bootstrap import median_estimate, paired_medians
from wink_debug_bundle.comparing.inference.holm import holm_adjusted
from wink_debug_bundle.comparing.inference.intervals import Estimate, Interval
from wink_debug_bundle.comparing.inference.mcnemar import fewest_flips, mcnemar_p
from wink_debug_bundle.comparing.inference.paired_difference import paired_difference, smallest_difference
from wink_debug_bundle.comparing.inference.proportions import wilson_interval
from wink_debug_bundle.comparing.inference.rank_test import rank_test
from wink_debug_bundle.comparing.inference.repeats import (
    Attempts,
    flaky_samples,
    pass_at_k,
    pass_hat_k,
    repeat_rates,
)
from wink_debug_bundle.comparing.inference.student_t import t_quantile, two_sided_p
from wink_debug_bundle.comparing.inference.two_proportions import fisher_p

flips = st.integers(0, 60)
shares = st.floats(0, 1)


class TestWilson:
    """The interval of a share."""

    def test_ten_of_ten(self):
        """With z = 1.96, ten of ten have the lower end n / (n + z²)."""
        z = 1.959963984540054
        assert wilson_interval(10, 10).low == pytest.approx(10 / (10 + z * z))
        assert wilson_interval(10, 10).high == 1

    def test_five_of_ten(self):
        """One half has a symmetric interval of half width z / (2 √(n + z²))."""
        z = 1.959963984540054
        found = wilson_interval(5, 10)
        assert found.low == pytest.approx(0.5 - z / (2 * sqrt(10 + z * z)))
        assert found.high == pytest.approx(0.5 + z / (2 * sqrt(10 + z * z)))

    def test_no_trials_say_nothing(self):
        """Without trials every share is possible."""
        assert wilson_interval(0, 0) == Interval(0, 1)

    @given(shares, st.integers(1, 10_000))
    def test_share_is_inside(self, share, trials):
        """The interval holds the share itself, and stays within 0 and 1."""
        found = wilson_interval(share * trials, trials)
        assert 0 <= found.low <= share + 1e-12
        assert share - 1e-12 <= found.high <= 1

    def test_too_many_successes(self):
        """More successes than trials are refused."""
        with pytest.raises(ValueError, match="4 successes of 3 trials"):
            wilson_interval(4, 3)


class TestMcNemar:
    """The exact test of flips."""

    @pytest.mark.parametrize(
        ("lost", "gained", "expected"),
        [(0, 0, 1), (1, 0, 1), (1, 1, 1), (5, 0, 2 / 32), (6, 0, 2 / 64), (9, 2, 2 * (1 + 11 + 55) / 2**11)],
    )
    def test_few_flips(self, lost, gained, expected):
        """The p value is twice the tail of a fair coin."""
        assert mcnemar_p(lost, gained) == pytest.approx(expected)

    @given(flips, flips)
    def test_direction_does_not_matter(self, lost, gained):
        """The test has two sides."""
        assert mcnemar_p(lost, gained) == mcnemar_p(gained, lost)

    @given(st.integers(0, 700), st.integers(0, 700))
    def test_equals_whole_numbers(self, lost, gained):
        """Computed with whole numbers alone, the p value is the same."""
        n = lost + gained
        exact = min(Fraction(1), 2 * Fraction(sum(comb(n, k) for k in range(min(lost, gained) + 1)), 2**n))
        assert isclose(mcnemar_p(lost, gained), float(exact), rel_tol=1e-12)

    def test_ten_thousand_flips(self):
        """Many flips lose no digits: here beside whole numbers, too."""
        orders, tail = 1, 1
        for k in range(5_000):
            orders = orders * (10_200 - k) // (k + 1)
            tail += orders
        assert isclose(mcnemar_p(5_200, 5_000), float(Fraction(2 * tail, 2**10_200)), rel_tol=1e-12)

    def test_a_million_flips_are_quick(self):
        """A million flips cost next to nothing."""
        with processor_time_below(2):
            assert mcnemar_p(500_000, 502_000) == pytest.approx(0.0458246952632, rel=1e-9)

    @pytest.mark.parametrize("significance", [0.5, 0.1, 0.05, 0.01, 0.001])
    def test_fewest_flips(self, significance):
        """One flip less than the fewest shows nothing, even if all go one way."""
        fewest = fewest_flips(significance)
        assert mcnemar_p(fewest, 0) <= significance
        assert mcnemar_p(fewest - 1, 0) > significance


class TestStudent:
    """Student's t distribution."""

    @pytest.mark.parametrize(
        ("degrees", "expected"),
        [(1, 12.7062047362), (2, 4.30265272975), (10, 2.22813885199), (30, 2.04227245630), (1e6, 1.95996635682)],
    )
    def test_tables(self, degrees, expected):
        """The quantiles are those of printed tables."""
        assert t_quantile(0.975, degrees) == pytest.approx(expected, abs=1e-8)

    @given(st.floats(0.001, 0.999), st.integers(1, 500))
    def test_quantile_and_p_agree(self, probability, degrees):
        """A quantile has the p value that it was asked for, and the other tail mirrors it."""
        found = t_quantile(probability, degrees)
        assert two_sided_p(found, degrees) == pytest.approx(2 * min(probability, 1 - probability), rel=1e-8)
        assert t_quantile(1 - probability, degrees) == pytest.approx(-found, rel=1e-6, abs=1e-9)


class TestPairedDifference:
    """The mean of new minus base."""

    def test_four_pairs(self):
        """Differences 1, 2, 3, 4 have mean 2.5 and standard error √(5/3)/2."""
        found = paired_difference([0, 0, 0, 0], [1, 2, 3, 4])
        assert found.mean == 2.5
        assert found.standard_error == pytest.approx(sqrt(5 / 3) / 2)
        assert found.interval is not None
        assert found.interval.low == pytest.approx(2.5 - 3.18244630528 * sqrt(5 / 3) / 2)

    def test_clusters_of_equal_pairs(self):
        """Each pair three times in one cluster says what each pair once says."""
        once = paired_difference([0, 0, 0, 1], [1, 0, 1, 0])
        thrice = paired_difference([0, 0, 0, 1] * 3, [1, 0, 1, 0] * 3, [0, 1, 2, 3] * 3)
        assert (thrice.pairs, thrice.clusters) == (12, 4)
        assert thrice.standard_error == pytest.approx(once.standard_error)
        assert thrice.p_value == pytest.approx(once.p_value)

    @pytest.mark.parametrize("new", [[1.1], [1.1, 1.2, 1.3]])
    def test_no_variation(self, new):
        """Pairs that all differ alike, and a single pair, have a mean and no interval."""
        found = paired_difference([value - 0.1 for value in new], new)
        assert found.mean == pytest.approx(0.1)
        assert (found.standard_error, found.interval, found.p_value, found.smallest) == (None, None, None, None)

    def test_one_cluster(self):
        """Pairs that all belong together have no interval."""
        assert paired_difference([0, 1], [1, 5], ["a", "a"]).interval is None

    def test_smallest_difference(self):
        """With many clusters, it is the usual 2.8 standard errors."""
        assert smallest_difference(1, 100_000) == pytest.approx(1.959964 + 0.841621, abs=1e-4)

    def test_no_pairs(self):
        """Nothing has no mean."""
        with pytest.raises(ValueError, match="no pairs"):
            paired_difference([], [])

    def test_smallest_difference_is_found_as_often_as_it_says(self):
        """A true difference of the size that can be shown has a p value below 0.05 in about 80 of 100 cases."""
        random = Random(7)
        true = smallest_difference(1 / sqrt(100), 100)
        found = [
            paired_difference([0.0] * 100, [random.gauss(true, 1) for _ in range(100)]).p_value for _ in range(400)
        ]
        assert 0.75 <= sum(p is not None and p <= 0.05 for p in found) / 400 <= 0.85


class TestBootstrap:
    """Intervals of medians."""

    def test_two_values(self):
        """Two values have the resamples low, middle and high, so that the interval is all of the range."""
        assert median_estimate([1, 2]) == Estimate(1.5, Interval(1, 2))

    def test_one_value(self):
        """One value has no interval."""
        assert median_estimate([7]) == Estimate(7, None)
        assert paired_medians([7], [9]).difference == Estimate(2, None)

    def test_equal_values(self):
        """Equal values have an interval without width."""
        assert median_estimate([3, 3, 3]) == Estimate(3, Interval(3, 3))

    @pytest.mark.parametrize("size", [4, 5])
    def test_all_resamples_of_few_pairs(self, size):
        """The intervals of few pairs are those of all their resamples, each taken once."""
        base, new = [1.0, 5.0, 2.0, 9.0, 4.0][:size], [3.0, 1.0, 8.0, 7.0, 2.0][:size]
        all_rows = list(product(range(size), repeat=size))
        exact = sorted(median(new[row] for row in rows) - median(base[row] for row in rows) for rows in all_rows)
        found = paired_medians(base, new).difference.interval
        assert found is not None
        assert exact[int(len(exact) * 0.01)] <= found.low <= exact[int(len(exact) * 0.05)]
        assert exact[int(len(exact) * 0.95)] <= found.high <= exact[int(len(exact) * 0.99)]

    def test_same_values_same_interval(self):
        """The seed is fixed, so that the same values give the same interval."""
        values = [Random(2).random() for _ in range(300)]
        assert median_estimate(values) == median_estimate(values)

    def test_windows_draw_as_single_values(self):
        """Numbers drawn for groups of values give the intervals that drawing each value gives."""
        random = Random(4)
        base = [random.gauss(100, 20) for _ in range(901)]
        new = [value + random.gauss(3, 10) for value in base]
        drawn = []
        for _ in range(1_000):
            rows = random.choices(range(901), k=901)
            drawn.append(median([new[row] for row in rows]) - median([base[row] for row in rows]))
        drawn.sort()
        found = paired_medians(base, new).difference.interval
        assert found is not None
        assert drawn[10] <= found.low <= drawn[45]
        assert drawn[955] <= found.high <= drawn[990]

    def test_ten_thousand_pairs(self):
        """1,000 resamples of 10,000 pairs cost less than a second of processor time."""
        random = Random(5)
        base = [random.random() for _ in range(10_000)]
        new = [random.random() for _ in range(10_000)]
        with processor_time_below(1):
            paired_medians(base, new)

    def test_nothing(self):
        """Nothing has no median, and pairs have two sides."""
        with pytest.raises(ValueError, match="no values"):
            median_estimate([])
        with pytest.raises(ValueError, match="1 values before and 2 now"):
            paired_medians([1], [1, 2])


class TestHolm:
    """P values of several tests."""

    def test_three(self):
        """The smallest is multiplied by their number, the next by one less; none falls below one before it."""
        assert holm_adjusted([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])

    @given(st.lists(shares, max_size=30))
    def test_order_and_limits(self, p_values):
        """Adjusted values are as large as before at least, at most 1, and in the same order."""
        adjusted = holm_adjusted(p_values)
        assert all(p <= after <= 1 for p, after in zip(p_values, adjusted, strict=True))
        assert sorted(adjusted) == [after for _, after in sorted(zip(p_values, adjusted, strict=True))]


class TestFisher:
    """The exact test of two shares."""

    def test_tea(self):
        """Fisher's cups of tea: 3 of 4 and 1 of 4 have p = 34/70."""
        assert fisher_p(3, 4, 1, 4) == pytest.approx(34 / 70)

    @pytest.mark.parametrize("counts", [(0, 0, 0, 0), (0, 0, 3, 5), (0, 9, 0, 4), (5, 5, 6, 6)])
    def test_nothing_to_compare(self, counts):
        """No trials, no successes and no failures have p = 1."""
        assert fisher_p(*counts) == 1

    @given(st.integers(0, 25), st.integers(0, 25), st.data())
    def test_equals_whole_numbers(self, base_trials, new_trials, data):
        """Computed with whole numbers alone, the p value is the same."""
        base, new = data.draw(st.integers(0, base_trials)), data.draw(st.integers(0, new_trials))
        tables = {
            k: comb(base_trials, k) * comb(new_trials, base + new - k)
            for k in range(max(0, base + new - new_trials), min(base_trials, base + new) + 1)
        }
        exact = Fraction(sum(size for size in tables.values() if size <= tables[base]), sum(tables.values()))
        assert fisher_p(base, base_trials, new, new_trials) == pytest.approx(float(exact), rel=1e-9)

    def test_too_many_successes(self):
        """More successes than trials are refused."""
        with pytest.raises(ValueError, match="9 successes of 4 trials"):
            fisher_p(1, 2, 9, 4)


class TestRanks:
    """The test of two groups of values."""

    def test_three_below_three(self):
        """Three values that are all below three others have p = 2/20."""
        found = rank_test([1, 2, 3], [4, 5, 6])
        assert found.p_value == pytest.approx(0.1)
        assert found.larger == 1

    @given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
    def test_equals_all_orders(self, base, new, random):
        """The p value of few values is the share of all orders that are at least as uneven."""
        values = list(range(base + new))
        random.shuffle(values)
        middle = base * new / 2

        def unevenness(chosen):
            rest = [value for value in values if value not in chosen]
            return abs(sum(now > before for now in chosen for before in rest) - middle)

        found = unevenness(values[base:])
        orders = Counter(unevenness(chosen) >= found for chosen in combinations(values, new))
        expected = orders[True] / orders.total()
        assert rank_test(values[:base], values[base:]).p_value == pytest.approx(min(1, expected))

    @pytest.mark.parametrize(("base", "new"), [([], [1]), ([1], []), ([], [])])
    def test_empty_group(self, base, new):
        """An empty group shows nothing."""
        assert rank_test(base, new).p_value == 1

    def test_equal_values(self):
        """Equal values show nothing."""
        found = rank_test([5.0] * 40, [5.0] * 60)
        assert (found.p_value, found.larger) == (1, 0.5)


class TestRepeats:
    """Several attempts at a sample."""

    def test_two_of_four(self):
        """Of four attempts that pass twice, two have a pass in 5 of 6 cases, and two passes in 1 of 6."""
        assert pass_at_k(Attempts(2, 4), 2) == pytest.approx(5 / 6)
        assert pass_hat_k(Attempts(2, 4), 2) == pytest.approx(1 / 6)

    def test_one_attempt_is_the_pass_rate(self):
        """For k = 1 both are the pass rate."""
        assert pass_at_k(Attempts(3, 5), 1) == pytest.approx(0.6)
        assert pass_hat_k(Attempts(3, 5), 1) == pytest.approx(0.6)

    def test_samples_with_fewer_attempts_are_left_out(self):
        """A sample with fewer than k attempts says nothing about k, and the number of the others is given."""
        found = repeat_rates([Attempts(1, 1), Attempts(2, 4), Attempts(3, 3)], 2)
        assert found is not None
        assert found.samples == 2
        assert found.pass_hat_k == pytest.approx((1 / 6 + 1) / 2)
        assert repeat_rates([Attempts(1, 1)], 2) is None

    def test_flaky(self):
        """Samples that pass at times are flaky, those near one half first."""
        samples = {"a": Attempts(1, 4), "b": Attempts(4, 4), "c": Attempts(2, 4), "d": Attempts(0, 4)}
        assert flaky_samples(samples) == ["c", "a"]

    @pytest.mark.parametrize("k", [0, 5])
    def test_too_many_attempts(self, k):
        """More attempts than there are, and none, are refused."""
        with pytest.raises(ValueError, match=f"k = {k}"):
            pass_at_k(Attempts(2, 4), k)
