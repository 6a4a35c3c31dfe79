"""The command `compare`: two evaluations side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ....terminal_text import visible
from ...shared_options import PATH, timeout_option, verbose_option

if TYPE_CHECKING:
    from ....comparing.comparison_forms.written_comparison import ComparisonFormat

_MOST_DIVERGENCES = 100
"""Flips whose first divergence is looked for: the table shows ten, JSON those, a file all."""

_FORMATS = ("table", "json", "markdown", "junit")


@click.command(short_help="Compare two evaluations: what changed, and whether chance explains it.")
@click.argument("base", type=PATH)
@click.argument("new", type=PATH, required=False)
@click.option("--experiment", metavar="NAME", help="The experiment to compare, on both sides.")
@click.option("--base-experiment", metavar="NAME", help="The experiment of BASE, if it differs.")
@click.option("--new-experiment", metavar="NAME", help="The experiment of NEW, if it differs.")
@click.option("--all-experiments", is_flag=True, help="Compare all experiments together, pair by pair.")
@click.option("--base-evaluation", metavar="NAME", help="The evaluation of BASE, if the bundle has several.")
@click.option("--new-evaluation", metavar="NAME", help="The evaluation of NEW, if the bundle has several.")
@click.option(
    "--pair-by",
    metavar="PATH",
    multiple=True,
    help="A JSON path in the request, like $.question.id, whose value says which samples are the same. Repeatable.",
)
@click.option("--pair", "sample", metavar="SAMPLE", help="Show where the runs of this sample, or run, part.")
@click.option("--prices", type=PATH, metavar="FILE", help="A table of prices, as for the command cost.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="Text for people, JSON with everything, Markdown for a pull request, or JUnit XML for CI.",
)
@click.option("--output", "-o", type=PATH, metavar="DB", help="Also keep the comparison as tables of a SQLite file.")
@click.option(
    "--page", type=PATH, metavar="FILE", help="Also write a page with both runs of samples that flipped side by side."
)
@click.option("--force", "-f", is_flag=True, help="Replace an existing file.")
@timeout_option(300)
@verbose_option
def compare(
    *,
    base: Path,
    new: Path | None,
    sample: str | None,
    format_name: ComparisonFormat,
    output: Path | None,
    page: Path | None,
    force: bool,
    timeout: float,
    **choice: Any,
) -> None:
    """Compare the evaluation in NEW with the one in BASE, sample by sample.

    Without NEW, both are in BASE: name two experiments or two evaluations of it. Samples are paired by experiment and
    id, else by their requests, or by the values at --pair-by. Attempts of one sample count as one, by the share that
    passed. Samples without a pair are listed. BASE and NEW are bundles, or datasets (folders, or URLs such as
    s3://bucket/dataset).

    The verdict is one of: regression, soft regression (something other than the pass rate became worse), improvement, no
    evidence, not comparable. The exit code is 0 whatever it is. The command `serve NEW --baseline BASE` shows the same in
    the browser, with the pages of all runs.
    """
    from ....comparing.compare_bundles import compare as compare_bundles
    from ....comparing.compare_bundles import diverge, write_comparison_page
    from ....comparing.comparison_forms.written_comparison import format_comparison, format_divergence
    from ....comparing.sample_pairs.side_choice import ChoiceError
    from ....comparing.saved_comparison.comparison_database import save_comparison
    from ...opening import opened_together
    from ...output.comparison_lines import comparison_next_lines
    from ...output.output_streams import output_stream, print_lines
    from ...output.wording import size

    if force and output is None and page is None:
        raise click.UsageError("--force is for --output and --page.")
    if output is not None and page is not None and output.resolve() == page.resolve():
        raise click.UsageError("--output and --page name one and the same file.")
    if sample is not None and format_name == "junit":
        raise click.UsageError("--format junit is for whole comparisons, without --pair.")
    paths = [base] if new is None else [base, new]
    try:
        with opened_together(paths, timeout=timeout) as bundles:
            sides = bundles[0], bundles[-1]
            comparison = compare_bundles(
                *sides, **choice, most_divergences=_MOST_DIVERGENCES if output is None else None
            )
            if page is not None:
                write_comparison_page(*sides, comparison, page, sample=sample, replace=force)
            found = None if sample is None else diverge(*sides, comparison, sample)
    except ChoiceError as error:
        raise click.UsageError(str(error)) from None
    if output is not None:
        save_comparison(comparison, output, replace=force)
    for written in filter(None, (page, output)):
        click.echo(f"{visible(str(written))} ({size(written.stat().st_size)})", err=True)
    text = format_divergence(*found, format_name) if found else format_comparison(comparison, format_name)
    with output_stream("table" if format_name == "table" else "jsonl") as stream:
        stream.write(text)
    if format_name == "table":
        print_lines(comparison_next_lines(comparison, paths, found[0] if found else None, choice))
