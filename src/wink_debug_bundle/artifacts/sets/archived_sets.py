"""Find the artifacts inside a zip of artifacts: zips of runs, folders of runs, session files, logs, zips of such zips.

A zip in a zip is decompressed into the scratch directory, so that it can be read like any other; so are files of lines.
The folder of a run is read where it is. Together they take no more room than the outermost zip may decompress to.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from ...column_values import ArtifactKind, Compression
from ..accounting.blobs import read_chunks, scratch_errors
from ..entries.recognition import (
    LINE_NAMES,
    ZIP_NAMES,
    ZIP_START,
    LinesInZip,
    may_be_lines,
    may_be_zip,
    recognise_lines,
)
from ..lossless_json import clean
from ..read_errors import UNREADABLE, UNREADABLE_ZIP
from ..runs.manifest import LARGEST_JSON, MANIFEST, ROOT, Manifest, is_run, parse_manifest
from ..source import MEMBER_MARK, UUID, Folder, FolderMember, Source
from ..source_opener import open_source
from ..zip.archive import Zip
from ..zip.headers import Entry, dos_time_fields
from .found import Found
from .run_folders import folder_source
from .run_roots import is_junk, run_roots

MOST_LEVELS = 4
"""Zips in zips are opened so many levels below a file."""

_HERE = "."
"""Stands for the path of a run's folder that is the whole zip."""


@dataclass(slots=True)
class Scratch:
    """Where the artifacts inside zips are decompressed to, and how many bytes zips may still decompress to.

    The names of the files are made up, as those in zips cannot be trusted.
    """

    folder: Path
    left: int = 0

    def new_file(self) -> IO[bytes]:
        """Return a new file, open for writing."""
        return NamedTemporaryFile(dir=self.folder, prefix="inner-", delete=False)


@dataclass(slots=True)
class _Contents:
    """What was found in one zip: the artifacts, and the numbers of zips and logs that are only files."""

    inner: list[Found] = field(default_factory=list)
    is_of_artifacts: bool = False
    closed_count: int = 0
    plain_count: int = 0
    log_count: int = 0


def expand_archive(source: Source, scratch: Scratch) -> Found:
    """Return the zip with the artifacts in it, if it is a zip of artifacts; else the zip alone.

    A zip of an agent's files is not such a zip, even if there are zips among them.

    Raises:
        ScratchError: the scratch directory cannot be written.
    """
    scratch.left = source.limit
    return _expand(source, scratch, 1)


def _expand(source: Source, scratch: Scratch, level: int) -> Found:
    found = _Contents()
    with suppress(*UNREADABLE_ZIP), Zip(open_source(source), source.limit) as archive:  # the reader reports the error
        scratch.left -= _claimed_bytes(archive)
        _Search(source, archive, found, scratch, level).run()
    reason = source.reason or _closed_text(found)
    if not found.is_of_artifacts:
        for inner in found.inner:
            inner.source.path.unlink(missing_ok=True)
        return Found(replace(source, reason=reason))
    numbers = {number for inner in found.inner for number in _numbers(inner.source)}
    return Found(replace(source, inner_members=frozenset(numbers), reason=reason), inner=found.inner)


def _claimed_bytes(archive: Zip) -> int:
    """Return how many bytes the members will decompress to, all together."""
    if not archive.left_out:
        return archive.entries.total_size
    extents = enumerate(archive.entries.extents(), 1)
    return sum(extent.size for number, extent in extents if number not in archive.left_out)


def _numbers(inner: Source) -> set[int]:
    """Return the numbers of the members that a source inside a zip consists of."""
    if inner.folder is None:
        return {inner.archive_member or 0}
    return {member.number for member in inner.folder.members if member.number is not None}


