"""Find files of lines whose bytes are the first ones of a file in another bundle, which has grown since.

Files may be compressed: their lines count. Only files that begin with the same record are compared. The lines of the longer one are made again from its bundle, as
far as the shorter one goes, and hashed. The last line of the shorter one may be cut off: its writer was about to write it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from ...artifacts.source import DEFAULT_EXPANSION, limit_of
from ...column_values import LINE_KINDS, ArtifactKind, ArtifactStatus, Compression
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


_SIZE = "SELECT coalesce(sum(length), 0) FROM ledger WHERE artifact_id = ?"

_CUT_LINE = """
SELECT EXISTS (
    SELECT 1
    FROM (SELECT last, status FROM ledger WHERE artifact_id = :id ORDER BY last DESC LIMIT 1) AS ending
    JOIN problems ON problems.artifact_id = :id AND problems.line = ending.last AND problems.last_line IS NULL
    WHERE ending.status = 'malformed'
)
"""
"""Whether the bytes of the last line, which is no record, are in the bundle by themselves."""


class Beginning(NamedTuple):
    """The file that has grown, how many of its bytes the older one has, and whether that ends within a line.

    `is_same` if it has all of them, in a file that is compressed in another way.
    """

    original: Place
    size: int
    is_cut: bool
    is_same: bool


class _Hash(NamedTuple):
    """The SHA-256 of the first bytes of a file, and whether a line ends there."""

    sha256: str
    is_line_end: bool


class _Lines(NamedTuple):
    """A file of lines, what its first record is, and how many bytes its lines have."""

    place: Place
    row: MergedArtifact
    first: tuple[object, ...]
    size: int

    def may_begin(self, longer: _Lines) -> bool:
        """Return whether its bytes may be the first ones, or all, of a file in another bundle."""
        if self.place.bundle == longer.place.bundle or not _may_be_beginning(self.row):
            return False
        # Plain files with the same bytes are found by their hashes.
        is_compressed = (self.row.compression, longer.row.compression) != (Compression.NONE, Compression.NONE)
        return self.size < longer.size or (self.size == longer.size and is_compressed)


def find_beginnings(inputs: Sequence[Input]) -> dict[Place, Beginning]:
    """Return the files that are the beginning of a file, or of a run's member, of another bundle, with that one.

    Raises:
        DamagedBundleError: a bundle is damaged.
    """
    found: dict[Place, Beginning] = {}
    if not any(_may_be_beginning(row) for each in inputs for row in each.artifacts):
        return found
    alike: dict[tuple[object, ...], list[_Lines]] = defaultdict(list)
    for bundle, each in enumerate(inputs):
        for lines in _read(bundle, each):
            alike[lines.first].append(lines)
    for same in alike.values():
        longest_first = sorted(same, key=lambda lines: (-lines.size, lines.row.path, lines.place))
        for longer in longest_first:
            shorter = [each for each in longest_first if each.place not in found and each.may_begin(longer)]
            if shorter and longer.place not in found:
                found.update(_beginnings_of(longer, shorter, inputs))
    return found


def _may_be_beginning(row: MergedArtifact) -> bool:
    """Return whether the row is of a file outside of runs, whose lines are all in the bundle."""
    is_compressed = row.compression != Compression.NONE and row.status == ArtifactStatus.IMPORTED
    is_whole = (row.is_exact == 1 or is_compressed) and row.original_id is None
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
                        (size,) = connection.execute(_SIZE, (row.id,)).fetchone()
                        yield _Lines(Place(bundle, row.id), row, (table, *record[2:]), size)
        except DAMAGED as error:
            raise DamagedBundleError(f"{each.path}: the bundle is damaged: {error}") from error


def _beginnings_of(
    longer: _Lines, shorter: Sequence[_Lines], inputs: Sequence[Input]
) -> Iterator[tuple[Place, Beginning]]:
    """Yield those of the shorter files whose bytes are the first ones of the longer."""
    hashes = _hashes_in(inputs[longer.place.bundle], longer, {each.size for each in shorter})
    for each in shorter:
        found, held_in = hashes.get(each.size), inputs[each.place.bundle]
        if found is None or found.sha256 != _sha256(each, held_in):
            continue
        if found.is_line_end or _ends_in_cut_line(each, held_in):
            yield each.place, Beginning(longer.place, each.size, not found.is_line_end, each.size == longer.size)


def _sha256(each: _Lines, held_in: Input) -> str | None:
    """Return the hash of the bytes of the lines in a file."""
    if each.row.compression == Compression.NONE:
        return each.row.sha256
    found = _hashes_in(held_in, each, {each.size}).get(each.size)
    return None if found is None else found.sha256


def _hashes_in(held_in: Input, lines: _Lines, sizes: set[int]) -> Mapping[int, _Hash]:
    """Return the hashes of the first bytes of a file in a bundle.

    Raises:
        DamagedBundleError: the bundle is damaged.
    """
    with closing(open_bundle(held_in.database, held_in.path)) as connection:
        try:
            with limited_to(limit_of(held_in.size_bytes, DEFAULT_EXPANSION)):
                return _hashes(connection, lines.row.id, sizes)
        except DAMAGED as error:
            raise DamagedBundleError(f"{held_in.path}: the bundle is damaged: {error}") from error


def _ends_in_cut_line(each: _Lines, held_in: Input) -> bool:
    """Return whether the last line of a file is no record, so that none is lost if the whole line is imported."""
    with closing(open_bundle(held_in.database, held_in.path)) as connection:
        return bool(connection.execute(_CUT_LINE, {"id": each.row.id}).fetchone()[0])


def _hashes(connection: sqlite3.Connection, artifact_id: int, sizes: set[int]) -> Mapping[int, _Hash]:
    """Return the SHA-256 of the first bytes of a file of lines, for each of the sizes."""
    contents = read_contents(connection)
    digest, place, hashes = hashlib.sha256(), 0, dict[int, _Hash]()
    waiting = sorted(sizes, reverse=True)
    for chunk in line_bytes(connection, contents, contents.by_id[artifact_id], lambda _: None):
        begin = 0
        while waiting and waiting[-1] <= place + len(chunk):
            end = waiting.pop() - place
            digest.update(chunk[begin:end])
            begin = end
            is_line_end = chunk[end - 1 : end] == b"\n" or chunk[end : end + 1] in (b"\n", b"")
            hashes[place + end] = _Hash(digest.hexdigest(), is_line_end)
        if not waiting:
            break
        digest.update(chunk[begin:])
        place += len(chunk)
    return hashes
