"""The result of adding what is new in a directory to a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..pipeline.build_summary import BuildSummary


@dataclass(frozen=True, slots=True)
class AppendSummary:
    """What was new in a directory, and what the bundle had already.

    Attributes:
        path: The bundle.
        digest: The hash of the whole bundle as it is now.
        size_bytes: Its size.
        seconds: How long it took.
        new: What was added, by its path: a file, a run in a folder, or an entry that is only listed.
        known: What the bundle had already.
        grown: Files whose beginning the bundle had; they are read again in the place of it.
        changed: Files that the bundle has with other bytes; it now has both.
        build: What was read, and what could not be read; None if nothing was new, so that the bundle was not written.
    """

    path: Path
    digest: str | None
    size_bytes: int
    seconds: float
    new: tuple[str, ...]
    known: tuple[str, ...]
    grown: tuple[str, ...]
    changed: tuple[str, ...]
    build: BuildSummary | None

    @property
    def incomplete_count(self) -> int:
        """Return the number of new artifacts that could not be read completely."""
        return 0 if self.build is None else self.build.incomplete_count
