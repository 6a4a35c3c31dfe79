"""The command `dataset compact`: put small shards together."""

from __future__ import annotations

import click

from ...shared_options import verbose_option

_MEBI = 1 << 20


@click.command(short_help="Put small shards together to large ones.")
@click.argument("dataset")
@click.option(
    "--shard-size",
    metavar="MIB",
    type=click.FloatRange(min=0, min_open=True),
    default=256,
    show_default=True,
    help="Mebibytes of artifacts that a shard should have at least; smaller ones are put together.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print neither progress nor summary.")
@verbose_option
def compact(*, dataset: str, shard_size: float, quiet: bool) -> None:
    """Put the small shards of DATASET together to large ones, and remove the files of the small ones.

    Questions have the same answers before, meanwhile and afterwards. If it is killed, run it again. Do not build or compact
    the same dataset by another process at the same time.
    """
    from contextlib import nullcontext

    from ....dataset.dataset_api import Dataset
    from ...output.dataset_texts.compaction_lines import compaction_lines
    from ...output.output_streams import print_lines
    from ...output.progress_display import byte_bar

    with nullcontext() if quiet else byte_bar("compacting") as progress:
        done = Dataset.compact(dataset, shard_bytes=max(1, round(shard_size * _MEBI)), progress=progress)
    if not quiet:
        print_lines(compaction_lines(done))
