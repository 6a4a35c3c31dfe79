"""Group units into shards by evaluation and size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..shard_task import ShardSource
from .run_units import units_of

USUAL_LEAST_BYTES = 256 << 20
"""Bytes of sources that a shard has at least, if there are as many."""

_MOST = 4
"""How many times that it has at most, unless one unit has more."""


@dataclass(slots=True)
class _Unit:
    """Sources that belong together; `group` is their evaluation, as far as labels and folders say."""

    group: str
    sources: list[ShardSource]
    size: int = 0


def grouped(
    sources: Sequence[ShardSource], labels: Mapping[str, str], least: int = USUAL_LEAST_BYTES
) -> Iterator[list[ShardSource]]:
    """Yield the sources of each shard, which has between `least` bytes and four times as many, if the units let it.

    A shard ends with its evaluation once it has `least` bytes; sources with different labels never share one.
    """
    shard: list[ShardSource] = []
    size, group, label = 0, None, None
    for unit in _units(sources, labels):
        unit_label = label_of(unit.sources[0].name, labels)
        is_full = size >= least and (unit.group != group or size * 2 >= least * _MOST)
        if shard and (is_full or size + unit.size > least * _MOST or unit_label != label):
            yield shard
            shard, size = [], 0
        shard.extend(unit.sources)
        size, group, label = size + unit.size, unit.group, unit_label
    if shard:
        yield shard


def label_of(name: str, labels: Mapping[str, str]) -> str | None:
    """Return the label of the innermost folder with one that a file is in; None if it is in none."""
    folder = name
    while folder:
        folder = folder.rpartition("/")[0]
        if folder in labels:
            return labels[folder]
    return None


def _units(sources: Sequence[ShardSource], labels: Mapping[str, str]) -> Iterable[_Unit]:
    """Return the units in the order of their evaluations and names."""
    units: dict[str, _Unit] = {}
    for source, name in zip(sources, units_of([source.name for source in sources]), strict=True):
        unit = units.get(name)
        if unit is None:
            group = label_of(source.name, labels)
            unit = units[name] = _Unit(source.name.partition("/")[0] if group is None else f"/{group}", [])
        unit.sources.append(source)
        unit.size += source.size
    return sorted(units.values(), key=lambda unit: (unit.group, unit.sources[0].name))
