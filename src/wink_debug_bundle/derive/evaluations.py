"""Say which evaluation each artifact, run and session belongs to, if the bundle has several or its folders have labels."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import apsw

from .evaluation_folders import Place, PlacedSample, evaluation_of, place_of, told_apart
from .sql_files import derive_sql

_PATHS = "SELECT id, path FROM artifacts"
_HAS_NAMES = "SELECT EXISTS (SELECT 1 FROM artifacts WHERE evaluation IS NOT NULL)"
_SET_ARTIFACT = "UPDATE artifacts SET evaluation = ? WHERE id = ?"


class _Sample(NamedTuple):
    place: Place
    experiment: str | None
    sample_id: str | None
    request: str | None
    """A hash of the request, by which samples without an id are known."""


def derive_evaluations(connection: apsw.Connection, labels: Mapping[str, str], *, tells_apart: bool = True) -> None:
    """Name the evaluations in the columns `evaluation`, unless they have names already.

    Args:
        connection: The bundle under construction, with its views.
        labels: The label of each folder that has one, by its path below the input; '' is the input itself.
        tells_apart: Whether other folders are told apart by their samples.

    Raises:
        apsw.Error: the names could not be written.
    """
    if connection.execute(_HAS_NAMES).get:
        return
    labelled = {_folder(path): label for path, label in labels.items()}
    samples = _samples(connection) if tells_apart else []
    others = [each for each in samples if not _is_below(each.place, labelled)]
    folders = {**told_apart(_placed(others)), **labelled}
    if not folders:
        return
    with connection:
        connection.executemany(_SET_ARTIFACT, _named(connection, folders))
        connection.execute(derive_sql("evaluations"))


def _folder(path: str) -> Place:
    return place_of(path, is_run=False) if path else ()


def _is_below(place: Place, folders: Mapping[Place, str]) -> bool:
    return evaluation_of("/".join(place), folders) is not None


def _named(connection: apsw.Connection, folders: Mapping[Place, str]) -> Iterator[tuple[str, int]]:
    """Yield the evaluation and the id of each artifact that has one."""
    rows: list[tuple[int, str]] = connection.execute(_PATHS).fetchall()  # type: ignore[assignment]
    for number, path in rows:
        if (name := evaluation_of(path, folders)) is not None:
            yield name, number


def _samples(connection: apsw.Connection) -> list[_Sample]:
    rows = connection.execute(derive_sql("placed_samples"))
    return [
        _Sample(place_of(path, is_run=bool(is_run)), experiment, sample_id, _hash(request))
        for path, is_run, experiment, sample_id, request in rows
    ]


def _hash(request: str | None) -> str | None:
    return None if request is None else hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()


def _placed(samples: Sequence[_Sample]) -> Iterator[PlacedSample]:
    """Yield each sample with the names by which it is known: its id, and its request if no other sample has the same."""
    ids = _ids_of_requests(samples)
    for each in samples:
        is_unique = each.request is not None and len(ids[each.request]) < 2
        names = (f"id {each.sample_id}" if each.sample_id is not None else None, each.request if is_unique else None)
        yield PlacedSample(each.place, [name for name in names if name is not None], each.experiment)


def _ids_of_requests(samples: Iterable[_Sample]) -> Mapping[str | None, set[str]]:
    ids: dict[str | None, set[str]] = defaultdict(set)
    for each in samples:
        if each.sample_id is not None:
            ids[each.request].add(each.sample_id)
    return ids
