"""The command `dataset pull`: make an ordinary bundle of some runs of a dataset."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ...dataset_place import open_dataset
from ...output.progress_display import Display
from ...shared_options import PLACE, path_but_no_stream, progress_options, verbose_option


@click.command(short_help="Make an ordinary bundle of some runs.")
@click.argument("dataset", type=PLACE)
@click.option(
    "--output",
    "-o",
    type=path_but_no_stream("a bundle cannot be written to standard output"),
    required=True,
    help="Path of the bundle; a name that ends in .zst is that of a packed one.",
)
@click.option(
    "--where",
    required=True,
    metavar="SQL",
    help="Which runs: a condition of DuckDB about the columns of runs, and about failure, failure_signature and request of"
    " sample_results, such as \"result = 'failed'\".",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    help="Number of processes of the build.  [default: the processors this process may use, up to 8]",
)
@click.option("--force", "-f", is_flag=True, help="Replace an existing bundle.")
@progress_options
@verbose_option
def pull(*, dataset: str, output: Path, where: str, jobs: int | None, force: bool, progress: str, quiet: bool) -> None:
    """Make an ordinary bundle of the runs of DATASET that --where chooses.

    It holds of each run what a build of its zip or folder holds, which is written back from the bundle of its shard. If
    several runs are in one zip, all of them come along. Artifacts that are in no run are not pulled.
    """
    from ...output.dataset_texts.pull_lines import pull_lines
    from ...output.outcome_lines import outcome_of
    from ...output.output_streams import print_lines

    with closing(Display("none" if quiet else progress)) as display:
        opened = open_dataset(dataset)
        summary = opened.pull(output, where=where, jobs=jobs, force=force, progress=display.callback)
    if not quiet:
        print_lines(pull_lines(summary, outcome_of(summary.path)))
