"""Find what a listing may change in the plans of a dataset, so that all else of it need not be looked at again."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from .planned_shard import PlannedShard
from .run_units import units_of
from .source_columns import SourceColumns


class Touched(NamedTuple):
    """What a listing may change.

    Attributes:
        shards: The planned shards with a source that has changed or gone, or whose runs have new files, and those that
            share runs with them.
        units: The places of all files of each of their units.
        new: The places of the files of units that no planned shard has.
    """

    shards: list[PlannedShard]
    units: list[list[int]]
    new: list[int]


def touched(listed: SourceColumns, planned: Sequence[PlannedShard]) -> Touched:
    """Return what a listing may change; all other shards have their sources as they are, in units without new files."""
    units = units_of(listed.names)
    places, is_planned, is_known = _found(listed, planned)
    changed = {unit for unit, known in zip(units, is_known, strict=True) if not known}
    with_owner = {unit for unit, owned in zip(units, is_planned, strict=True) if owned and unit in changed}
    chosen = {number for number, (_, is_whole) in enumerate(places) if not is_whole}
    reach = {units[place] for number in chosen for place in places[number][0]} | with_owner
    while True:
        more = {
            number
            for number, (own, _) in enumerate(places)
            if number not in chosen and any(units[place] in reach for place in own)
        }
        if not more:
            break
        chosen |= more
        reach |= {units[place] for number in more for place in places[number][0]}
    members: dict[str, list[int]] = {}
    new: list[int] = []
    for place, unit in enumerate(units):
        if unit in reach:
            members.setdefault(unit, []).append(place)
        elif unit in changed:
            new.append(place)
    return Touched([planned[number] for number in sorted(chosen)], [*members.values()], new)


def _found(
    listed: SourceColumns, planned: Sequence[PlannedShard]
) -> tuple[list[tuple[array[int], bool]], bytearray, bytearray]:
    """Return the places of each shard's sources, and whether all are as they were; which files are planned and known.

    A source that is not below the folder that was listed is as it was, as nothing is known of it.
    """
    is_planned, is_known = bytearray(len(listed)), bytearray(len(listed))
    shards: list[tuple[array[int], bool]] = []
    for shard in planned:
        own, is_whole = array("l"), True
        for source in () if listed.is_apart(shard.folder) else shard.sources:
            place = listed.find(source.uri)
            if place is None:
                is_whole = is_whole and not listed.is_below(source.uri)
                continue
            own.append(place)
            is_planned[place] = 1
            is_known[place] = listed.is_same(place, source)
            is_whole = is_whole and bool(is_known[place])
        shards.append((own, is_whole))
    return shards, is_planned, is_known
