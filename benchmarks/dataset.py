"""A generated input: where it lies, and what a contender must find in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

GENERATION = 1
"""Counts up when the generators change, so that old data is made anew."""


@dataclass(frozen=True)
class Recipe:
    """What decides every byte of a dataset, and its name.

    `gigabytes` (10**9 bytes) are counted before compression; `member_gigabytes` is the size of one more member in an
    archive of its own, 0 for none.
    """

    profile: str
    gigabytes: float
    seed: int = 1
    member_gigabytes: float = 0.0

    @property
    def size(self) -> int:
        """Bytes to make, before compression."""
        return int(self.gigabytes * 1e9)

    @property
    def name(self) -> str:
        """Name of the dataset's folder."""
        member = f"-member{self.member_gigabytes:g}" if self.member_gigabytes else ""
        return f"{self.profile}-{self.gigabytes:g}gb{member}-seed{self.seed}"


@dataclass(frozen=True)
class Dataset:
    """A dataset on disk. `rows` are those that the specification's tables must hold.

    Sizes are in bytes: `content_bytes` as the artifacts read, with members of archives unpacked, `disk_bytes` as
    they lie.
    """

    folder: Path
    recipe: Recipe
    rows: dict[str, int]
    content_bytes: int
    disk_bytes: int

    @property
    def input(self) -> Path:
        """The directory of artifacts that contenders read."""
        return self.folder / "input"

    @property
    def decompressed(self) -> Path:
        """The log and the snapshot of a debug zip as plain files; only that profile has it."""
        return self.folder / "unpacked"

    def files(self, pattern: str = "*") -> list[Path]:
        """Artifacts whose names match, at any depth, in order."""
        return sorted(path for path in self.input.rglob(pattern) if path.is_file())

    def save(self) -> None:
        """Write the description beside the input; it comes last, so a dataset without one is unfinished."""
        about = {"generation": GENERATION, "recipe": asdict(self.recipe), "rows": self.rows}
        sizes = {"content_bytes": self.content_bytes, "disk_bytes": self.disk_bytes}
        path = self.folder / "dataset.json"
        path.write_text(json.dumps({**about, **sizes}, indent=2) + "\n")


def load(folder: Path) -> Dataset | None:
    """The finished dataset in `folder`; None if there is none of this generation."""
    try:
        about = json.loads((folder / "dataset.json").read_text())
    except FileNotFoundError:
        return None
    if about["generation"] != GENERATION:
        return None
    recipe = Recipe(**about["recipe"])
    return Dataset(folder, recipe, about["rows"], about["content_bytes"], about["disk_bytes"])
