"""Read the zip of one run: the run's metadata, its other members and the agent's files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import orjson

from ...batch import Batch
from ...column_values import Integrity, LedgerStatus, ProblemKind, SessionSource
from ...rows import FileRow, ProblemRow, SessionRow
from ...run_rows import RunMemberRow
from ..accounting.blobs import KeptBlobs, keep_bytes
from ..accounting.problems import member_problem
from ..archives.archive_reader import OWN_ARTIFACT, TEXT_LIMIT, ArchiveReader
from ..lossless_json import clean, depth_exceeds, dump, read_object
from ..read_errors import MalformedError
from ..source import Source
from ..zip.headers import Entry
from ..zip.members import Members
from .environment import environment_rows
from .manifest import FILESYSTEM, MANIFEST, ROOT, Manifest, inner_name, lines_kind, name_in_run, read_manifest
from .summary_row import run_row

_UNLISTED = "not listed in the manifest"


class RunReader(ArchiveReader):
    """Reads the members of one run's zip, except the members that are artifacts of their own."""

    def __init__(self, archive: Members, source: Source, artifact_id: int, *, scratch: Path, kept: KeptBlobs) -> None:
        super().__init__(archive, _archive_id(source), artifact_id, source.session, scratch=scratch, kept=kept)
        self._source = source
        self._holder = "zip" if source.folder is None else "folder"

    def batches(self, first: int, last: int | None) -> Iterator[Batch]:
        """Yield batches of the members from number `first` to `last`; before member 1, a batch of the run itself."""
        if first == 1:
            yield self._run_batch()
        yield from super().batches(first, last)

    def _run_batch(self) -> Batch:
        """Return the rows that describe the run, and the problems of missing members."""
        batch = Batch(self._artifact_id)
        run = run_row(self._archive, self._manifest, self._artifact_id, self._source)
        batch.add(run)
        if run.session_id is not None:
            batch.add(SessionRow.named(run.session_id, SessionSource.RUN, created_at=run.started_at or ""))
        for fact in environment_rows(self._archive, self._artifact_id):
            batch.add(fact)
        for name, error in self._missing():
            batch.add(member_problem(self._artifact_id, ROOT + name, None, ProblemKind.MISSING, error))
        return batch

    @cached_property
    def _manifest(self) -> Manifest:
        return read_manifest(self._archive)

    def _missing(self) -> Iterator[tuple[str, str]]:
        """Yield the names of members that should be in the zip but are not, with the problem's error."""
        missing = {MANIFEST, *self._manifest.listed}
        for name in self._archive.entries.names():
            missing.discard(name_in_run(name))
        if MANIFEST in missing:
            yield MANIFEST, f"the run's {self._holder} has no manifest"
        for name in sorted(missing & self._manifest.listed):
            yield clean(name), f"listed in the manifest, but not in the {self._holder}"

    def _skipped(self, entry: Entry) -> tuple[LedgerStatus, str] | None:
        if lines_kind(entry) is not None and entry.fault is None:
            return OWN_ARTIFACT
        return super()._skipped(entry)

    def _add_data(self, entry: Entry, data: bytes, batch: Batch) -> None:
        if not _is_json_name(entry) or len(data) >= TEXT_LIMIT:
            super()._add_data(entry, data, batch)
            return
        content, is_exact, error = _json_content(data)
        sha256 = hashlib.sha256(data).hexdigest()
        if not is_exact:
            keep_bytes(batch, data)
        row = self._member_row(entry, len(data), sha256, content)
        row = row._replace(is_json=int(error is None), blob_sha256=None if is_exact else sha256)
        self._add(batch, entry, row)
        if error is None and inner_name(entry) == MANIFEST and not self._manifest.value:
            error = _object_error(data)
        if error is not None:
            batch.add(self._problem(entry, ProblemKind.MALFORMED, error))

    def _row(
        self, entry: Entry, size: int, sha256: str | None, content: str | None, *, is_binary: bool
    ) -> FileRow | RunMemberRow:
        if not entry.name.startswith(ROOT + FILESYSTEM):
            return self._member_row(entry, size, sha256, content)
        return super()._row(entry, size, sha256, content, is_binary=is_binary)

    def _path(self, entry: Entry) -> str:
        return super()._path(entry).removeprefix(ROOT + FILESYSTEM)

    def _member_row(self, entry: Entry, size: int, sha256: str | None, content: str | None) -> RunMemberRow:
        return RunMemberRow(
            run_id=self._artifact_id,
            member=entry.number,
            path=inner_name(entry),
            size_bytes=size,
            content=content,
            is_json=0,
            sha256=sha256,
            blob_sha256=sha256 if content is None else None,
            integrity=self._integrity(entry, sha256),
        )

    def _add(self, batch: Batch, entry: Entry, row: FileRow | RunMemberRow) -> None:
        super()._add(batch, entry, row)
        if row.sha256 is not None and self._manifest.checksums.get(inner_name(entry)) not in (None, row.sha256):
            error = mismatch_error(self._manifest.checksums[inner_name(entry)], row.sha256)
            batch.add(self._problem(entry, ProblemKind.MISMATCH, error))

    def _problem(self, entry: Entry, kind: ProblemKind, error: str) -> ProblemRow:
        return member_problem(self._artifact_id, entry.name, entry.offset, kind, error)

    def _add_to_ledger(self, batch: Batch, entry: Entry, status: LedgerStatus, reason: str | None = None) -> None:
        listed, name = self._manifest.listed, inner_name(entry)
        if listed and name not in listed and name != MANIFEST and not entry.is_directory:
            reason = f"{reason}; {_UNLISTED}" if reason else _UNLISTED
        super()._add_to_ledger(batch, entry, status, reason)

    def _integrity(self, entry: Entry, sha256: str | None) -> Integrity:
        if sha256 is None:
            return Integrity.UNREAD
        name = inner_name(entry)
        expected = self._manifest.checksums.get(name)
        if expected is None:
            return Integrity.MANIFEST if name == MANIFEST else Integrity.UNLISTED
        return Integrity.MATCH if expected == sha256 else Integrity.MISMATCH


def _archive_id(source: Source) -> str:
    """Return the name of the run's zip without its ending, or of its folder; a folder's usual name says nothing."""
    path = Path(source.name)
    if source.folder is None:
        return path.stem
    return path.parent.name or path.name if path.name == ROOT.rstrip("/") else path.name


def mismatch_error(expected: str, actual: str) -> str:
    """Return the error text for bytes whose SHA-256 differs from the one in the manifest."""
    return f"its SHA-256 is {actual}, but the manifest says {clean(expected)}"


def _is_json_name(entry: Entry) -> bool:
    name = entry.name
    return name.endswith(".json") and name.startswith(ROOT) and not name.startswith(ROOT + FILESYSTEM)


def _json_content(data: bytes) -> tuple[str | None, bool, str | None]:
    """Return the text to store for a member that should be JSON, whether it is unchanged, and the error if it is not JSON.

    The text is None if the bytes are neither JSON nor UTF-8.
    """
    try:
        orjson.loads(data)
        text = data.decode()
        if not depth_exceeds(text):
            return text, True, None
    except (orjson.JSONDecodeError, UnicodeDecodeError):
        pass
    try:
        return dump(read_object(data).value), False, None
    except MalformedError as error:
        reason = clean(str(error))
    try:
        return data.decode(), True, reason
    except UnicodeDecodeError:
        return None, False, reason


def _object_error(data: bytes) -> str | None:
    """Return why the bytes are not a JSON object; None if they are one."""
    try:
        read_object(data)
    except MalformedError as error:
        return clean(str(error))
    return None
