"""Group units into shards by evaluation and size."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from ..shard_task import ShardSource
from .run_units import units_of
from .source_columns import SourceColumns

USUAL_LEAST_BYTES = 256 << 20
"""Bytes of sources that a shard has at least, if there are as many."""

_MOST = 4
"""How many times that it has at most, unless one unit has more."""


class _Unit(NamedTuple):
    """The places of sources that belong together; `group` is their evaluation, as far as labels and folders say."""

    group: str
    places: list[int]
    size: int


def grouped(
    sources: SourceColumns, labels: Mapping[str, str], least: int = USUAL_LEAST_BYTES
) -> Iterator[list[ShardSource]]:
    """Yield the sources of each shard, which has between `least` bytes and four times as many, if the units let it.

    A shard ends with its evaluation once it has `least` bytes; sources with different labels never share one.
    """
    shard: list[int] = []
    size, group, label = 0, None, None
    for unit in _units(sources, labels):
        unit_label = label_of(sources.names[unit.places[0]], labels)
        is_full = size >= least and (unit.group != group or size * 2 >= least * _MOST)
        if shard and (is_full or size + unit.size > least * _MOST or unit_label != label):
            yield [sources[place] for place in shard]
            shard, size = [], 0
        shard += unit.places
        size, group, label = size + unit.size, unit.group, unit_label
    if shard:
        yield [sources[place] for place in shard]


def label_of(name: str, labels: Mapping[str, str]) -> str | None:
    """Return the label of the innermost folder with one that a file is in; None if it is in none."""
    folder = name if labels else ""
    while folder:
        folder = folder.rpartition("/")[0]
        if folder in labels:
            return labels[folder]
    return None


def _units(sources: SourceColumns, labels: Mapping[str, str]) -> Iterator[_Unit]:
    """Yield the units in the order of their evaluations and names."""
    first = _first_places(sources.names)
    groups: dict[str, array[int]] = defaultdict(lambda: array("l"))
    for place, first_place in enumerate(first):
        groups[_group_of(sources.names[first_place], labels)].append(place)
    for group in sorted(groups):
        members = sorted(groups.pop(group), key=first.__getitem__)
        for _, together in groupby(members, key=first.__getitem__):
            places = list(together)
            yield _Unit(group, places, sum(sources.sizes[place] for place in places))


def _first_places(names: Sequence[str]) -> array[int]:
    """Return, for each name, the place of the first one of its unit."""
    seen: dict[str, int] = {}
    return array(
        "l",
        (
            place if unit == name else seen.setdefault(unit, place)
            for place, (name, unit) in enumerate(zip(names, units_of(names), strict=True))
        ),
    )


def _group_of(name: str, labels: Mapping[str, str]) -> str:
    label = label_of(name, labels)
    return name.partition("/")[0] if label is None else f"/{label}"