def _closed_text(found: _Contents) -> str | None:
    """Return what to say about the zips and logs in a zip that are kept as files."""
    if found.closed_count:
        what = f"{found.closed_count} of the zips in it could not be opened, or lie more than {MOST_LEVELS} zips deep"
        return f"{what}: unpack it to read them"
    if found.is_of_artifacts:
        return None
    remarks = []
    if found.plain_count:
        remarks.append(f"zips in it: {found.plain_count}, without artifacts, so they are kept as files")
    if found.log_count:
        remarks.append(f"logs in it: {found.log_count}, kept as an agent's files: unpack it to read them as logs")
    return "; ".join(remarks) or None


class _FileNames(Container[str], Iterable[str]):
    """The names in a zip; it contains those of files that can be read, and also yields the other ones.

    If no name has to do with a run, it yields none.
    """

    def __init__(self, archive: Zip, last: Callable[[str], Entry | None]) -> None:
        self._archive = archive
        self._last = last

    def __iter__(self) -> Iterator[str]:
        entries = self._archive.entries
        return entries.names() if entries.may_name([ROOT, MANIFEST]) else iter(())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._last(name) is not None


class _Search:
    """Searches one open zip for artifacts."""

    def __init__(self, source: Source, archive: Zip, found: _Contents, scratch: Scratch, level: int) -> None:
        self._source = source
        self._archive = archive
        self._found = found
        self._scratch = scratch
        self._level = level
        self._taken: frozenset[int] = frozenset()
        """Numbers of the members that are files of runs."""

    def run(self) -> None:
        """Add what is found to `found`."""
        self._find_runs()
        zips = [entry for entry in self._readable(may_be_zip, ZIP_NAMES) if self._begins_like_zip(entry)]
        for entry in zips:
            self._open_zip(entry)
        opened = {entry.number for entry in zips}
        files = [entry for entry in self._readable(may_be_lines, LINE_NAMES) if entry.number not in opened]
        named = {entry.number: self._recognised(entry) for entry in files}
        if self._is_of_lines(files, named):
            self._found.is_of_artifacts = True
        if not self._found.is_of_artifacts:
            self._found.log_count = sum(lines.is_certain for lines in named.values())
            return
        for entry in self._readable(lambda _: True):
            if entry.number not in opened:
                lines = named[entry.number] if entry.number in named else self._recognised(entry)
                if lines.kind is not ArtifactKind.UNKNOWN:
                    self._add_file(entry, lines)

    def _is_of_lines(self, files: Iterable[Entry], named: Mapping[int, LinesInZip]) -> bool:
        """Return whether the zip holds session files, or nothing but logs.

        An agent's files may be logs, but not session files. The library names a zip of an agent's files after an id.

        Args:
            files: The files that may be of lines by their names.
            named: What they hold.
        """
        kinds = {lines.kind for lines in named.values()}
        if ArtifactKind.SNAPSHOTS in kinds:
            return True
        if kinds != {ArtifactKind.LOGS} or UUID.search(self._source.location.name) is not None:
            return False
        names = {entry.name for entry in files}
        return all(entry.name in names for entry in self._archive.entries if self._is_file(entry))

    def _readable(self, accepts: Callable[[str], bool], parts: Iterable[str] = ()) -> list[Entry]:
        """Return the files with a name that is accepted; of several of one name, the last."""
        found = self._archive.where(accepts, parts)
        return list({entry.name: entry for entry in found if self._is_file(entry)}.values())

    def _is_file(self, entry: Entry) -> bool:
        """Return whether the member is a file that can be read, belongs to no run, and is no side file of macOS."""
        return self._is_readable(entry) and not is_junk(entry.name)

    def _is_readable(self, entry: Entry) -> bool:
        """Return whether the member is a file that can be read and belongs to no run."""
        is_file = entry.fault is None and entry.has_bytes and not entry.is_directory
        return is_file and entry.number not in self._archive.left_out and entry.number not in self._taken

    def _find_runs(self) -> None:
        """Find the folders of runs, and take their files."""
        for root, belongs in run_roots(_FileNames(self._archive, self._last), self._manifest):
            members = sorted(
                (_folder_member(root, entry) for entry in self._readable(belongs)), key=lambda member: member.raw_name
            )
            run = folder_source(self._source.path, self._name(root.rstrip("/") or _HERE), Folder(tuple(members), root))
            outer = self._source
            run = replace(run, archive_member=0, limit=outer.limit, target=outer.target, identity=outer.identity)
            self._found.inner.append(Found(run))
            self._found.is_of_artifacts = True
        self._taken = frozenset(number for run in self._found.inner for number in _numbers(run.source))

    def _last(self, name: str) -> Entry | None:
        """Return the last file of that name that can be read."""
        return next(filter(self._is_readable, self._archive.named(name)), None)

    def _manifest(self, name: str) -> Manifest:
        entry = self._last(name)
        try:
            if entry is not None and entry.size <= LARGEST_JSON:
                return parse_manifest(self._archive.read(entry))
        except UNREADABLE_ZIP:
            pass  # its reader reports it
        return Manifest({})

    def _open_zip(self, entry: Entry) -> None:
        """Decompress a zip in the zip, and add it with the artifacts in it."""
        inner = self._extract(entry, ArtifactKind.ARCHIVE) if self._level < MOST_LEVELS else None
        if inner is None:
            self._found.closed_count += 1
            return
        if is_run(inner):
            with suppress(*UNREADABLE_ZIP), Zip(open_source(inner), inner.limit) as archive:
                self._scratch.left -= _claimed_bytes(archive)
            self._found.inner.append(Found(replace(inner, kind=ArtifactKind.RUN)))
            self._found.is_of_artifacts = True
            return
        expanded = _expand(inner, self._scratch, self._level + 1)
        self._found.inner.append(expanded)
        self._found.is_of_artifacts |= bool(expanded.inner)
        self._found.plain_count += not expanded.inner

    def _begins_like_zip(self, entry: Entry) -> bool:
        """Return whether a member that is named like a zip may be one; a damaged one has the ending alone."""
        if entry.name.lower().endswith(".zip"):
            return True
        try:
            with self._archive.open(entry) as stream:
                return stream.read(2) == ZIP_START
        except UNREADABLE:
            return False

    def _recognised(self, entry: Entry) -> LinesInZip:
        return recognise_lines(entry.name, lambda: self._archive.open(entry))  # type: ignore[arg-type, return-value]

    def _add_file(self, entry: Entry, lines: LinesInZip) -> None:
        """Add a file of lines; one that turns out to be damaged stays a file of the zip, which reports the damage."""
        if (inner := self._extract(entry, lines.kind)) is not None:
            self._found.inner.append(Found(replace(inner, compression=lines.compression)))

    def _extract(self, entry: Entry, kind: ArtifactKind) -> Source | None:
        """Decompress a member into the scratch directory; return its source, or None if it is damaged.

        Raises:
            ScratchError: the scratch directory cannot be written.
        """
        digest = hashlib.sha256()
        with scratch_errors():
            file = self._scratch.new_file()
        path = Path(file.name)
        try:
            with file:
                for chunk in read_chunks(self._archive.open(entry)):
                    digest.update(chunk)
                    with scratch_errors():
                        file.write(chunk)
        except UNREADABLE_ZIP:
            path.unlink()
            return None
        return Source(
            path=path,
            name=self._name(clean(entry.name)),
            kind=kind,
            compression=Compression.NONE,
            size_bytes=entry.size,
            modified_ns=_modified_ns(entry),
            limit=max(self._scratch.left, 1),
            archive_member=entry.number,
            sha256=digest.hexdigest(),
        )

    def _name(self, inner: str) -> str:
        return f"{self._source.name}{MEMBER_MARK}{inner}"


def _folder_member(root: str, entry: Entry) -> FolderMember:
    name = entry.name.removeprefix(root)
    return FolderMember(clean(name), clean(name).encode(), entry.size, _modified_ns(entry), entry.mode, entry.number)


def _modified_ns(entry: Entry) -> int:
    """Return the time of a member, which is in the local zone, in nanoseconds since 1970; 0 if it is no date."""
    try:
        return int(time.mktime((*dos_time_fields(entry.stamp), 0, 0, -1))) * 1_000_000_000
    except (ValueError, OverflowError):
        return 0
