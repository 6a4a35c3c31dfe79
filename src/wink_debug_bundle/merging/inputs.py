"""Open each bundle that is to be merged, refuse those that cannot be, and read what the plan of a merge needs."""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..database.connection import open_bundle
from ..database.file_sums import SumCheck, check_sums
from ..database.schema_files import VIEWS
from ..database.search_index import SearchScope, has_search_index, scope_of
from ..database.shared_text import has_shared_text
from ..errors import BundleError, BundleVersionError, DamagedBundleError
from ..fidelity.proofs.digest_checks import DigestCheck
from ..fidelity.schema_checks import check_schema
from ..packing.bundle_file import BundleFile
from ..pipeline.progress import Count, Phase, ProgressCallback, counting
from ..pipeline.publishing.old_file import FileState
from .merge_progress import counts_of_files

_ARTIFACTS = """
SELECT id, path, kind, compression, status, size_bytes, sha256, reason, problem_count, container_id, member, archive_id,
    archive_member, original_id, is_folder, is_exact, evaluation
FROM artifacts
ORDER BY id
"""

_RUNS = """
SELECT runs.id, runs.bundle_id, coalesce(CASE WHEN manifest.is_json THEN manifest.content ->> '$.created_at' END, '')
FROM runs
LEFT JOIN run_members AS manifest ON manifest.run_id = runs.id AND manifest.path = 'manifest.json'
WHERE runs.bundle_id IS NOT NULL
"""

_META = "SELECT bundle_id, source_directory, description, tags, redaction FROM bundle_meta"
_REDACTIONS = "SELECT rule, table_name, column_name, count FROM redactions"
_NAMES = "SELECT name FROM sqlite_schema"

_STANDALONE = """
SELECT EXISTS (SELECT 1 FROM entries WHERE run_id IS NULL)
    OR EXISTS (SELECT 1 FROM calls WHERE run_id IS NULL AND source NOT IN ('slices', ''))
    OR EXISTS (SELECT 1 FROM failures WHERE run_id IS NULL AND kind = 'log')
"""
"""Whether anything was found in logs outside of runs, which are searched if they are small or if it was asked for."""


class MergedArtifact(NamedTuple):
    """What the plan of a merge looks at of a row in `artifacts`."""

    id: int
    path: str
    kind: str
    compression: str
    status: str
    size_bytes: int
    sha256: str | None
    reason: str | None
    problem_count: int
    container_id: int | None
    member: int | None
    archive_id: int | None
    archive_member: int | None
    original_id: int | None
    is_folder: int
    is_exact: int
    evaluation: str | None


class Place(NamedTuple):
    """An artifact of one of the bundles: the position of the bundle, and the artifact's id there."""

    bundle: int
    id: int


