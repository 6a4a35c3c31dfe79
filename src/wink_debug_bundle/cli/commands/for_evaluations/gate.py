"""The command `gate`: say by its exit code whether a change may pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...shared_options import PATH, timeout_option, verbose_option

if TYPE_CHECKING:
    from ....comparing.gating.gate_result import GateResult

_MOST_HINTS = 2

_CHOICE = (
    "experiment",
    "base_experiment",
    "new_experiment",
    "all_experiments",
    "base_evaluation",
    "new_evaluation",
    "pair_by",
)
"""Options that say which samples are meant; the command compare has the same ones."""


class _Share(click.FloatRange):
    """A share, like 0.8 or 80%."""

    def __init__(self) -> None:
        super().__init__(min=0, max=1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the share as a number from 0 to 1; refuse 80, which may be meant as 80 %."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"{value!r} is not a share like 0.8 or 80%", param, ctx)
        if 1 < share <= 100 and not text.endswith("%"):
            self.fail(f"{value!r} is not between 0 and 1; write {text}% for a percentage", param, ctx)
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is not between 0 and 1, or 0% and 100%", param, ctx)
        return share


@click.command(short_help="Say by the exit code whether a change may pass.")
@click.argument("new", type=PATH)
@click.option("--baseline", type=PATH, metavar="BASE", help="Bundle of the evaluation to compare with.")
@click.option(
    "--min-pass-rate", type=_Share(), metavar="SHARE", help="Lowest share of samples that must pass, as 0.8 or 80%."
)
@click.option(
    "--max-new-failures",
    type=click.IntRange(min=0),
    metavar="N",
    help="How many samples may fail that passed in BASE.  [default: as many as chance gives]",
)
@click.option(
    "--fail-on",
    type=click.Choice(("regression", "soft-regression")),
    default="regression",
    show_default=True,
    help="The mildest verdict of the comparison that fails.",
)
@click.option("--strict", is_flag=True, help="Do not judge evaluations with problems at the import.")
@click.option("--allow-prompt-changes", is_flag=True, help="Judge although the prompts differ from those of BASE.")
@click.option(
    "--min-samples",
    type=click.IntRange(min=1),
    metavar="N",
    default=20,
    show_default=True,
    help="Fewest samples with a result; with BASE, with one in both.",
)
@click.option(
    "--max-unpaired",
    type=_Share(),
    metavar="SHARE",
    default=0.05,
    show_default=True,
    help="Largest share of samples without a result, or in one evaluation only.",
)
@click.option("--experiment", metavar="NAME", help="Experiment to judge, in both bundles.")
@click.option("--base-experiment", metavar="NAME", help="Experiment in BASE, if it has another name.")
@click.option("--new-experiment", metavar="NAME", help="Experiment in NEW, if it has another name.")
@click.option("--all-experiments", is_flag=True, help="Judge all experiments together, pair by pair.")
@click.option("--base-evaluation", metavar="LABEL", help="Evaluation to compare with, if BASE has several.")
@click.option("--new-evaluation", metavar="LABEL", help="Evaluation to judge, if NEW has several.")
@click.option(
    "--pair-by",
    multiple=True,
    metavar="PATH",
    help="JSON path in the request whose value says which samples are the same; can be repeated.",
)
@click.option("--junit", type=PATH, metavar="FILE", help="Write a JUnit report, too.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(("table", "json", "markdown")),
    default="table",
    show_default=True,
    help="Format of the output.",
)
@timeout_option()
@verbose_option
def gate(
    new: Path, baseline: Path | None, *, junit: Path | None, format_name: str, timeout: float | None, **rules: Any
) -> None:
    """Judge the evaluation in NEW by one in BASE, by a lowest pass rate, or by both; each is a bundle or a dataset.

    The exit code is 0 if all checks hold; 4 if fewer samples pass than in BASE by more than chance explains, or a limit
    is exceeded; 5 if that cannot be judged: there are too few samples, too many have no result or no pair, the prompts
    differ, or BASE has the same runs. What cannot be judged never passes, and comes before a regression. Without
    --max-new-failures, single samples that fail now do not matter: some do by chance.

    Where GITHUB_STEP_SUMMARY names a file, as in GitHub Actions, the checks are appended to it as Markdown.
    """
    from ....comparing.gating.gate_evaluation import gate as judge_evaluation
    from ....comparing.sample_pairs.side_choice import ChoiceError
    from ...opening import opened_together
    from ...output.output_streams import output_stream
    from ...output.step_summary import append_to_summary

    _refuse_empty_rules(baseline, rules)
    paths = [new] if baseline is None else [new, baseline]
    try:
        with opened_together(paths, timeout=timeout) as bundles:
            result = judge_evaluation(*bundles, **rules)
    except ChoiceError as error:
        raise click.UsageError(str(error)) from None
    with output_stream(format_name) as stream:
        stream.write(_text(result, format_name))
    append_to_summary(result.to_markdown())
    if junit is not None:
        result.write_junit(junit)
    if format_name == "table":
        for line in _next_lines(result, new, baseline, {name: rules[name] for name in _CHOICE}):
            click.echo(line, err=True)
    if result.exit_code:
        raise click.exceptions.Exit(result.exit_code)


def _refuse_empty_rules(baseline: Path | None, rules: dict[str, Any]) -> None:
    """Raise for options by which everything would pass.

    Raises:
        click.UsageError: there is nothing to judge by.
    """
    if baseline is None and rules["min_pass_rate"] is None:
        raise click.UsageError("There is nothing to judge by: give --baseline BASE, --min-pass-rate SHARE, or both.")
    if baseline is None and rules["max_new_failures"] is not None:
        raise click.UsageError(
            "--max-new-failures counts failures that a baseline does not have: give --baseline BASE."
        )


def _text(result: GateResult, format_name: str) -> str:
    writers = {"json": result.to_json, "markdown": result.to_markdown, "table": result.to_text}
    return writers[format_name]()


def _next_lines(result: GateResult, new: Path, baseline: Path | None, choice: Mapping[str, Any]) -> Iterator[str]:
    """Yield the commands to type next if the change may not pass."""
    from ...output.comparison_lines import typed_options
    from ...output.wording import command_line

    if not result.exit_code:
        return
    yield "Next:"
    if result.baseline is not None and baseline is not None:
        yield f"  {command_line('compare', baseline, str(new), *typed_options(choice))}"
        for failure in result.baseline.new_failures[:_MOST_HINTS]:
            if failure.shown_by is not None:
                yield f"  {command_line('show', new, failure.shown_by)}"
    yield f"  {command_line('query', new, '--name', 'failure-reasons')}"
