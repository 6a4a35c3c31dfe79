"""The command `dataset build`: build a dataset, or add to it what is new."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import click

from ...output.progress_display import MODES, Display
from ...shared_options import PLACE, verbose_option
from .shard_size import shard_size_option

if TYPE_CHECKING:
    from ....artifacts.sets.shards import Shard


def _parse_shard(context: click.Context, option: click.Parameter, value: str | None) -> Shard | None:
    from ....pipeline.planning.job_arrays import parse_shard

    del context, option
    try:
        return None if value is None else parse_shard(value, os.environ)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _parse_labels(context: click.Context, option: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    """Return the label of each folder, by its path below the source."""
    del context, option
    labels: dict[str, str] = {}
    for value in values:
        name, equals, folder = value.partition("=")
        folder = folder.strip("/")
        if not name.strip() or (equals and not folder):
            raise click.BadParameter(f"{value!r} is not of the form NAME or NAME=FOLDER")
        if folder in labels:
            raise click.BadParameter(f"{value!r} labels what has a label already")
        labels[folder] = name
    return labels


def _check_executor(context: click.Context, option: click.Parameter, value: str) -> str:
    from ....dataset.executors.executor_choice import check_choice

    del context, option
    try:
        return check_choice(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(short_help="Build a dataset, or add to it what is new.")
@click.argument("source", type=PLACE)
@click.argument("output", type=PLACE)
@click.option(
    "--executor",
    "choice",
    metavar="WHERE",
    callback=_check_executor,
    default="local",
    show_default=True,
    help="What builds the shards: local (processes of this machine), dask:ADDRESS or ray:ADDRESS (a cluster that runs"
    " already, whose workers have this package); without the address, such a cluster is started on this machine.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    help="Number of processes of --executor local.  [default: the processors this process may use, up to 8]",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME[=FOLDER]",
    callback=_parse_labels,
    help="The evaluation of the folder FOLDER below SOURCE, or of all of SOURCE. Repeatable.",
)
@click.option(
    "--shard",
    metavar="I/N",
    callback=_parse_shard,
    help="Build only each Nth shard, as one of N jobs that are started alike. 'auto' takes both from"
    " SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX or CLOUD_RUN_TASK_INDEX, 'auto/N' the first from"
    " JOB_COMPLETION_INDEX.",
)
@shard_size_option("Mebibytes of artifacts that a shard has at least; it has up to four times as many.")
@click.option(
    "--no-bundles",
    is_flag=True,
    help="Store Parquet files alone; artifacts can only be written back from the bundles.",
)
@click.option(
    "--progress",
    type=click.Choice(MODES),
    default="auto",
    show_default=True,
    help="How to show progress on stderr; 'auto' shows a bar on a terminal, and a line every few seconds elsewhere.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print neither progress nor summary.")
@verbose_option
def build(
    *,
    source: str,
    output: str,
    choice: str,
    jobs: int | None,
    labels: dict[str, str],
    shard: Shard | None,
    shard_bytes: int,
    no_bundles: bool,
    progress: str,
    quiet: bool,
) -> None:
    """Build a dataset at OUTPUT of all artifacts below SOURCE.

    Both are local folders, or URLs such as s3://bucket/folder. Shards that are complete already stay; a second build adds
    what is missing and what is new. A shard that fails is tried once more; if one fails for good, the exit code is 1, and
    the rest can be used.
    """
    from ....dataset.dataset_build import DatasetOptions, build_dataset
    from ....dataset.dataset_paths import place_path
    from ....dataset.executors.executor_choice import chosen_executor
    from ...output.dataset_texts.dataset_lines import build_lines, failure_lines
    from ...output.error_reporting import encodable
    from ...output.output_streams import print_lines
    from ...output.wording import command_line

    with closing(Display("none" if quiet else progress)) as display:
        options = DatasetOptions(labels, shard_bytes, not no_bundles, shard, jobs, display.callback)
        with chosen_executor(choice) as executor:
            done = build_dataset(source, output, options, executor=executor)
    if not quiet:
        print_lines(build_lines(done, command_line("info", place_path(output))))
    if done.failures:
        if quiet:
            click.echo(encodable("\n".join(failure_lines(done.failures)), None), err=True)
        raise click.exceptions.Exit(1)
