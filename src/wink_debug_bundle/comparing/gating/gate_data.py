"""What a gate is asked, what it looks at, and what it finds, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..inference.intervals import Estimate
from ..verdict import Thresholds, Verdict


class FailOn(StrEnum):
    """The mildest verdict that fails a gate."""

    REGRESSION = "regression"
    SOFT_REGRESSION = "soft-regression"


class CheckState(StrEnum):
    """How a check ended."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_JUDGED = "not judged"


class GateOutcome(StrEnum):
    """How all checks ended together."""

    CLEAN = "clean"
    REGRESSION = "regression"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class GateRules:
    """What a change must hold to pass.

    Attributes:
        min_pass_rate: Lowest share of samples that must pass, between 0 and 1; None for no limit.
        max_new_failures: How many samples may fail that passed in the baseline; None for no limit.
        fail_on: The mildest verdict that fails the gate.
        strict: Whether problems at the import make an evaluation one that cannot be judged.
        allow_prompt_changes: Whether the prompts may differ from those of the baseline.
        thresholds: From where on a difference counts.
    """

    min_pass_rate: float | None = None
    max_new_failures: int | None = None
    fail_on: FailOn = FailOn.REGRESSION
    strict: bool = False
    allow_prompt_changes: bool = False
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class EvaluationFacts:
    """What a gate looks at in one evaluation.

    Attributes:
        path: Path of its bundle.
        attempt_count: Number of attempts at samples.
        unscored_count: Number of those without a result.
        scored_samples: Number of samples with a result.
        pass_rate: Share of these that passed, with its interval; None if there are none.
        problem_count: Number of problems at the import.
        unread_count: Number of zips and runs that are too damaged to say which sample they belong to; they are no attempts.
    """

    path: str
    attempt_count: int
    unscored_count: int
    scored_samples: int
    pass_rate: Estimate | None
    problem_count: int
    unread_count: int = 0


@dataclass(frozen=True, slots=True)
class NewFailure:
    """A sample that passed in the baseline and fails now.

    Attributes:
        sample: Its id, or what it is known by.
        reason: Why it fails; None if that is not recorded.
        shown_by: The run or session, as `show` takes it; None without one.
    """

    sample: str
    reason: str | None
    shown_by: str | None


@dataclass(frozen=True, slots=True)
class BaselineFacts:
    """What a gate looks at beside a baseline.

    Attributes:
        evaluation: The baseline itself.
        verdict: What the comparison shows.
        new_failures: The samples that passed in the baseline and fail now.
        fixed_count: Number of samples that failed in the baseline and pass now.
        changed_prompts: What differs in the prompts, by name; None if prompts are not recorded on both sides.
        pair_count: Number of samples in both.
        same_run_count: Number of those whose runs are one and the same run in both.
    """

    evaluation: EvaluationFacts
    verdict: Verdict
    new_failures: tuple[NewFailure, ...]
    fixed_count: int
    changed_prompts: tuple[str, ...] | None
    pair_count: int
    same_run_count: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """A rule, how it ended, and why in sentences; the first one says most."""

    name: str
    state: CheckState
    reasons: tuple[str, ...]


EXIT_CODES: Final = {GateOutcome.CLEAN: 0, GateOutcome.REGRESSION: 4, GateOutcome.NOT_JUDGED: 5}
"""Exit code of the command for each outcome."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a change may pass, and why.

    Attributes:
        new: The evaluation that was judged.
        baseline: What was found beside the baseline; None without one.
        checks: Each rule, and how it ended.
    """

    new: EvaluationFacts
    baseline: BaselineFacts | None
    checks: tuple[Check, ...]

    @property
    def outcome(self) -> GateOutcome:
        """Return "clean", "regression", or "not judged", which comes before a regression; without checks, it is that."""
        states = {check.state for check in self.checks}
        if CheckState.NOT_JUDGED in states or not states:
            return GateOutcome.NOT_JUDGED
        return GateOutcome.REGRESSION if CheckState.FAILS in states else GateOutcome.CLEAN

    @property
    def exit_code(self) -> int:
        """Return 0 if the change may pass, 4 if it made something worse, 5 if that cannot be judged."""
        return EXIT_CODES[self.outcome]
