"""Open the dataset that an argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dataset.dataset_paths import dataset_place

if TYPE_CHECKING:
    from ..dataset.dataset_api import Dataset

__all__ = ["dataset_place", "open_dataset"]


def open_dataset(place: str) -> Dataset:
    """Open the dataset at a place.

    Raises:
        InvalidBundleError: there is no dataset.
    """
    from ..dataset.dataset_api import Dataset

    return Dataset.open(place)
