"""Checks that hold for the bundle of any directory, whatever files are in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

from support.artifact_samples import sqlite_connection
from wink_debug_bundle import BundleError
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.explore.saved_queries import saved_queries
from wink_debug_bundle.pipeline.build_options import BuildOptions

_BEGINNING = re.compile(r"the first (\d+) bytes of ")
_LINE_KINDS = ("logs", "snapshots", "transcript")
_READERS = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
_RECORD_TABLES = {
    "logs": "logs",
    "transcript": "logs",
    "snapshots": "snapshots",
    "archive": "files",
}
"""Table that holds the records of an artifact of each kind."""


class BundleCheckError(AssertionError):
    """Raised when a bundle, or its build, fails a check."""


def check_directory(folder: Path, output: Path) -> str:
    """Build the bundle of a directory and check it; return 'bundle', or 'refused' if the directory has no artifacts.

    Raises:
        BundleCheckError: the bundle fails a check.
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
        BundleCheckError: it fails a check.
    """
    _check_readable(bundle)
    _require(not bundle.execute("PRAGMA foreign_key_check").fetchall(), "a foreign key points to a missing row")
    artifacts = _dicts(bundle, "SELECT * FROM artifacts ORDER BY id")
    paths = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    named = {row["path"] for row in artifacts if row["container_id"] is None and row["archive_id"] is None}
    _require(paths == named, f"files without an artifact, or artifacts without a file: {paths ^ named}")
    for artifact in artifacts:
        _check_artifact(bundle, artifact, folder)


def _check_readable(bundle: sqlite3.Connection) -> None:
    """Read every row of every table, view and saved query."""
    readers = {name: f'SELECT * FROM "{name}"' for (name,) in bundle.execute(_READERS)}
    readers |= {query.name: query.sql for query in saved_queries()}
    for name, sql in readers.items():
        parameters = {query.name: dict.fromkeys(query.parameters, "") for query in saved_queries()}.get(name, {})
        try:
            for _ in bundle.execute(sql, parameters):
                pass
        except sqlite3.Error as error:
            raise BundleCheckError(f"{name} cannot be read: {error}") from error


def _check_artifact(bundle: sqlite3.Connection, artifact: dict[str, Any], folder: Path) -> None:
    ledger = _dicts(bundle, "SELECT * FROM ledger WHERE artifact_id = ? ORDER BY id", artifact["id"])
    _check_contiguous(artifact, ledger)
    problems = bundle.execute("SELECT count(*) FROM problems WHERE artifact_id = ?", (artifact["id"],)).fetchone()[0]
    _require(problems == artifact["problem_count"], f"{artifact['path']}: problems are miscounted")
    imported = sum(entry["last"] - entry["first"] + 1 for entry in ledger if entry["status"] == "imported")
    _require(imported == artifact["record_count"], f"{artifact['path']}: {imported} imported, not as counted")
    if table := _RECORD_TABLES.get(artifact["kind"]):
        counted = "sha256" if table == "files" else "*"  # a member that could not be read has a row without a hash
        sql = f"SELECT count({counted}) FROM {table} WHERE artifact_id = ?"
        rows = bundle.execute(sql, (artifact["id"],)).fetchone()[0]
        _require(rows == imported, f"{artifact['path']}: {imported} lines or members imported, {rows} rows")
    if artifact["container_id"] is None and artifact["archive_id"] is None:
        data = (folder / artifact["path"]).read_bytes()
        _require(artifact["size_bytes"] == len(data), f"{artifact['path']}: another size")
        _require(artifact["sha256"] == hashlib.sha256(data).hexdigest(), f"{artifact['path']}: another hash")
        _check_sum(bundle, artifact, ledger, data)
        if artifact["status"] == "duplicate":
            _check_original(bundle, artifact, ledger, folder)


def _check_original(
    bundle: sqlite3.Connection, artifact: dict[str, Any], ledger: list[dict[str, Any]], folder: Path
) -> None:
    """Check that what is imported in the place of a duplicate has the bytes, or the lines, that the ledger says."""
    path = artifact["path"]
    originals = _dicts(bundle, "SELECT * FROM artifacts WHERE id = ?", artifact["original_id"])
    _require(len(originals) == 1, f"{path}: a duplicate without an original")
    original = originals[0]
    _require(original["status"] in {"imported", "partial"}, f"{path}: its original is {original['status']}")
    given = {entry["reason"] or "" for entry in ledger} - {""}
    # The ledger has no reason if nothing is whole that both have: no line of a log, no member of a run.
    reasons = {reason.partition(f" as {original['path']}")[0] for reason in given or {artifact["reason"]}}
    if reasons == {"the same bytes"}:
        _require(original["sha256"] == artifact["sha256"], f"{path}: its original has another hash")
    elif reasons == {"the same lines"}:
        if original["container_id"] is None:
            one, other = (
                _decompressed((folder / row["path"]).read_bytes(), row["compression"]) for row in (artifact, original)
            )
            _require(one == other, f"{path}: its original has other lines")
    elif (beginning := _BEGINNING.match("".join(reasons))) and original["container_id"] is None:
        one, other = (
            _decompressed((folder / row["path"]).read_bytes(), row["compression"]) or b""
            for row in (artifact, original)
        )
        _require(len(one) == int(beginning[1]), f"{path}: it has another size than {reasons}")
        _require(other.startswith(one), f"{path}: its original begins otherwise")
    elif not artifact["blob_sha256"]:  # a damaged copy of a run is kept whole
        same = artifact["reason"].startswith("the same run as ")
        _require(same, f"{path}: a duplicate for another reason: {artifact['reason']}")


def _check_contiguous(artifact: dict[str, Any], ledger: list[dict[str, Any]]) -> None:
    """Check that the ledger has each line or member once and in order, and each byte of a file of lines once."""
    number, offset = 1, 0
    for entry in (entry for entry in ledger if entry["first"]):
        _require(entry["first"] == number, f"{artifact['path']}: {entry} does not follow {number - 1}")
        if artifact["kind"] in _LINE_KINDS:
            _require(entry["offset"] == offset, f"{artifact['path']}: {entry} does not begin at {offset}")
        number, offset = entry["last"] + 1, offset + entry["length"]


def _check_sum(bundle: sqlite3.Connection, artifact: dict[str, Any], ledger: list[dict[str, Any]], data: bytes) -> None:
    """Check that the ledger adds up to the artifact, as far as the artifact could be read."""
    path, count = artifact["path"], max((entry["last"] for entry in ledger), default=0)
    if artifact["kind"] not in _LINE_KINDS:
        _check_ranges(path, ledger, len(data))
        is_read = artifact["kind"] != "unknown" and artifact["status"] != "duplicate"
        members = _member_count(data) if is_read else None
        _require(members is None or count >= members, f"{path}: {count} of {members} members in the ledger")
        is_opened = members is not None or any(entry["status"] == "container" for entry in ledger)
        is_listed = artifact["status"] == "skipped" and not artifact["problem_count"]  # no artifact, only named
        is_elsewhere = artifact["status"] == "duplicate"
        is_kept = is_opened or artifact["blob_sha256"] or is_listed or is_elsewhere
        _require(is_kept, f"{path}: it was neither read nor stored")
        return
    decompressed = _decompressed(data, artifact["compression"])
    if decompressed is None:
        kinds = [
            kind for (kind,) in bundle.execute("SELECT kind FROM problems WHERE artifact_id = ?", (artifact["id"],))
        ]
        _require("unreadable" in kinds, f"{path}: damaged, but no problem says so")
        return
    lines = decompressed.count(b"\n") + (bool(decompressed) and not decompressed.endswith(b"\n"))
    _require(count == lines, f"{path}: {count} of {lines} lines in the ledger")
    _require(sum(entry["length"] for entry in ledger) == len(decompressed), f"{path}: bytes are missing in the ledger")
    for offset, raw in _stored_lines(bundle, artifact["id"]):
        _require(
            decompressed[offset : offset + len(raw)] == raw, f"{path}: the bytes at {offset} are not the stored ones"
        )


def _check_ranges(path: str, ledger: list[dict[str, Any]], size: int) -> None:
    """Check that the ledger's byte ranges cover the file, each byte once."""
    end = 0
    for entry in sorted(ledger, key=lambda entry: (entry["offset"], entry["length"])):
        _require(entry["offset"] == end or not entry["length"], f"{path}: {entry} does not begin at {end}")
        end += entry["length"]
    _require(end == size, f"{path}: {end} of {size} bytes in the ledger")


