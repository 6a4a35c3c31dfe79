"""What several attempts at a sample say: how often one of k passes, how often all k do, and which samples are flaky.

Sources: Chen et al., "Evaluating large language models trained on code", arXiv 2107.03374, for pass@k; Yao et al.,
"tau-bench", arXiv 2406.12045, for pass^k.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb, fsum


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many attempts at a sample passed, and how many there were."""

    passed: int
    total: int

    @property
    def is_flaky(self) -> bool:
        """Return whether some attempts passed and others did not."""
        return 0 < self.passed < self.total

    @property
    def pass_rate(self) -> float:
        """Return the share of the attempts that passed, between 0 and 1."""
        return self.passed / self.total


@dataclass(frozen=True, slots=True)
class RepeatRates:
    """What k attempts reach, over all samples that have as many.

    Attributes:
        k: How many attempts are drawn from those of a sample.
        samples: How many samples have at least k attempts.
        pass_at_k: How often at least one of k attempts passes, between 0 and 1 (pass@k).
        pass_hat_k: How often all k attempts pass, between 0 and 1 (pass^k).
    """

    k: int
    samples: int
    pass_at_k: float
    pass_hat_k: float


def pass_at_k(attempts: Attempts, k: int) -> float:
    """Return how often at least one of `k` attempts passes: the unbiased estimate for one sample."""
    _check_size(attempts, k)
    return 1 - comb(attempts.total - attempts.passed, k) / comb(attempts.total, k)


def pass_hat_k(attempts: Attempts, k: int) -> float:
    """Return how often all of `k` attempts pass: the unbiased estimate for one sample."""
    _check_size(attempts, k)
    return comb(attempts.passed, k) / comb(attempts.total, k)


def repeat_rates(samples: Iterable[Attempts], k: int) -> RepeatRates | None:
    """Return the means over all samples that have at least `k` attempts; None if there are none."""
    enough = [attempts for attempts in samples if attempts.total >= k]
    if not enough:
        return None
    return RepeatRates(
        k,
        len(enough),
        fsum(pass_at_k(attempts, k) for attempts in enough) / len(enough),
        fsum(pass_hat_k(attempts, k) for attempts in enough) / len(enough),
    )


def flaky_samples(samples: Mapping[str, Attempts]) -> list[str]:
    """Return the names of the samples that pass at times, those nearest to one half first, then by name."""
    flaky = [name for name, attempts in samples.items() if attempts.is_flaky]
    return sorted(flaky, key=lambda name: (abs(samples[name].pass_rate - 0.5), name))


def _check_size(attempts: Attempts, k: int) -> None:
    if not 1 <= k <= attempts.total:
        raise ValueError(f"k = {k}: not between 1 and the number of attempts, {attempts.total}")
