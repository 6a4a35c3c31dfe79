"""Open the dataset that an argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..dataset.dataset_paths import dataset_place
from ..terminal_text import visible

if TYPE_CHECKING:
    from ..dataset.dataset_api import Dataset

__all__ = ["dataset_place", "note_missing", "open_dataset"]


def open_dataset(place: str, *, tells_missing: bool = True) -> Dataset:
    """Open the dataset at a place, and say on stderr if shards of it are missing.

    Raises:
        InvalidBundleError: there is no dataset.
    """
    from ..dataset.dataset_api import Dataset

    dataset = Dataset.open(place)
    if tells_missing and dataset.commits:
        note_missing(dataset.storage.shown, dataset.missing_count)
    return dataset


def note_missing(shown: str, count: int) -> None:
    """Say on stderr that some shards of a dataset are not complete, and so in no answer."""
    from .output.error_reporting import encodable
    from .output.wording import counted

    if count:
        text = f"Note: {visible(shown)}: {counted(count, 'shard')} not complete and not read; dataset build builds what is missing"
        click.echo(encodable(text, None), err=True)