def _stored_lines(bundle: sqlite3.Connection, artifact_id: int) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of each line that is stored as a problem."""
    sql = "SELECT offset, raw FROM problems WHERE artifact_id = ? AND line IS NOT NULL AND raw IS NOT NULL"
    yield from bundle.execute(sql, (artifact_id,)).fetchall()


def _member_count(data: bytes) -> int | None:
    """Count the members of a zip; return None if it cannot be opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            return len(opened.infolist())
    except Exception:  # noqa: BLE001 any failure means that it is damaged
        return None


def _decompressed(data: bytes, compression: str) -> bytes | None:
    """Return the decompressed file; None if it is damaged."""
    try:
        if compression == "gzip":
            return gzip.decompress(data)
        if compression == "zstd":
            return _zstd_frames(data)
        if compression == "xz":
            return lzma.decompress(data)
    except Exception:  # noqa: BLE001 any failure means that it is damaged
        return None
    return data


def _zstd_frames(data: bytes) -> bytes:
    decompressed = b""
    while data:
        frame = zstandard.ZstdDecompressor().decompressobj()
        decompressed += frame.decompress(data)
        if not frame.eof:
            raise EOFError
        data = frame.unused_data
    return decompressed


def _dicts(bundle: sqlite3.Connection, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    cursor = bundle.execute(sql, parameters)
    names = [entry[0] for entry in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise BundleCheckError(message)
