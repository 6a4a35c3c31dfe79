"""Divide sources among the jobs of one build, so that each is read by one job and what belongs together by the same.

A run is on its own, unless its folder holds no other run: then it goes with all that lies there. Other files go with
their folder, as files in one folder are taken to be of one session. The names decide, so that jobs which find the same
files need not know of each other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from ...column_values import ArtifactKind
from ..source import Source
from .run_folders import group_runs

MOST_SHARDS = 100_000
"""More than schedulers start jobs of one array."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the parts of a build; `number` counts from 1 to `count`."""

    number: int
    count: int

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: there is no such part.
        """
        if not 1 <= self.number <= self.count:
            raise ValueError(f"there is no shard {self.number} of {self.count}: shards are numbered from 1")
        if self.count > MOST_SHARDS:
            raise ValueError(f"{self.count} shards are more than the {MOST_SHARDS} that a build can have")

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def file_name(self, name: str) -> str:
        """Return a name for the bundle of the shard, made from that of the bundle of all."""
        stem, dot, ending = name.rpartition(".")
        number = str(self.number).rjust(len(str(self.count)), "0")
        return f"{stem}-{number}-of-{self.count}{dot}{ending}"


def sources_of_shard(sources: Sequence[Source], shard: Shard) -> list[Source]:
    """Return the sources that the shard reads, in their order."""
    units = _units(sources)
    with_artifacts = sorted({unit for unit, held in zip(units, sources, strict=True) if _is_artifact(held)})
    places = {unit: place for place, unit in enumerate(with_artifacts)}
    wanted = {unit for unit in set(units) if places.get(unit, _hash(unit)) % shard.count == shard.number - 1}
    return [source for unit, source in zip(units, sources, strict=True) if unit in wanted]


def _is_artifact(source: Source) -> bool:
    """Return whether the source counts when units are dealt out; bundles of other shards in the folder do not."""
    return source.kind is not ArtifactKind.UNKNOWN


def _hash(unit: str) -> int:
    """Return a number that depends on the name of a unit without artifacts alone."""
    return int.from_bytes(hashlib.sha256(unit.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def with_parts(sources: Sequence[Source]) -> Iterator[tuple[Source, list[Source]]]:
    """Yield each source with what it was made of: for a run in a folder, the sources of its files; else itself."""
    grouped = group_runs(sources)
    left = {id(source) for source in grouped}
    folders: dict[str, list[Source]] = {str(run.path): [] for run in grouped if run.folder is not None}
    for source in sources:
        if id(source) not in left:
            folders[_run_folder(str(source.path), folders)].append(source)
    for source in grouped:
        yield source, [source] if source.folder is None else folders[str(source.path)]


def _run_folder(path: str, folders: Container[str]) -> str:
    """Return the folder, above a file, of the run that the file belongs to."""
    while path not in folders and path != (upper := _folder(path)):
        path = upper
    return path


def _units(sources: Sequence[Source]) -> list[str]:
    """Return the unit of each source; units are named after a folder, or after a run that is not alone in its folder."""
    whole = list(with_parts(sources))
    in_folder = Counter(_folder(source.name) for source, _ in whole if source.kind is ArtifactKind.RUN)
    units: dict[int, str] = {}
    for source, parts in whole:
        folder = _folder(source.name)
        is_alone = source.kind is not ArtifactKind.RUN or in_folder[folder] == 1
        units.update((id(part), folder if is_alone else source.name) for part in parts)
    return [units[id(source)] for source in sources]


def _folder(name: str) -> str:
    """Return the folder of a path; "." for one without."""
    return name.rpartition("/")[0] or ("/" if name.startswith("/") else ".")
