"""The numbers that a verdict rests on, whatever they were read from.

Everywhere, a difference is the new value minus the base's, and a rate is between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from .inference.intervals import Estimate
from .inference.paired_difference import PairedDifference


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """A number other than the pass rate: its median over the pairs.

    Attributes:
        name: What it is, such as "total_tokens".
        base: Median in the base.
        difference: Difference of the medians, with its interval.
        lower_is_better: Whether less of it is better, as of tokens; more is better of a score.
    """

    name: str
    base: float
    difference: Estimate
    lower_is_better: bool


@dataclass(frozen=True, slots=True)
class ToolChange:
    """How often the calls of a tool succeed; the p value is adjusted for the number of tools."""

    tool_name: str
    base_rate: float
    new_rate: float
    p_value: float


@dataclass(frozen=True, slots=True)
class SignatureChange:
    """A failure signature, and the number of samples that it occurred in.

    A sample of several attempts counts by the share of them that have it, so that the number need not be a whole one.
    """

    kind: str
    signature: str
    base_samples: float
    new_samples: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about two evaluations.

    Attributes:
        pair_count: Samples with a result in both.
        unpaired_count: Samples without a result in one of them, or that only one of them has.
        base_samples: Samples of the base, with or without a pair.
        new_samples: Samples of the new evaluation.
        base_rate: How many of the pairs passed in the base; a sample of several attempts counts by the share that did.
        new_rate: The same in the new evaluation.
        worse: Pairs with fewer attempts that pass.
        better: Pairs with more of them.
        exact_p: P value of McNemar's exact test over these.
        difference: Mean difference of the pairs; None without pairs.
        has_repeats: Whether a sample has several attempts.
        measures: Other numbers.
        tools: How often tools succeed.
        signatures: How often each failure occurs.
    """

    pair_count: int
    unpaired_count: int
    base_samples: int
    new_samples: int
    base_rate: float
    new_rate: float
    worse: int
    better: int
    exact_p: float
    difference: PairedDifference | None
    has_repeats: bool = False
    measures: tuple[MeasureChange, ...] = ()
    tools: tuple[ToolChange, ...] = ()
    signatures: tuple[SignatureChange, ...] = ()

    @property
    def unpaired_share(self) -> float:
        """Return which part of all samples has no result in one of the evaluations."""
        every = self.pair_count + self.unpaired_count
        return self.unpaired_count / every if every else 0.0
