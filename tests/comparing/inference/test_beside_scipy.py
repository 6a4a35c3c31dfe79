"""Each estimate is what scipy or statsmodels computes, on 200 generated cases."""

from __future__ import annotations

from random import Random

import pytest

from wink_debug_bundle.comparing.inference.bootstrap import median_estimate, paired_medians
from wink_debug_bundle.comparing.inference.holm import holm_adjusted
from wink_debug_bundle.comparing.inference.mcnemar import mcnemar_p
from wink_debug_bundle.comparing.inference.paired_difference import paired_difference
from wink_debug_bundle.comparing.inference.proportions import wilson_interval
from wink_debug_bundle.comparing.inference.rank_test import rank_test
from wink_debug_bundle.comparing.inference.repeats import Attempts, pass_at_k, pass_hat_k
from wink_debug_bundle.comparing.inference.student_t import t_quantile, two_sided_p
from wink_debug_bundle.comparing.inference.two_proportions import fisher_p

stats = pytest.importorskip("scipy.stats", reason="tox run -e statistics installs scipy")
models = pytest.importorskip("statsmodels.api", reason="tox run -e statistics installs statsmodels")
proportion = pytest.importorskip("statsmodels.stats.proportion")
multitest = pytest.importorskip("statsmodels.stats.multitest")

every_case = pytest.mark.parametrize("random", range(200), indirect=True)


@pytest.fixture
def random(request) -> Random:
    """Return the source of a case: it gives the same case, whatever other tests ran before."""
    return Random(request.param)


def size_of(random: Random, largest: int) -> int:
    """Draw a size: small ones as often as large ones."""
    return max(1, round(largest ** random.random()))


@every_case
def test_wilson(random):
    """Wilson's interval is that of statsmodels."""
    trials = size_of(random, 10_000)
    successes = random.randint(0, trials)
    found = wilson_interval(successes, trials)
    expected = proportion.proportion_confint(successes, trials, method="wilson")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-13)


@every_case
def test_mcnemar(random):
    """McNemar's exact p value is that of a binomial test."""
    flips = size_of(random, 20_000)
    lost = min(flips, max(0, round(random.gauss(flips / 2, flips**0.5))))
    assert mcnemar_p(lost, flips - lost) == pytest.approx(stats.binomtest(lost, flips).pvalue, abs=1e-13, rel=1e-9)


@every_case
def test_student(random):
    """Quantiles and p values of Student's t are scipy's."""
    degrees = size_of(random, 100_000)
    t = random.gauss(0, 4)
    probability = random.uniform(0.001, 0.999)
    assert two_sided_p(t, degrees) == pytest.approx(2 * stats.t.sf(abs(t), degrees), rel=1e-9, abs=1e-13)
    assert t_quantile(probability, degrees) == pytest.approx(stats.t.ppf(probability, degrees), rel=1e-8, abs=1e-9)


@every_case
def test_paired_t(random):
    """Without clusters, the difference is that of the paired t test."""
    pairs = size_of(random, 2_000) + 1
    base = [random.gauss(3, 1) for _ in range(pairs)]
    new = [value + random.gauss(0.1, 0.5) for value in base]
    found, expected = paired_difference(base, new), stats.ttest_rel(new, base)
    assert found.interval is not None
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-13)
    interval = expected.confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


@every_case
def test_clusters(random):
    """With clusters, the error is that of a regression on a constant with errors clustered alike."""
    clusters = [name for name in range(size_of(random, 300) + 1) for _ in range(random.randint(1, 6))]
    shift = {name: random.gauss(0, 1) for name in set(clusters)}
    base = [float(random.random() < 0.6) for _ in clusters]
    new = [shift[name] + random.gauss(0, 1) for name in clusters]
    found = paired_difference(base, new, clusters)
    differences = [after - before for before, after in zip(base, new, strict=True)]
    expected = models.OLS(differences, [1.0] * len(clusters)).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    assert found.standard_error == pytest.approx(expected.bse[0], rel=1e-9)
    assert found.p_value == pytest.approx(expected.pvalues[0], rel=1e-8, abs=1e-13)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(expected.conf_int()[0]), rel=1e-8)


