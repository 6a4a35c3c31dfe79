"""The command `dataset compact`: put small shards together."""

from __future__ import annotations

import click

from ...shared_options import PLACE, verbose_option
from .shard_size import shard_size_option


@click.command(short_help="Put small shards together to large ones.")
@click.argument("dataset", type=PLACE)
@shard_size_option("Mebibytes of artifacts that a shard should have at least; smaller ones are put together.")
@click.option("--quiet", "-q", is_flag=True, help="Print neither progress nor summary.")
@verbose_option
def compact(*, dataset: str, shard_bytes: int, quiet: bool) -> None:
    """Put the small shards of DATASET together to large ones, and remove the files of the small ones.

    Questions have the same answers before, meanwhile and afterwards. If it is killed, run it again. Builds and other
    compactions may run at the same time; shards that they took stay as they are.
    """
    from contextlib import nullcontext

    from ....dataset.dataset_api import Dataset
    from ...output.dataset_texts.compaction_lines import compaction_lines
    from ...output.output_streams import print_lines
    from ...output.progress_display import byte_bar

    with nullcontext() if quiet else byte_bar("compacting") as progress:
        done = Dataset.compact(dataset, shard_bytes=shard_bytes, progress=progress)
    if not quiet:
        print_lines(compaction_lines(done))
