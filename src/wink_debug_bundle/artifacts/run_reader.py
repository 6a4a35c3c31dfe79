"""The zip of one run: what it says of the run, its members that are kept as they are, and the agent's files."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import orjson

from ..records import Batch, FileRow, ProblemRow, SessionRow
from ..run_records import RunMemberRow
from .archives import TEXT_LIMIT, ArchiveReader, is_folder
from .blobs import keep_bytes
from .environment import environment_rows
from .jsontext import MalformedError, clean, depth_exceeds, dump, read_object
from .lines import MALFORMED
from .run_row import run_row
from .run_zip import FILESYSTEM, MANIFEST, ROOT, Manifest, inner_name, lines_kind, read_manifest
from .source import Source

APART = "apart"
"""Fate of a member that is an artifact of its own."""

MISMATCH, MISSING = "mismatch", "missing"

_UNLISTED = "not listed in the manifest"


class RunReader(ArchiveReader):
    """Reads the members of one run's zip, except those that are artifacts of their own."""

    def __init__(
        self, archive: zipfile.ZipFile, source: Source, artifact_id: int, *, scratch: Path, kept: set[str]
    ) -> None:
        stem = Path(source.name).stem
        super().__init__(archive, stem, artifact_id, source.session, scratch=scratch, kept=kept)
        self._source = source

    def batches(self, first: int, last: int | None) -> Iterator[Batch]:
        """Batches of the members from number `first` to `last`; with the first member, of the run itself."""
        if first == 1:
            yield self._about_the_run()
        yield from super().batches(first, last)

    def _about_the_run(self) -> Batch:
        batch = Batch(self._artifact_id)
        run = run_row(self._archive, self._manifest, self._artifact_id, self._source)
        batch.add(run)
        if run.session_id is not None:
            batch.add(SessionRow(run.session_id, None, run.started_at or "", None, "run"))
        for fact in environment_rows(self._archive, self._artifact_id):
            batch.add(fact)
        for name, error in self._missing():
            batch.add(ProblemRow(self._artifact_id, None, ROOT + name, None, MISSING, error, None, None))
        return batch

    @cached_property
    def _manifest(self) -> Manifest:
        return read_manifest(self._archive)

    def _missing(self) -> Iterator[tuple[str, str]]:
        """Members that ought to be there and are not, and what to say of them."""
        present = {inner_name(info) for info in self._archive.infolist()}
        if MANIFEST not in present:
            yield MANIFEST, "the run's zip has no manifest"
        for name in sorted(self._manifest.listed - present):
            yield clean(name), "listed in the manifest, but not in the zip"

    def _unread(self, info: zipfile.ZipInfo) -> tuple[str, str] | None:
        if lines_kind(info) is not None:
            return APART, "an artifact of its own"
        return super()._unread(info)

    def _take(self, info: zipfile.ZipInfo, number: int, data: bytes, batch: Batch) -> None:
        if not _is_json_name(info) or len(data) >= TEXT_LIMIT:
            super()._take(info, number, data, batch)
            return
        content, is_exact, fault = _json_content(data)
        sha256 = hashlib.sha256(data).hexdigest()
        if not is_exact:
            keep_bytes(batch, data)
        row = self._member_row(info, number, len(data), sha256, content)
        kept = row._replace(is_json=int(fault is None), blob_sha256=None if is_exact else sha256)
        self._add(batch, info, number, kept)
        if fault is None and inner_name(info) == MANIFEST:
            fault = _object_fault(data)
        if fault is not None:
            batch.add(self._problem(info, MALFORMED, fault))

    def _row(
        self, info: zipfile.ZipInfo, number: int, size: int, sha256: str, content: str | None, *, is_binary: bool
    ) -> FileRow | RunMemberRow:
        if not info.filename.startswith(ROOT + FILESYSTEM):
            return self._member_row(info, number, size, sha256, content)
        row = super()._row(info, number, size, sha256, content, is_binary=is_binary)
        assert isinstance(row, FileRow)  # noqa: S101 what the base class makes
        return row._replace(path=row.path.removeprefix(ROOT + FILESYSTEM))

    def _member_row(
        self, info: zipfile.ZipInfo, number: int, size: int, sha256: str, content: str | None
    ) -> RunMemberRow:
        return RunMemberRow(
            run_id=self._artifact_id,
            member=number,
            path=inner_name(info),
            size_bytes=size,
            content=content,
            is_json=0,
            sha256=sha256,
            blob_sha256=sha256 if content is None else None,
            integrity=self._integrity(info, sha256),
        )

    def _add(self, batch: Batch, info: zipfile.ZipInfo, number: int, row: FileRow | RunMemberRow) -> None:
        super()._add(batch, info, number, row)
        if self._integrity(info, row.sha256) == MISMATCH:
            error = mismatch_error(self._manifest.checksums[inner_name(info)], row.sha256)
            batch.add(self._problem(info, MISMATCH, error))

    def _problem(self, info: zipfile.ZipInfo, kind: str, error: str) -> ProblemRow:
        return ProblemRow(self._artifact_id, None, clean(info.filename), info.header_offset, kind, error, None, None)

    def _account(self, batch: Batch, info: zipfile.ZipInfo, number: int, fate: str, reason: str | None = None) -> None:
        listed, name = self._manifest.listed, inner_name(info)
        if listed and name not in listed and name != MANIFEST and not is_folder(info):
            reason = f"{reason}; {_UNLISTED}" if reason else _UNLISTED
        super()._account(batch, info, number, fate, reason)

    def _integrity(self, info: zipfile.ZipInfo, sha256: str) -> str:
        name = inner_name(info)
        expected = self._manifest.checksums.get(name)
        if expected is None:
            return "manifest" if name == MANIFEST else "unlisted"
        return "match" if expected == sha256 else MISMATCH


def mismatch_error(expected: str, found: str) -> str:
    """What to say of bytes whose hash is not the one that the manifest gives."""
    return f"its SHA-256 is {found}, and not {clean(expected)} as the manifest says"


def _is_json_name(info: zipfile.ZipInfo) -> bool:
    name = info.filename
    return name.endswith(".json") and name.startswith(ROOT) and not name.startswith(ROOT + FILESYSTEM)


def _json_content(data: bytes) -> tuple[str | None, bool, str | None]:
    """What to store of a member that should be JSON; whether it is to the letter what stood there; why it is no JSON."""
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
        fault = clean(str(error))
    try:
        return data.decode(), True, fault
    except UnicodeDecodeError:
        return None, False, fault


def _object_fault(data: bytes) -> str | None:
    """Why the bytes are no JSON object; None where they are one."""
    try:
        read_object(data)
    except MalformedError as error:
        return clean(str(error))
    return None