class Meta(NamedTuple):
    """What a bundle says about itself."""

    bundle_id: str
    source_directory: str | None
    description: str | None
    tags: dict[str, Any]
    redaction: str | None = None
    redactions: tuple[tuple[str, str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """A bundle that is to be merged, as it was when it was checked.

    `database` is the SQLite file, of `size_bytes` bytes; that of a packed bundle is a private copy.
    `run_keys` has, for each run with a bundle id, this id and the run's start: equal ones are of the same run.
    """

    path: Path
    database: Path
    size_bytes: int
    state: FileState
    meta: Meta
    artifacts: Sequence[MergedArtifact]
    run_keys: dict[int, tuple[str, str]]
    search: SearchScope | None
    are_logs_searched: bool
    shares_text: bool


def read_inputs(files: Sequence[BundleFile], progress: ProgressCallback | None) -> list[Input]:
    """Check the bundles in files, as `read_input` does, and report how far that is."""
    sizes = [file.database.stat().st_size if file.database.is_file() else 0 for file in files]
    counts = counts_of_files(counting(progress, Phase.CHECKING), sizes)
    inputs = []
    for file, count in zip(files, counts, strict=True):
        inputs.append(read_input(file, count))
        count(1, 1)  # also if there were no checksums to compare
    return inputs


def read_input(file: BundleFile, progress: Count | None = None) -> Input:
    """Check the bundle in a file, and read what the plan needs of it; `progress` is told how many bytes are checked.

    Raises:
        InvalidBundleError: the file is not a bundle.
        DamagedBundleError: it is damaged, or was changed after it was built.
        BundleVersionError: another release wrote it, with another schema.
    """
    path = file.path
    with closing(open_bundle(file.database, path)) as connection:
        state = FileState.of(path)
        try:
            _check(file, connection, progress)
            return _read(file, state, connection)
        except (sqlite3.DatabaseError, msgspec.ValidationError, TypeError, ValueError) as error:
            raise DamagedBundleError(f"{path}: the bundle is damaged: {error}") from error


def check_unchanged(inputs: Iterable[Input]) -> None:
    """Check that the bundles are those that were checked.

    Raises:
        BundleError: a program has changed or replaced one meanwhile.
    """
    for each in inputs:
        try:
            is_same = FileState.of(each.path) == each.state
        except OSError:
            is_same = False
        if not is_same:
            raise BundleError(f"{each.path}: another program changed it meanwhile; close it there, and try again")


def _check(file: BundleFile, connection: sqlite3.Connection, progress: Count | None) -> None:
    """Refuse a bundle of an earlier release, and one that is not as its build left it."""
    path = file.path
    names = {name for (name,) in connection.execute(_NAMES)}
    if not {"digests", "redactions", *VIEWS} <= names:
        remedy = f"run: wink-debug-bundle migrate {shlex.quote(str(path))}"
        raise BundleVersionError(f"{path}: an earlier release built the bundle; {remedy}")
    sums = _check_file(file, progress)
    faults = [*sums.faults[:3]]
    if not faults:
        faults = [finding.text for finding in check_schema(connection)][:3]
    if not faults and sums.remark is not None:  # SQLite has rewritten the file, so that only the rows' hashes tell
        faults = [text for (text,) in connection.execute("PRAGMA quick_check(3)") if text != "ok"]
        faults = faults or [finding.text for finding in DigestCheck(connection).check()][:3]
    if faults:
        remedy = f"see: wink-debug-bundle verify {shlex.quote(str(path))}"
        raise DamagedBundleError(f"{path}: is not as it was built, and is refused: {'; '.join(faults)}; {remedy}")


def _check_file(file: BundleFile, progress: Count | None) -> SumCheck:
    """Compare the bytes of the database with their checksums."""
    try:
        descriptor = os.open(file.database, os.O_RDONLY)
        try:
            return check_sums(descriptor, progress)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise BundleError(f"{file.path}: cannot be read: {error.strerror}") from error


def _read(file: BundleFile, state: FileState, connection: sqlite3.Connection) -> Input:
    bundle_id, source_directory, description, tags, redaction = connection.execute(_META).fetchone()
    redactions = tuple(connection.execute(_REDACTIONS).fetchall())
    return Input(
        path=file.path,
        database=file.database,
        size_bytes=file.database.stat().st_size,
        state=state,
        meta=Meta(bundle_id, source_directory, description, dict(json.loads(tags or "{}")), redaction, redactions),
        artifacts=msgspec.convert(connection.execute(_ARTIFACTS).fetchall(), list[MergedArtifact]),
        run_keys={run: (bundle, started) for run, bundle, started in connection.execute(_RUNS)},
        search=scope_of(connection) if has_search_index(connection) else None,
        are_logs_searched=bool(connection.execute(_STANDALONE).fetchone()[0]),
        shares_text=has_shared_text(connection),
    )


def logs_searched(inputs: Iterable[Input]) -> bool:
    """Return whether logs outside of runs were searched for calls and errors in any of the bundles."""
    return any(each.are_logs_searched for each in inputs)
