"""Let zips and folders follow their changed members: directories, lists, parts, ledgers, sizes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any, NamedTuple

import apsw

from ...artifacts.accounting.blobs import keep_bytes
from ...batch import Batch
from ...column_values import Compression
from ..cell_texts.cell_rewriting import Rewritten
from .following_sql import following_sql
from .ledger_growth import Growth, grow_ledger
from .zip_directories import UNKNOWN_BYTES, MemberBytes, Renamed, rewrite_directory, rewrite_listing

_PARTS = "SELECT offset, length, blob_sha256 FROM zip_parts WHERE artifact_id = ? ORDER BY offset"
_IS_CHANGED = "SELECT 1 FROM temp.changed_artifacts WHERE id = ?"
_INNER = """
SELECT CASE WHEN container_id = :artifact THEN member ELSE archive_member END AS number
FROM artifacts
WHERE (container_id = :artifact OR archive_id = :artifact) AND id IN (SELECT id FROM temp.changed_artifacts)
"""
_OF_FOLDERS = """
SELECT first, last FROM ledger WHERE artifact_id = ? AND status = 'own_artifact' AND EXISTS (
    SELECT 1 FROM artifacts
    WHERE archive_id = ledger.artifact_id AND is_folder AND id IN (SELECT id FROM temp.changed_artifacts)
)
"""


Rewriter = Callable[[Sequence[bytes]], Mapping[bytes, Rewritten]]
"""Returns those of several texts in which anything was found, with tokens."""


class Zip(NamedTuple):
    """An artifact with members."""

    id: int
    is_folder: int


class ZipFollower:
    """Lets zips follow.

    Args:
        connection: The copy of the bundle.
        opened: Opens a blob of the copy.
        rewritten: Searches several bytes, and returns those with tokens in which anything was found.
        growths: How much each artifact of lines grew, by its id.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        opened: Callable[[str], IO[bytes]],
        rewritten: Rewriter,
        growths: dict[int, int],
    ) -> None:
        self._connection = connection
        self._opened = opened
        self._rewritten = rewritten
        self._growths = growths
        self.rules: dict[str, int] = {}

    def follow(self, archive: Zip) -> None:
        """Rewrite the directory and the other parts of a zip, and let its ledger agree."""
        members, growths = self._members(archive)
        parts: list[Any] = self._connection.execute(_PARTS, (archive.id,)).fetchall()
        if not members and not self._is_changed(archive) and all(self._is_clean(part) for part in parts):
            return
        new_parts = [self._part(archive, part, members, is_last=part is parts[-1]) for part in parts]
        if not members and all(new is None for new in new_parts):
            return
        self._connection.execute("INSERT OR IGNORE INTO temp.changed_artifacts VALUES (?)", (archive.id,))
        grown = {old[0]: len(new) - old[1] for old, new in zip(parts, new_parts, strict=True) if new is not None}
        growth = grow_ledger(self._connection, archive.id, growths if archive.is_folder else {}, grown)
        self._growths[archive.id] = growth.total
        self._connection.execute("DELETE FROM zip_parts WHERE artifact_id = ?", (archive.id,))
        for old, new in zip(parts, new_parts, strict=True):
            self._store_part(archive, old, new, growth)
        self._connection.execute(
            "UPDATE artifacts SET size_bytes = max(size_bytes + ?, 0) WHERE id = ?", (growth.total, archive.id)
        )

    def _is_changed(self, archive: Zip) -> bool:
        return self._connection.execute(_IS_CHANGED, (archive.id,)).get is not None

    def _is_clean(self, part: Any) -> bool:
        """Return whether nothing is found in a part as a whole, so that its names need not be searched one by one."""
        with self._opened(part[2]) as stream:
            return not self._rewritten([stream.read()])

    def _members(self, archive: Zip) -> tuple[dict[int, MemberBytes], dict[int, int]]:
        """Return what is known of members that changed, and how much each grew."""
        members: dict[int, MemberBytes] = {}
        growths: dict[int, int] = {}
        execute: Any = self._connection.execute
        argument = {"artifact": archive.id}
        for number, content, sha256, size, crc, growth in execute(following_sql("member_changes"), argument):
            known = zlib.crc32(content) if crc is None else crc
            members[number], growths[number] = MemberBytes(known, size, sha256), growth
        for (number,) in execute(_INNER, argument).fetchall():
            if number is not None:
                members.setdefault(number, UNKNOWN_BYTES)
        for first, last in execute(_OF_FOLDERS, (archive.id,)).fetchall():
            for number in range(first, last + 1):
                members.setdefault(number, UNKNOWN_BYTES)
        sql = "SELECT member, id FROM artifacts WHERE container_id = ?"
        for number, inner in execute(sql, (archive.id,)).fetchall():
            if inner in self._growths:
                growths[number] = self._growths[inner]
        return members, growths

    def _part(self, archive: Zip, part: Any, members: dict[int, MemberBytes], *, is_last: bool) -> bytes | None:
        """Return the new bytes of a part; None if they are the old ones."""
        with self._opened(part[2]) as stream:
            data = stream.read()
        if not is_last:
            new = self._renamed([data], lambda renamed: renamed(data))
        else:
            rewrite = rewrite_listing if archive.is_folder else rewrite_directory
            names: list[bytes] = []
            rewrite(data, members, lambda name: names.append(name) or name)  # type: ignore[func-returns-value]
            new = self._renamed(names, lambda renamed: rewrite(data, members, renamed))
        return None if new == data else new

    def _renamed(self, names: Iterable[bytes], rewrite: Callable[[Renamed], bytes]) -> bytes:
        """Return what `rewrite` makes with the new form of each of the names, which are searched at once."""
        rewritten = self._rewritten(list(filter(None, names)))

        def renamed(name: bytes) -> bytes:
            if (new := rewritten.get(name)) is None:
                return name
            for rule, count in new.rules.items():
                self.rules[rule] = self.rules.get(rule, 0) + count
            return new.data

        return rewrite(renamed)

    def _store_part(self, archive: Zip, old: Any, new: bytes | None, growth: Growth) -> None:
        offset, length, key = old
        if new is not None:
            batch = Batch(archive.id)
            key, length = keep_bytes(batch, new), len(new)
            if self._connection.execute("SELECT 1 FROM blobs WHERE sha256 = ?", (key,)).get is None:
                for table, rows in batch.rows.items():
                    places = ", ".join("?" * len(rows[0]))
                    self._connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
        place = growth.offsets.get(offset, offset + growth.total)
        self._connection.execute(
            "INSERT OR REPLACE INTO zip_parts VALUES (?, ?, ?, ?)", (archive.id, place, length, key)
        )


def is_plain(compression: str) -> bool:
    """Return whether the size of an artifact of lines is that of its lines."""
    return compression == Compression.NONE
