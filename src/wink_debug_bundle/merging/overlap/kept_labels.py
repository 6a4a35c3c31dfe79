"""Give what is imported once the label that any of the bundles has for it, and find labels that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import apsw

from ...database.writing import transaction
from ..inputs import Input, MergedArtifact, Place
from .held_twice import Share, stand_in_of

_LABEL = "UPDATE main.artifacts SET evaluation = ? WHERE id = ? AND evaluation IS NULL"


class OtherLabel(NamedTuple):
    """A file or run that keeps the label of one bundle, where another bundle has another one."""

    path: str
    kept: str
    other: str


def label_kept_artifacts(
    connection: apsw.Connection, inputs: Sequence[Input], shares: Sequence[Share], bases: Sequence[int]
) -> None:
    """Label each artifact without a label that another bundle has with one; `bases` are added to ids of artifacts.

    Raises:
        apsw.Error: the rows could not be written.
    """
    labels = [
        (row.evaluation, bases[kept.bundle] + kept.id)
        for row, kept in _pairs(inputs, shares)
        if row.evaluation is not None
    ]
    if labels:
        with transaction(connection):
            connection.executemany(_LABEL, labels)


def other_labels(inputs: Sequence[Input], shares: Sequence[Share]) -> list[OtherLabel]:
    """Return the entries of directories that have different labels in several bundles."""
    rows = [{row.id: row for row in each.artifacts} for each in inputs]
    found = []
    for row, kept in _pairs(inputs, shares):
        label = rows[kept.bundle][kept.id].evaluation
        is_entry = row.container_id is None and row.archive_id is None
        if is_entry and label is not None and row.evaluation not in {None, label}:
            found.append(OtherLabel(row.path, label, str(row.evaluation)))
    return found


def _pairs(inputs: Sequence[Input], shares: Sequence[Share]) -> Iterator[tuple[MergedArtifact, Place]]:
    """Yield each artifact that is not imported from its bundle, with the place of the one that stands for it."""
    for each, share in zip(inputs, shares, strict=True):
        for row in each.artifacts:
            if row.id in share.stand_ins:
                yield row, stand_in_of(share.stand_ins[row.id], shares)
