"""A generated input: its files, and the number of rows that a contender must load from it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

GENERATION = 1
"""Increased when the generators change, so that old data is generated again."""


@dataclass(frozen=True)
class Recipe:
    """The parameters that decide every byte of a dataset, and its name.

    Attributes:
        profile: The name of the profile.
        gigabytes: Size before compression, in 10**9 bytes.
        seed: The seed of the random content.
        member_gigabytes: Size of an additional archive member, in an archive of its own; 0 for no such member.
    """

    profile: str
    gigabytes: float
    seed: int = 1
    member_gigabytes: float = 0.0

    @property
    def size(self) -> int:
        """Return the number of bytes to generate, before compression."""
        return int(self.gigabytes * 1e9)

    @property
    def name(self) -> str:
        """Return the name of the dataset's folder."""
        member = f"-member{self.member_gigabytes:g}" if self.member_gigabytes else ""
        return f"{self.profile}-{self.gigabytes:g}gb{member}-seed{self.seed}"


@dataclass(frozen=True)
class Dataset:
    """A dataset on disk.

    Attributes:
        folder: The folder of the dataset.
        recipe: The parameters it was generated with.
        rows: The number of rows that each table of the specification must hold.
        content_bytes: Size of the artifacts, with members of archives decompressed.
        disk_bytes: Size of the files on disk.
    """

    folder: Path
    recipe: Recipe
    rows: dict[str, int]
    content_bytes: int
    disk_bytes: int

    @property
    def input(self) -> Path:
        """Return the directory of artifacts that contenders read."""
        return self.folder / "input"

    @property
    def decompressed(self) -> Path:
        """Return the directory with the log and snapshot of a debug zip as plain files; only that profile has it."""
        return self.folder / "unpacked"

    def files(self, pattern: str = "*") -> list[Path]:
        """Return the artifacts whose names match, at any depth, sorted."""
        return sorted(path for path in self.input.rglob(pattern) if path.is_file())

    def save(self) -> None:
        """Write the description beside the input, as the last file: a dataset without it is incomplete."""
        about = {"generation": GENERATION, "recipe": asdict(self.recipe), "rows": self.rows}
        sizes = {"content_bytes": self.content_bytes, "disk_bytes": self.disk_bytes}
        path = self.folder / "dataset.json"
        path.write_text(json.dumps({**about, **sizes}, indent=2) + "\n")


def load(folder: Path) -> Dataset | None:
    """Return the dataset in `folder`; None if it does not exist, is incomplete or of another generation."""
    try:
        about = json.loads((folder / "dataset.json").read_text())
    except FileNotFoundError:
        return None
    if about["generation"] != GENERATION:
        return None
    recipe = Recipe(**about["recipe"])
    return Dataset(folder, recipe, about["rows"], about["content_bytes"], about["disk_bytes"])
