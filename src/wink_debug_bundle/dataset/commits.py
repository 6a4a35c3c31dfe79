"""Commits: one small file for each complete shard, written last and never replaced; readers see committed shards alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field

import msgspec

from ..database.schema_files import SCHEMA_VERSION
from ..errors import BundleError, BundleVersionError, DamagedBundleError
from .parquet_tables import stored_tables
from .shard_ids import is_compacted, is_shard_id
from .shard_outcomes.outcome_rows import ShardOutcome
from .storage import Storage

COMMITS = "_commits"

_MOST = 1 << 48
"""A number that neither rows nor bytes of a file reach, so that sums over all shards fit in 64 bits."""

_MOST_LISTINGS = 100
"""How often the commits are listed while some are removed."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The size and the SHA-256 of a file of the dataset."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableFile:
    """The Parquet file of a table: its rows and the largest id among them, which is 0 where rows have none."""

    rows: int
    last_id: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LedgerSum:
    """How many lines and members have one status, and how many bytes."""

    items: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What a complete shard holds.

    Attributes:
        shard: Its id.
        schema_version: The version of the schema.
        wink_version: The version of this package that built it.
        first_source: The name of its first source, by which shards are ordered.
        source_count: Number of its sources.
        source_bytes: Their bytes.
        digest: The digest of its bundle.
        tables: The Parquet file of each table that has rows.
        ledger: What became of all lines and members, by status.
        results: How many runs and samples ended in which way.
        incomplete_count: Number of artifacts that could not be read completely.
        outcome: How everything in it ended.
        bundle: The file of its bundle; None if the bundle is not kept.
        replaces: The shards in whose place it is.
        compacts: The planned shards that it was put together from, which are among those that it replaces; none if it
            is a planned one itself.
    """

    shard: str
    schema_version: int
    wink_version: str
    first_source: str
    source_count: int
    source_bytes: int
    digest: str
    tables: Mapping[str, TableFile]
    ledger: Mapping[str, LedgerSum]
    results: Mapping[str, int]
    incomplete_count: int
    outcome: ShardOutcome
    bundle: StoredFile | None = None
    replaces: tuple[str, ...] = field(default=())
    compacts: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """Return the name of the commit's file."""
        return commit_name(self.shard)

    @property
    def as_json(self) -> bytes:
        """Return the commit as the text of its file."""
        values = asdict(self)
        if not self.compacts:
            del values["compacts"]
        return (json.dumps(values, sort_keys=True, default=_base64) + "\n").encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def commit_name(shard_id: str) -> str:
    """Return the name of the file of a shard's commit."""
    return f"{COMMITS}/{shard_id}.json"


def table_file_name(table: str, shard_id: str) -> str:
    """Return the name of the Parquet file of a table of a shard."""
    return f"{table}/shard={shard_id}.parquet"


def bundle_file_name(shard_id: str) -> str:
    """Return the name of a shard's packed bundle."""
    return f"bundles/{shard_id}.db.zst"


def read_commit(storage: Storage, shard_id: str) -> Commit | None:
    """Return the commit of a shard; None if it is not committed.

    Raises:
        DamagedBundleError: the commit is damaged.
        BundleVersionError: another release wrote it.
        OSError: it cannot be read.
    """
    try:
        data = storage.read(commit_name(shard_id))
    except FileNotFoundError:
        return None
    return _parsed(storage, commit_name(shard_id), data)


def read_commits(storage: Storage) -> list[Commit]:
    """Return the commits of all shards, also of those that others replace, in the order of their first sources.

    Raises:
        DamagedBundleError: a commit is damaged.
        BundleVersionError: another release wrote one.
        OSError: one cannot be read.
    """
    found = [_parsed(storage, name, data) for name, data in _read_all(storage).items()]
    return sorted(found, key=lambda commit: (commit.first_source, commit.shard))


def committed_shards(storage: Storage) -> set[str]:
    """Return the ids of the shards that are committed, by the names of the commits alone.

    Raises:
        OSError: they cannot be listed.
    """
    return {name.removesuffix(".json") for name in storage.names(COMMITS) if name.endswith(".json")}


def _read_all(storage: Storage) -> Mapping[str, bytes]:
    """Return the commits' files; if some are removed meanwhile, as another has their place, list them again.

    A list is not of one moment: it may lack a commit that was removed while it was made, and the one that had its place.
    """
    for _ in range(_MOST_LISTINGS):
        shards = committed_shards(storage)
        with suppress(FileNotFoundError):
            found = storage.read_all([commit_name(shard) for shard in sorted(shards)])
            if not any(map(is_compacted, committed_shards(storage) - shards)):
                return found
    raise BundleError(f"{storage.shown}: its commits are being removed; try again when dataset compact is done")


def without_replaced(commits: Iterable[Commit], abandoned: Iterable[str] = ()) -> list[Commit]:
    """Return the commits that count: those that no other one replaces, and that no plan has given up."""
    commits = list(commits)
    dead = {*abandoned, *(shard for commit in commits for shard in commit.replaces)}
    return [commit for commit in commits if commit.shard not in dead]


def _is_possible(table: TableFile) -> bool:
    return min(table.rows, table.last_id, table.bytes) >= 0 and max(table.rows, table.last_id, table.bytes) < _MOST


class _Version(msgspec.Struct):
    """The part of a commit that says which release wrote it."""

    schema_version: int


def _parsed(storage: Storage, name: str, data: bytes) -> Commit:
    place = f"{storage.shown}/{name}"
    try:
        commit = _decoded(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        _check_version(place, data)
        raise DamagedBundleError(f"{place}: the commit is damaged: {error}") from error
    if commit.schema_version != SCHEMA_VERSION:
        _check_version(place, data)
    if (fault := _fault(commit, name)) is not None:
        raise DamagedBundleError(f"{place}: the commit is damaged: {fault}")
    return commit


def _decoded(data: bytes) -> Commit:
    """Return the commit of a file; names of files may have bytes that no text has, which only `json` reads."""
    try:
        return msgspec.json.decode(data, type=Commit)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.convert(json.loads(data), type=Commit)


def _check_version(place: str, data: bytes) -> None:
    """Refuse a commit that another release wrote."""
    with suppress(msgspec.MsgspecError, ValueError, RecursionError):
        version = msgspec.json.decode(data, type=_Version).schema_version
        if version != SCHEMA_VERSION:
            raise BundleVersionError(
                f"{place}: has schema version {version}, and this release reads {SCHEMA_VERSION}; build the dataset anew"
            )


def _fault(commit: Commit, name: str) -> str | None:
    """Return what is wrong with a commit in a file of this name; None if nothing is."""
    if f"{commit.shard}.json" != name.rpartition("/")[2] or not all(map(is_shard_id, (commit.shard, *commit.replaces))):
        return "it names another shard"
    if not {*commit.compacts} <= {*commit.replaces} or bool(commit.compacts) is not is_compacted(commit.shard):
        return "it does not replace what it was put together from"
    if not commit.tables.keys() <= stored_tables().keys():
        return "it names a file that is of no table"
    if not all(_is_possible(table) for table in commit.tables.values()):
        return "it has a number that no file has"
    return None