@every_case
def test_holm(random):
    """Holm's p values are those of statsmodels."""
    p_values = [random.random() ** 3 for _ in range(size_of(random, 200))]
    assert holm_adjusted(p_values) == pytest.approx(multitest.multipletests(p_values, method="holm")[1], abs=1e-15)


@every_case
def test_fisher(random):
    """Fisher's exact p value is scipy's."""
    base_trials, new_trials = size_of(random, 20_000), size_of(random, 20_000)
    share = random.random()
    base = sum(random.random() < share for _ in range(base_trials))
    new = sum(random.random() < share + 0.02 for _ in range(new_trials))
    expected = stats.fisher_exact([[base, base_trials - base], [new, new_trials - new]]).pvalue
    assert fisher_p(base, base_trials, new, new_trials) == pytest.approx(expected, rel=1e-7, abs=1e-13)


@every_case
def test_ranks(random):
    """The rank test is scipy's: exact for few values without ties, else with correction for ties."""
    digits = random.choice([0, 1, 12])
    base = [round(random.expovariate(0.2), digits) for _ in range(size_of(random, 500))]
    new = [round(random.expovariate(0.2 + 0.1 * random.random()), digits) for _ in range(size_of(random, 500))]
    tied = len({*base, *new}) < len(base) + len(new)
    exact = not tied and len(base) * len(new) <= 400
    expected = stats.mannwhitneyu(new, base, method="exact" if exact else "asymptotic")
    found = rank_test(base, new)
    assert found.larger * len(base) * len(new) == pytest.approx(expected.statistic)
    if len({*base, *new}) > 1:
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-13)


@every_case
def test_median(random):
    """The interval of a median is near scipy's: between the intervals of a little more and a little less confidence."""
    values = [random.lognormvariate(5, 1) for _ in range(size_of(random, 400) + 7)]
    found = median_estimate(values)
    assert found.interval is not None
    expected = [resampled(np_median, (values,), level, random) for level in (0.88, 0.985)]
    assert_between(found.interval, *expected)


@every_case
def test_paired_medians(random):
    """The interval of the difference of medians is near scipy's, as it resamples whole pairs."""
    base = [random.lognormvariate(5, 1) for _ in range(size_of(random, 400) + 7)]
    new = [value * random.uniform(0.7, 1.4) for value in base]
    found = paired_medians(base, new).difference

    def difference(before, after, axis):
        return np_median(after, axis) - np_median(before, axis)

    assert found.interval is not None
    expected = [resampled(difference, (base, new), level, random) for level in (0.88, 0.985)]
    assert_between(found.interval, *expected)


def np_median(values, axis):
    """Return the median along an axis."""
    import numpy as np

    return np.median(values, axis=axis)


def resampled(statistic, data, level, random):
    """Return scipy's percentile interval of 2,000 resamples."""
    return stats.bootstrap(
        data,
        statistic,
        paired=len(data) > 1,
        n_resamples=2_000,
        confidence_level=level,
        method="percentile",
        rng=random.randrange(2**32),
    ).confidence_interval


def assert_between(found, narrow, wide):
    """Check that an interval holds the narrow one and is within the wide one."""
    rounding = 1e-12 * (abs(wide.low) + abs(wide.high))
    assert wide.low - rounding <= found.low <= narrow.low + rounding
    assert narrow.high - rounding <= found.high <= wide.high + rounding


@every_case
def test_repeats(random):
    """Pass@k and pass^k are hypergeometric probabilities."""
    total = size_of(random, 60)
    passed, k = random.randint(0, total), random.randint(1, total)
    drawn = stats.hypergeom(total, passed, k)
    assert pass_at_k(Attempts(passed, total), k) == pytest.approx(drawn.sf(0), abs=1e-12)
    assert pass_hat_k(Attempts(passed, total), k) == pytest.approx(drawn.pmf(k), abs=1e-12)
