"""The command `dataset`, which has commands of its own."""

from __future__ import annotations

import click

from .dataset_building import build
from .dataset_checking import verify
from .dataset_compacting import compact
from .dataset_pulling import pull


@click.group("dataset", short_help="Build a dataset of many evaluations, and work on it.")
def dataset() -> None:
    """Build a dataset of Parquet files for more runs than one bundle should hold.

    A dataset is a folder, local or on object storage, whose shards are built independently of each other, by processes
    of this machine or by jobs of a cluster. Its commands need: pip install 'wink-debug-bundle[dataset]'
    """


for _command in (build, compact, pull, verify):
    dataset.add_command(_command)
