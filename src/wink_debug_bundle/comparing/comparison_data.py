"""What a comparison of two evaluations is made of: plain data, from which every format is written.

Everywhere, a difference is the new value minus the base's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..errors import BundleError
from ..explore.outcome import ResultCounts
from .deltas.delta_data import EnvironmentDeltas, MetricDelta, PromptDelta, RepeatDelta, SignatureDelta, ToolDelta
from .divergence.divergence_data import Divergence
from .evidence import Evidence
from .inference.intervals import Estimate
from .inference.paired_difference import PairedDifference
from .sample_pairs.pairing import Pair, Pairing
from .verdict import Verdict


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """One of the two evaluations.

    Attributes:
        name: The path of the bundle.
        experiments: The experiments that are compared; None for samples that name none.
        evaluation: The evaluation in the bundle; None if it needs no name, as the bundle has only one.
        sample_count: Number of samples.
        attempts: How the attempts at them ended.
        pass_rate: Share of the samples that passed, of those with a score, with its interval; None if none has one.
        total_tokens: Tokens of the attempts for which they are known.
        total_cost: What these cost, where all their tokens have a price.
        problem_count: Number of problems at the import of the whole bundle.
        unread_count: Number of zips and runs that are too damaged to say which sample they belong to.
        bundle_id: Id of the bundle.
    """

    name: str
    experiments: tuple[str | None, ...]
    evaluation: str | None
    sample_count: int
    attempts: ResultCounts
    pass_rate: Estimate | None
    total_tokens: int
    total_cost: float | None
    problem_count: int
    unread_count: int = 0
    bundle_id: str | None = None


@dataclass(frozen=True, slots=True)
class PassRates:
    """How often the paired samples passed; a sample of several attempts counts by the share that did.

    Attributes:
        experiment: The experiment; None if the pairs are those of all experiments, or name none.
        pair_count: Number of pairs with a score on both sides.
        base: Share that passed in the base, with its Wilson interval.
        new: The same in the new evaluation.
    """

    experiment: str | None
    pair_count: int
    base: Estimate
    new: Estimate


@dataclass(frozen=True, slots=True)
class PassDifference:
    """Whether the paired samples pass more often.

    Attributes:
        rates: How often they passed.
        difference: The mean difference, with its clustered standard error, its interval, and the smallest difference
            that so many pairs can show.
        better: Number of pairs with more attempts that pass.
        worse: Number of pairs with fewer.
        p_value: Exact p value of McNemar's test over these.
    """

    rates: PassRates
    difference: PairedDifference
    better: int
    worse: int
    p_value: float


class FlipDirection(StrEnum):
    """In which direction a sample flipped."""

    LOST = "lost"
    GAINED = "gained"


@dataclass(frozen=True, slots=True)
class Flip:
    """A sample that mostly passed on one side, and mostly did not on the other.

    Attributes:
        pair: The sample on both sides.
        direction: Whether it was lost or gained.
        reason: Why it failed on the side where it did; None if that is not recorded.
        divergence: The first step at which the two runs differ; None if neither records calls or words.
    """

    pair: Pair
    direction: FlipDirection
    reason: str | None
    divergence: Divergence | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations side by side.

    Attributes:
        verdict: What they show, and why.
        evidence: The numbers that the verdict rests on; `judge` can be asked again with other thresholds.
        base: The evaluation that is compared with.
        new: The one that is judged.
        currency: Currency of costs.
        pairing: The samples in both, and those in one only; none is left out.
        passes: Whether the paired samples pass more often; None if no pair has a score on both sides.
        by_experiment: How often those of each experiment passed, if several are compared together.
        metrics: Medians of score, tokens, cost, duration and calls over the pairs.
        tools: How each tool did.
        flips: Samples that mostly passed on one side and mostly not on the other, the lost ones first.
        signatures: Every failure signature, new ones first, then those that grew.
        prompts: What changed in the prompts.
        environment: What changed in the environment.
        repeats: What several attempts at a sample reach.
    """

    verdict: Verdict
    evidence: Evidence
    base: ComparedSide
    new: ComparedSide
    currency: str
    pairing: Pairing
    passes: PassDifference | None
    by_experiment: tuple[PassRates, ...]
    metrics: tuple[MetricDelta, ...]
    tools: tuple[ToolDelta, ...]
    flips: tuple[Flip, ...]
    signatures: tuple[SignatureDelta, ...]
    prompts: PromptDelta
    environment: EnvironmentDeltas
    repeats: RepeatDelta

    @property
    def is_with_itself(self) -> bool:
        """Return whether both sides are the same samples of one and the same bundle."""
        base, new = ((side.bundle_id, side.evaluation, side.experiments) for side in (self.base, self.new))
        return base == new and base[0] is not None

    def find_pairs(self, name: str) -> list[Pair]:
        """Return the pairs of the samples with that id; without any, of the base's run with that number, else the new one's."""
        for names in (sample_names, base_runs, new_runs):
            if found := [pair for pair in self.pairing.pairs if name in names(pair)]:
                return found
        return []


def sample_names(pair: Pair) -> set[str]:
    """Return what the sample of a pair is called on both sides."""
    return {pair.base.name, pair.new.name}


def base_runs(pair: Pair) -> set[str]:
    """Return the runs, and sessions outside of runs, of a pair in the base."""
    return {attempt.shown_by for attempt in pair.base.attempts if attempt.shown_by is not None}


def new_runs(pair: Pair) -> set[str]:
    """Return the runs, and sessions outside of runs, of a pair in the new evaluation."""
    return {attempt.shown_by for attempt in pair.new.attempts if attempt.shown_by is not None}


def refuse_bundle(path: Path, comparison: Comparison) -> None:
    """Refuse to write over one of the bundles that were compared.

    Raises:
        BundleError: the path is that of one of them.
    """
    bundles = (Path(side.name) for side in (comparison.base, comparison.new))
    if path.exists() and any(bundle.exists() and path.samefile(bundle) for bundle in bundles):
        raise BundleError(f"{path}: is one of the bundles; name another output")
