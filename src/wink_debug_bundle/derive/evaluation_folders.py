"""Tell by the folders of an evaluation's samples which of them are of one evaluation, and which of another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

Place = tuple[str, ...]
"""The names of the folders from the input down to a sample."""

_MOST_LEVELS: Final = 32
"""Folders below this level are not told apart; the names in a zip may have thousands of levels."""

_HERE: Final = "."
"""Names the evaluation whose samples are in no folder of their own, beside the folders of others."""

_OWN_FOLDER: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
"""The name of the folder that the library makes for one request of an evaluation."""


class PlacedSample(NamedTuple):
    """One execution of a sample: where it is, what it may be known by, best first, and its experiment."""

    place: Place
    names: Sequence[str]
    experiment: str | None


def place_of(path: str, *, is_run: bool) -> Place:
    """Return the folders that hold a run, without those of its own, or a file of sessions, the file included."""
    parts = tuple(path.replace("!", "/").split("/"))
    if not is_run:
        return parts[:_MOST_LEVELS]
    end = len(parts) - 1
    while end and _OWN_FOLDER.fullmatch(parts[end - 1]):
        end -= 1
    return parts[: min(end, _MOST_LEVELS)]


def evaluation_of(path: str, folders: Mapping[Place, str]) -> str | None:
    """Return the name of the innermost of the `folders` that an artifact is in or is; None if it is in none."""
    parts = place_of(path, is_run=False)
    inside_out = (folders.get(parts[:length]) for length in range(len(parts), -1, -1))
    return next((name for name in inside_out if name is not None), None)


def told_apart(samples: Iterable[PlacedSample]) -> dict[Place, str]:
    """Return the folders that tell evaluations apart, with a name for each; none if all samples are of one evaluation.

    The first folders below the input tell them apart that have the same sample twice, or no experiment in common. A
    folder within such a folder may do so again; its name is its path from the outer one on.
    """
    return dict(_folders([*samples], 0, None))


def _folders(samples: Sequence[PlacedSample], depth: int, outer: int | None) -> Iterator[tuple[Place, str]]:
    """Yield the folders at `depth` and below that tell evaluations apart; those at the depth `outer` did so already."""
    children = _children(samples, depth)
    is_apart = len(children) > 1 and _are_apart([*children.values()])
    first = depth if outer is None and is_apart else outer
    for name, inside in children.items():
        place = inside[0].place[: depth + 1]
        if is_apart:
            yield place, "/".join(place[first:]) or _HERE
        if name is not None:
            yield from _folders(inside, depth + 1, first)


def _children(samples: Iterable[PlacedSample], depth: int) -> dict[str | None, list[PlacedSample]]:
    """Return the samples in each folder at `depth`; those that are in none there have the key None."""
    children: dict[str | None, list[PlacedSample]] = defaultdict(list)
    for sample in samples:
        children[sample.place[depth] if len(sample.place) > depth else None].append(sample)
    return children


def _are_apart(folders: Sequence[Sequence[PlacedSample]]) -> bool:
    """Return whether the folders hold different evaluations, and not one sample each of a single evaluation."""
    counts = [len({sample.names[0] for sample in folder if sample.names}) for folder in folders]
    distinct = {sample.names[0] for folder in folders for sample in folder if sample.names}
    if max(counts) < 2 and len(distinct) > 1:
        return False
    names = [{name for sample in folder for name in sample.names} for folder in folders]
    experiments = [{sample.experiment for sample in folder if sample.experiment is not None} for folder in folders]
    return not _are_disjoint(names) or (all(experiments) and _are_disjoint(experiments))


def _are_disjoint(sets: Sequence[set[str]]) -> bool:
    return sum(map(len, sets)) == len(set().union(*sets))
