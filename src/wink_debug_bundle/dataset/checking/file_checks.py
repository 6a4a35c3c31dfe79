"""Check the files of committed shards: their sizes and hashes, the rows of tables, and all that is in bundles."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from ...artifacts.source import DEFAULT_EXPANSION, limit_of
from ...database.connection import open_bundle
from ...database.table_digests import normal_digest
from ...errors import BundleError, DamagedBundleError
from ...fidelity.findings import Finding
from ...fidelity.verification import verify
from ...packing.bundle_file import BundleFile
from ...packing.frame_header import ByteProgress
from ..commits import Commit, StoredFile, TableFile, bundle_file_name, table_file_name
from ..storage import Storage
from .commit_facts import has_rows, other_facts


class FileChecks:
    """Checks the files that commits name; `file_count` counts them."""

    def __init__(self, storage: Storage, commits: Sequence[Commit], progress: ByteProgress | None) -> None:
        self._storage = storage
        self._commits = commits
        self._progress = progress
        self._done = 0
        self._total = sum(stored.bytes for commit in commits for _, stored in _files_of(commit))
        self.file_count = 0

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with each file: its hash, and for a bundle anything within it."""
        for commit in self._commits:
            for name, stored in _files_of(commit):
                self.file_count += 1
                fault = self._fault(name, stored) or self._other_rows(name, commit)
                if fault is not None:
                    yield Finding(fault, name)
                elif stored is commit.bundle:
                    yield from self._bundle_findings(name, commit)
                self._done += stored.bytes
                if self._progress is not None:
                    self._progress(self._done, self._total)

    def _fault(self, name: str, stored: StoredFile | TableFile) -> str | None:
        """Return what is wrong with the bytes of a file; None if they are those of the commit."""
        digest = hashlib.sha256()
        count = 0
        try:
            for block in self._storage.blocks(name):
                digest.update(block)
                count += len(block)
        except FileNotFoundError:
            return "is missing"
        except OSError as error:
            return f"cannot be read: {error}"
        except DamagedBundleError as error:
            return str(error).removeprefix(f"{self._storage.shown}/{name}: ")
        if digest.hexdigest() != stored.sha256:
            return "is not what was committed: its hash is another one"
        return None if count == stored.bytes else "has another size than the commit says"

    def _other_rows(self, name: str, commit: Commit) -> str | None:
        """Return what is wrong if a Parquet file has not the rows of the commit."""
        table = name.partition("/")[0]
        if table not in commit.tables:
            return None
        try:
            return None if has_rows(self._storage, commit, table) else "has another number of rows than the commit says"
        except OSError as error:
            return f"cannot be read as a Parquet file: {error}"

    def _bundle_findings(self, name: str, commit: Commit) -> Iterator[Finding]:
        """Yield what `verify` finds in a bundle, which must have the digest of the commit."""
        with tempfile.TemporaryDirectory(prefix="wink-verify-") as folder:
            packed = Path(folder) / "bundle.db.zst"
            try:
                self._storage.fetch(name, packed)
                with closing(BundleFile.open(packed)) as file, closing(open_bundle(file.database, file.path)) as opened:
                    limit = limit_of(file.database.stat().st_size, DEFAULT_EXPANSION)
                    digest = normal_digest(commit.digest)
                    found = verify(opened, against=None, progress=None, digest=digest, limit=limit)
                    others = [] if found.findings else [*other_facts(opened, commit)]
            except (BundleError, ValueError, sqlite3.Error) as error:  # ValueError: the commit has no digest
                yield Finding(str(error).replace(str(packed), name), name)
                return
        for each in found.findings:
            yield Finding(f"{each.place}: {each.text}" if each.place else each.text, name)
        yield from (Finding(text, commit.name) for text in others)


def _files_of(commit: Commit) -> Iterator[tuple[str, StoredFile | TableFile]]:
    """Yield the name of each file of a shard with its size and hash."""
    for table, stored in commit.tables.items():
        yield table_file_name(table, commit.shard), stored
    if commit.bundle is not None:
        yield bundle_file_name(commit.shard), commit.bundle
