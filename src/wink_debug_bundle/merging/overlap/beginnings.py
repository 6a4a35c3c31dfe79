"""Find files of lines whose bytes are the first ones of a file in another bundle, which has grown since.

Only files that begin with the same record are compared. The lines of the longer one are made again from its bundle, as
far as the shorter one goes, and hashed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from ...artifacts.source import DEFAULT_EXPANSION, limit_of
from ...column_values import LINE_KINDS, ArtifactKind, ArtifactStatus
from ...database.connection import open_bundle
from ...errors import DamagedBundleError
from ...explore.expansion import limited_to
from ...fidelity.artifact_rows import DAMAGED, first_id, read_contents
from ...fidelity.line_files import line_bytes
from ..inputs import Input, MergedArtifact, Place

_FIRST = {
    "logs": "SELECT artifact_id, line, timestamp, message, context FROM logs WHERE id = ?",
    "snapshots": "SELECT artifact_id, line, session_id, created_at, envelope FROM snapshots WHERE id = ?",
}
"""Queries for what tells the first record of a file from that of another."""


class _Lines(NamedTuple):
    """A file of lines, and what its first record is."""

    place: Place
    row: MergedArtifact
    first: tuple[object, ...]


def find_beginnings(inputs: Sequence[Input]) -> dict[Place, Place]:
    """Return the files that are the beginning of a file, or of a run's member, of another bundle, with that one.

    Raises:
        DamagedBundleError: a bundle is damaged.
    """
    found: dict[Place, Place] = {}
    if not any(_may_be_beginning(row) for each in inputs for row in each.artifacts):
        return found
    alike: dict[tuple[object, ...], list[_Lines]] = defaultdict(list)
    for bundle, each in enumerate(inputs):
        for lines in _read(bundle, each):
            alike[lines.first].append(lines)
    for same in alike.values():
        longest_first = sorted(same, key=lambda lines: -lines.row.size_bytes)
        for longer in longest_first:
            shorter = [
                each
                for each in longest_first
                if each.row.size_bytes < longer.row.size_bytes
                and each.place.bundle != longer.place.bundle
                and each.place not in found
                and _may_be_beginning(each.row)
            ]
            if shorter:
                found.update(dict.fromkeys(_beginnings_of(longer, shorter, inputs[longer.place.bundle]), longer.place))
    return found


def _may_be_beginning(row: MergedArtifact) -> bool:
    """Return whether the row is of a file outside of runs, whose lines are all in the bundle and have a hash."""
    is_whole = row.is_exact == 1 and row.original_id is None
    return is_whole and row.container_id is None and row.kind in LINE_KINDS


def _read(bundle: int, each: Input) -> Iterator[_Lines]:
    """Yield the files of lines in a bundle that begin with a record."""
    with closing(open_bundle(each.database, each.path)) as connection:
        try:
            for row in each.artifacts:
                if row.kind in LINE_KINDS and row.status != ArtifactStatus.DUPLICATE:
                    table = "snapshots" if row.kind == ArtifactKind.SNAPSHOTS else "logs"
                    record = connection.execute(
                        _FIRST[table], (first_id(connection, table, row.id, "line"),)
                    ).fetchone()
                    if record is not None and record[:2] == (row.id, 1):
                        yield _Lines(Place(bundle, row.id), row, (table, *record[2:]))
        except DAMAGED as error:
            raise DamagedBundleError(f"{each.path}: the bundle is damaged: {error}") from error


def _beginnings_of(longer: _Lines, shorter: Sequence[_Lines], held_in: Input) -> Iterator[Place]:
    """Yield those of the shorter files whose bytes are the first ones of the longer."""
    with closing(open_bundle(held_in.database, held_in.path)) as connection:
        try:
            wanted = {each.row.size_bytes for each in shorter}
            with limited_to(limit_of(held_in.size_bytes, DEFAULT_EXPANSION)):
                hashes = _hashes(connection, longer.row.id, wanted)
        except DAMAGED as error:
            raise DamagedBundleError(f"{held_in.path}: the bundle is damaged: {error}") from error
    for each in shorter:
        if hashes.get(each.row.size_bytes) == each.row.sha256:
            yield each.place


def _hashes(connection: sqlite3.Connection, artifact_id: int, sizes: set[int]) -> Mapping[int, str]:
    """Return the SHA-256 of the first bytes of a file of lines, for each of the sizes after which a line ends."""
    contents = read_contents(connection)
    digest, place, hashes = hashlib.sha256(), 0, {}
    waiting = sorted(sizes, reverse=True)
    for chunk in line_bytes(connection, contents, contents.by_id[artifact_id], lambda _: None):
        begin = 0
        while waiting and waiting[-1] <= place + len(chunk):
            end = waiting.pop() - place
            digest.update(chunk[begin:end])
            begin = end
            if chunk[end - 1 : end] == b"\n" or chunk[end : end + 1] in (b"\n", b""):
                hashes[place + end] = digest.hexdigest()
        if not waiting:
            break
        digest.update(chunk[begin:])
        place += len(chunk)
    return hashes
