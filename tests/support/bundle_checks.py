"""What is promised of the bundle of any directory, whatever lies in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

from support.artifact_samples import sqlite_connection
from wink_debug_bundle import BundleError
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.explore.saved_queries import ready_queries
from wink_debug_bundle.pipeline.build_options import BuildOptions

_LINE_KINDS = ("logs", "snapshots", "transcript")
_READERS = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
_RECORD_TABLES = {
    "logs": "logs",
    "transcript": "logs",
    "snapshots": "snapshots",
    "archive": "files",
}
"""Where the records of an artifact of each kind stand."""


class BundleCheckError(AssertionError):
    """A bundle, or its build, is not as promised."""


def check_directory(folder: Path, output: Path) -> str:
    """Build the bundle of a directory and check it; return what came of it: 'bundle' or 'refused'.

    Raises:
        BrokenPromiseError: the bundle is not as promised.
    """
    try:
        build_from_directory(folder, output, BuildOptions(force=True, jobs=1), recursive=True)
    except BundleError as error:
        _require("No artifacts found" in str(error), f"refused: {error}")
        return "refused"
    with sqlite_connection(output) as bundle:
        check_bundle(bundle, folder)
    return "bundle"


def check_bundle(bundle: sqlite3.Connection, folder: Path) -> None:
    """Check the bundle of the directory `folder`.

    Raises:
        BrokenPromiseError: it is not as promised.
    """
    _check_readable(bundle)
    _require(not bundle.execute("PRAGMA foreign_key_check").fetchall(), "a foreign key leads nowhere")
    artifacts = _dicts(bundle, "SELECT * FROM artifacts ORDER BY id")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    named = {row["path"] for row in artifacts if row["container_id"] is None}
    _require(files == named, f"files that are not in the ledger, or the other way round: {files ^ named}")
    for artifact in artifacts:
        _check_artifact(bundle, artifact, folder)


def _check_readable(bundle: sqlite3.Connection) -> None:
    """Every row of every table, view and ready query is read."""
    readers = {name: f'SELECT * FROM "{name}"' for (name,) in bundle.execute(_READERS)}
    readers |= {query.name: query.sql for query in ready_queries()}
    for name, sql in readers.items():
        parameters = {query.name: dict.fromkeys(query.parameters, "") for query in ready_queries()}.get(name, {})
        try:
            for _ in bundle.execute(sql, parameters):
                pass
        except sqlite3.Error as error:
            raise BundleCheckError(f"{name} cannot be read: {error}") from error


def _check_artifact(bundle: sqlite3.Connection, artifact: dict[str, Any], folder: Path) -> None:
    runs = _dicts(bundle, "SELECT * FROM ledger WHERE artifact_id = ? ORDER BY id", artifact["id"])
    _check_contiguous(artifact, runs)
    problems = bundle.execute("SELECT count(*) FROM problems WHERE artifact_id = ?", (artifact["id"],)).fetchone()[0]
    _require(problems == artifact["problem_count"], f"{artifact['path']}: problems are miscounted")
    imported = sum(run["last"] - run["first"] + 1 for run in runs if run["fate"] == "imported")
    _require(imported == artifact["record_count"], f"{artifact['path']}: {imported} imported, not as counted")
    if table := _RECORD_TABLES.get(artifact["kind"]):
        rows = bundle.execute(f"SELECT count(*) FROM {table} WHERE artifact_id = ?", (artifact["id"],)).fetchone()[0]
        _require(rows == imported, f"{artifact['path']}: {imported} lines or members imported, {rows} rows")
    if artifact["container_id"] is None:
        data = (folder / artifact["path"]).read_bytes()
        _require(artifact["size_bytes"] == len(data), f"{artifact['path']}: another size")
        _require(artifact["sha256"] == hashlib.sha256(data).hexdigest(), f"{artifact['path']}: another hash")
        _check_sum(bundle, artifact, runs, data)


def _check_contiguous(artifact: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    """Each line or member is in the ledger once, in order; of lines, each byte too."""
    number, offset = 1, 0
    for run in (run for run in runs if run["first"]):
        _require(run["first"] == number, f"{artifact['path']}: {run} does not follow {number - 1}")
        if artifact["kind"] in _LINE_KINDS:
            _require(run["offset"] == offset, f"{artifact['path']}: {run} does not begin at {offset}")
        number, offset = run["last"] + 1, offset + run["length"]


def _check_sum(bundle: sqlite3.Connection, artifact: dict[str, Any], runs: list[dict[str, Any]], data: bytes) -> None:
    """The ledger sums up to the artifact, as far as it could be read."""
    path, count = artifact["path"], max((run["last"] for run in runs), default=0)
    if artifact["kind"] not in _LINE_KINDS:
        _check_ranges(path, runs, len(data))
        members = _member_count(data) if artifact["kind"] != "unknown" else None
        _require(members is None or count >= members, f"{path}: {count} of {members} members in the ledger")
        is_opened = members is not None or any(run["fate"] == "container" for run in runs)
        _require(is_opened or artifact["blob_sha256"], f"{path}: it is not read, and not kept")
        return
    unpacked = _unpacked(data, artifact["compression"])
    if unpacked is None:
        kinds = [
            kind for (kind,) in bundle.execute("SELECT kind FROM problems WHERE artifact_id = ?", (artifact["id"],))
        ]
        _require("unreadable" in kinds, f"{path}: damaged, and nothing is said of it")
        return
    lines = unpacked.count(b"\n") + (bool(unpacked) and not unpacked.endswith(b"\n"))
    _require(count == lines, f"{path}: {count} of {lines} lines in the ledger")
    _require(sum(run["length"] for run in runs) == len(unpacked), f"{path}: bytes are missing in the ledger")
    for offset, raw in _kept(bundle, artifact["id"]):
        _require(unpacked[offset : offset + len(raw)] == raw, f"{path}: other bytes at {offset} than are kept")


def _check_ranges(path: str, runs: list[dict[str, Any]], size: int) -> None:
    """The ranges of the ledger are the file, each byte once."""
    end = 0
    for run in sorted(runs, key=lambda run: (run["offset"], run["length"])):
        _require(run["offset"] == end or not run["length"], f"{path}: {run} does not begin at {end}")
        end += run["length"]
    _require(end == size, f"{path}: {end} of {size} bytes in the ledger")


def _kept(bundle: sqlite3.Connection, artifact_id: int) -> Iterator[tuple[int, bytes]]:
    """Place and bytes of each line that is kept as it stood."""
    return iter(
        bundle.execute(
            "SELECT offset, raw FROM problems WHERE artifact_id = ? AND line IS NOT NULL AND raw IS NOT NULL",
            (artifact_id,),
        ).fetchall()
    )


def _member_count(data: bytes) -> int | None:
    """Members of a zip; None where it cannot be opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            return len(opened.infolist())
    except Exception:  # noqa: BLE001 whatever is wrong with it
        return None


def _unpacked(data: bytes, compression: str) -> bytes | None:
    """The whole file; None where it is damaged."""
    try:
        if compression == "gzip":
            return gzip.decompress(data)
        if compression == "zstd":
            return _zstd_frames(data)
    except Exception:  # noqa: BLE001 whatever is wrong with it
        return None
    return data


def _zstd_frames(data: bytes) -> bytes:
    unpacked = b""
    while data:
        frame = zstandard.ZstdDecompressor().decompressobj()
        unpacked += frame.decompress(data)
        if not frame.eof:
            raise EOFError
        data = frame.unused_data
    return unpacked


def _dicts(bundle: sqlite3.Connection, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    cursor = bundle.execute(sql, parameters)
    names = [entry[0] for entry in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise BundleCheckError(message)
