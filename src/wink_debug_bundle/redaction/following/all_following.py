"""Let everything follow from changed rows and bytes, until nothing in the copy tells what was there before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import IO, Any

import apsw

from ...column_values import LINE_KINDS
from ...database.shared_text import has_shared_text
from ...derive.failures import failure_signature
from ...explore.stored_files import open_blob
from .changed_zips import Rewriter, Zip, ZipFollower, is_plain
from .following_sql import following_sql
from .ledger_growth import grow_ledger

_INDEXES = {"redacted_members": "container_id", "redacted_archives": "archive_id"}
"""Columns of artifacts by which each zip looks for its members; the bundle itself needs no index of them."""
_COUNT = "SELECT count(*) FROM temp.changed_artifacts"
_LINE_ARTIFACTS = """
SELECT id, compression, container_id FROM artifacts
WHERE id IN (SELECT id FROM temp.changed_artifacts) AND kind IN (SELECT value FROM json_each(?))
"""
_GROWTHS = "SELECT line, growth FROM temp.changed_lines WHERE artifact_id = ? AND growth <> 0"
_REPEATED = """
SELECT duplicates.first + (changed.line - duplicates.original), changed.growth
FROM duplicate_lines AS duplicates
JOIN temp.changed_lines AS changed
    ON changed.artifact_id = ? AND changed.line BETWEEN duplicates.original
        AND duplicates.original + duplicates.last - duplicates.first
WHERE duplicates.artifact_id = ?
"""
_LOG_OF = """
SELECT coalesce(
    (SELECT original_id FROM artifacts WHERE id = ?1),
    (
        SELECT log.id FROM artifacts AS log
        WHERE log.kind = 'logs' AND log.container_id = (SELECT container_id FROM artifacts WHERE id = ?1)
        ORDER BY log.member DESC LIMIT 1
    )
)
"""
_ZIPS = "SELECT id, is_folder FROM artifacts WHERE kind IN ('archive', 'run') ORDER BY archive_id IS NULL, id DESC"
_SIGNATURES = """
UPDATE failures SET signature = signature_of(message, kind)
WHERE id IN (SELECT key FROM temp.changed_rows WHERE table_name = 'failures') AND message <> ''
"""
_WHOLE = """
SELECT artifacts.id, blobs.size_bytes, artifacts.size_bytes
FROM artifacts
JOIN problems ON problems.artifact_id = artifacts.id AND problems.line IS NULL AND problems.member IS NULL
    AND problems.kind IN ('unrecognised', 'unreadable', 'expansion')
JOIN blobs ON blobs.sha256 = problems.blob_sha256
WHERE artifacts.id IN (SELECT id FROM temp.changed_artifacts)
    AND blobs.sha256 IN (SELECT new FROM temp.changed_bytes)
    AND EXISTS (SELECT 1 FROM ledger WHERE artifact_id = artifacts.id AND length = artifacts.size_bytes)
"""


class Followers:
    """Lets hashes, sizes, ledgers and directories follow."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._growths: dict[int, int] = {}
        self._signatures: dict[bytes, str] = {}
        self.rules: Counter[str] = Counter()

    def forget_hashes(self, *, with_manifests: bool) -> set[str]:
        """Let references follow, forget the hashes of what changed, and return these.

        Args:
            with_manifests: Whether to return those of manifests, too. Nothing that the library writes tells them, and every
                manifest has changed as soon as hashes were replaced.
        """
        of_files = "new_keys_of_shared" if has_shared_text(self._connection) else "new_keys_of_files"
        self._connection.execute(following_sql(of_files))
        self._connection.execute(following_sql("new_keys"))
        self._connection.execute(following_sql("changed_artifacts"))
        self._spread()
        sql = "SELECT sha256 FROM temp.old_hashes WHERE ? OR NOT is_of_manifest"
        return {str(sha256) for (sha256,) in self._connection.execute(sql, (with_manifests,))}

    def follow_sizes(self, rewritten: Rewriter) -> None:
        """Let signatures, ledgers, sizes and the directories of zips agree with what is there now.

        Args:
            rewritten: Searches several bytes, and returns those with tokens in which anything was found.
        """
        execute: Any = self._connection.execute
        for name, column in _INDEXES.items():
            execute(f"CREATE INDEX {name} ON artifacts({column})")
        # A signature has parts of values that no rule knows any more, as it leaves out what looks like an id.
        self._connection.create_scalar_function("signature_of", partial(self._signature, rewritten), 2)
        execute(_SIGNATURES)
        for artifact, new, old in execute(_WHOLE).fetchall():
            execute("UPDATE artifacts SET size_bytes = ? WHERE id = ?", (new, artifact))
            execute(
                "UPDATE ledger SET offset = 0, length = ? WHERE artifact_id = ? AND length = ?", (new, artifact, old)
            )
        kinds = str(list(map(str, LINE_KINDS))).replace("'", '"')
        for artifact, compression, container in execute(_LINE_ARTIFACTS, (kinds,)).fetchall():
            self._follow_lines(artifact, has_size=is_plain(compression) or container is not None)
        opened: Callable[[str], IO[bytes]] = partial(open_blob, self._connection)  # type: ignore[arg-type]
        zips = ZipFollower(self._connection, opened, rewritten, self._growths)
        for archive in map(Zip._make, execute(_ZIPS).fetchall()):
            zips.follow(archive)
        self.rules.update(zips.rules)
        for name in _INDEXES:
            execute(f"DROP INDEX {name}")
        self._spread()
        execute(following_sql("unused_bytes"))
        if has_shared_text(self._connection):
            execute("DELETE FROM texts WHERE sha256 NOT IN (SELECT sha256 FROM file_entries WHERE sha256 IS NOT NULL)")

    def _spread(self) -> None:
        count = -1
        while (found := self._connection.execute(_COUNT).get) != count:
            count = found
            self._connection.execute(following_sql("spread_changes"))
        self._connection.execute(following_sql("drop_originals"))

    def _follow_lines(self, artifact: int, *, has_size: bool) -> None:
        execute: Any = self._connection.execute
        growths = dict(execute(_GROWTHS, (artifact,)).fetchall())
        log = execute(_LOG_OF, (artifact,)).get
        if log is not None:
            growths.update(execute(_REPEATED, (log, artifact)).fetchall())
        if not growths:
            return
        growth = grow_ledger(self._connection, artifact, growths, {})
        self._growths[artifact] = growth.total
        if has_size:
            execute("UPDATE artifacts SET size_bytes = max(size_bytes + ?, 0) WHERE id = ?", (growth.total, artifact))

    def _signature(self, rewritten: Rewriter, message: str, kind: str) -> str:
        """Return the signature of a failure's message, with tokens.

        It has words that the message has not, such as <path>, and these may be secret, too.
        """
        made = failure_signature(message, kind).encode()
        if made not in self._signatures:
            new = rewritten([made]).get(made)
            self._signatures[made] = (made if new is None else new.data).decode()
        return self._signatures[made]
