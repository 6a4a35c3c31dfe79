"""Tell how the evaluations of a bundle ended, each apart from the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...explore.outcome import EvaluationOutcome, ExperimentOutcome, Outcome, ResultCounts
from ...explore.row_output.display_text import display_width
from ...terminal_text import visible
from .wording import counted, listed, within

_MOST_NAMES = 3
"""Evaluations and experiments that are named."""

_LONGEST_NAME = 24


def evaluation_lines(outcome: Outcome, width: int) -> Iterator[str]:
    """Yield which evaluations there are and how each ended; nothing if there is one that needs no name."""
    evaluations = outcome.evaluations
    if not outcome.has_several_evaluations:
        yield from (f"Evaluation: {_name(each)}" for each in evaluations)
        return
    named = [each for each in evaluations if each.evaluation is not None]
    title = counted(len(named), "evaluation")
    passed = [f"{_name(each)} {each.passed:,} of {each.runs:,} passed" for each in evaluations]
    shown = ", ".join(passed)
    if len(passed) <= _MOST_NAMES and display_width(f"{title}: {shown}") <= width:
        yield f"{title}: {shown}"
    else:
        yield f"{title}:"
        yield from (f"  {each}" for each in passed[: 2 * _MOST_NAMES])
        if len(passed) > 2 * _MOST_NAMES:
            yield f"  and {counted(len(passed) - 2 * _MOST_NAMES, 'more evaluation')} (query --name pass-rate)"


def results_of_evaluations(outcome: Outcome) -> Iterator[str]:
    """Yield how the runs of each evaluation ended."""
    noun = "Runs" if outcome.runs.total else "Samples"
    for each in outcome.evaluations[:_MOST_NAMES]:
        yield f"{noun} of {_name(each)}: {with_parts(each.counts)}"


def experiment_lines(experiments: Sequence[ExperimentOutcome]) -> Iterator[str]:
    """Yield how the samples of the experiments with the most samples ended."""
    for each in experiments[:_MOST_NAMES]:
        rate = "" if each.pass_rate is None else f" ({each.pass_rate} %)"
        passed = f"{each.passed:,} of {counted(each.samples, 'sample')} passed"
        yield f"Experiment {_experiment(each)}: {passed}{rate}{_mean_score(each)}"
    if len(experiments) > _MOST_NAMES:
        yield f"  and {counted(len(experiments) - _MOST_NAMES, 'more experiment')} (query --name pass-rate)"


def with_parts(counts: ResultCounts) -> str:
    """Return how many there are, and how many of them ended in which way."""
    parts = (
        (counts.passed, "passed"),
        (counts.failed, "failed"),
        (counts.error, "ended with an error"),
        (counts.unscored, "not scored"),
        (counts.unknown, "unreadable"),
    )
    return f"{counts.total:,} ({listed(parts)})"


def short_name(name: str) -> str:
    """Return a name as a line shows it."""
    return within(visible(name), _LONGEST_NAME)


def _name(evaluation: EvaluationOutcome) -> str:
    return "no evaluation" if evaluation.evaluation is None else short_name(evaluation.evaluation)


def _experiment(each: ExperimentOutcome) -> str:
    name = short_name(each.experiment or "(no name)")
    return name if each.evaluation is None else f"{name} of {short_name(each.evaluation)}"


def _mean_score(experiment: ExperimentOutcome) -> str:
    """Return the mean score, for which a line with an evaluation has no room."""
    is_told = experiment.mean_score is not None and experiment.evaluation is None
    return f", mean score {experiment.mean_score}" if is_told else ""
