"""Whether two shares of independent counts differ, such as how often a tool succeeds."""

from __future__ import annotations

from math import fsum

from .discrete_weights import peaked_weights

_EQUAL = 1 + 1e-9
"""Factor within which two probabilities are the same: rounding parts those of tables that are equally likely."""


def fisher_p(base_successes: int, base_trials: int, new_successes: int, new_trials: int) -> float:
    """Return the two-sided p value of Fisher's exact test, between 0 and 1; 1 where there is nothing to compare.

    It is how often chance alone gives a table at most as likely as this one. The trials should be independent: calls of
    one run may not be, so a small p value of calls is a hint where to look, and no proof. Source: Fisher, "On the
    interpretation of chi-square from contingency tables", Journal of the Royal Statistical Society 85 (1922).

    Raises:
        ValueError: More successes than trials, or a negative number.
    """
    for successes, trials in ((base_successes, base_trials), (new_successes, new_trials)):
        if not 0 <= successes <= trials:
            raise ValueError(f"{successes} successes of {trials} trials: not between 0 and the number of trials")
    both = base_successes + new_successes
    trials = base_trials + new_trials
    lowest, highest = max(0, both - new_trials), min(both, base_trials)
    peak = min(highest, max(lowest, (both + 1) * (base_trials + 1) // (trials + 2)))

    def ratio(k: int) -> float:
        return (both - k) * (base_trials - k) / ((k + 1) * (new_trials - both + k + 1))

    weights = peaked_weights(peak, lowest, highest, ratio)
    limit = weights.get(base_successes, 0.0) * _EQUAL
    as_rare = fsum(weight for weight in weights.values() if weight <= limit)
    return min(1.0, as_rare / fsum(weights.values()))
