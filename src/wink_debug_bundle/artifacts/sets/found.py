"""Hold a source while a build is planned, with the sources inside it and the one that it repeats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ...column_values import ArtifactKind
from ..source import Copy, Source


@dataclass(slots=True, eq=False)
class Found:
    """A source that was found.

    `inner` are the artifacts inside a zip of artifacts, `members` those of a run that hold lines. `original` is what is
    imported in its place, if it repeats another one. `level` counts the zips around it. `sha256`
    is the hash of the file, once it was needed.
    """

    source: Source
    inner: list[Found] = field(default_factory=list)
    members: list[Found] = field(default_factory=list)
    original: Found | None = None
    level: int = 0
    sha256: str | None = None

    @property
    def preference(self) -> tuple[int, bool, str]:
        """Return what to sort by, so that of equal sources the one to import comes first."""
        return self.level, self.source.folder is not None, self.source.name

    def set_copy(self, original: Found, copy: Copy) -> None:
        """Note that `original` is imported in the place of this source."""
        self.original = original
        self.source = replace(self.source, copy=copy)
        self.members, self.inner = [], []

    def with_inner(self) -> Iterator[tuple[Found, Found | None]]:
        """Yield this and, below it, everything inside of it, each with the zip around it; sets their levels."""
        yield self, None
        for inner in self.inner:
            for found, outer in inner.with_inner():
                found.level += 1
                yield found, outer or self


def lines_of(found: Found) -> bool:
    """Return whether the source is a file of lines outside of runs."""
    return found.source.kind in (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS) and found.source.member is None


def is_session_file(source: Source) -> bool:
    """Return whether the source is a file of snapshots outside of runs."""
    return source.kind is ArtifactKind.SNAPSHOTS and source.member is None
