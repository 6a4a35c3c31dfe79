"""A dataset as a side of a comparison."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...explore.story.run_choice import Unit
    from .partial_dataset import PartialDataset


@dataclass(frozen=True, slots=True)
class DatasetSide:
    """A dataset that is open for a comparison, as a bundle is.

    Attributes:
        path: What messages call it.
        connection: The connection to a bundle of what is read of all samples.
        part: The dataset.
    """

    path: Path
    connection: sqlite3.Connection
    part: PartialDataset

    def whole(self, units: Sequence[Unit]) -> sqlite3.Connection:
        """Return a connection to a bundle with the whole story of some runs and sessions."""
        return self.part.whole(units)
