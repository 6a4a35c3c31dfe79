"""Bring the files at a URL into a folder of this machine, under the names that they have below that URL."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..atomic_file import SCRATCH, create_partial, download_output, partial_path, remove_partial
from ..errors import BundleBuildError, BundleError
from ..pipeline.publishing.construction import output_errors
from .dataset_paths import is_web, without_credentials
from .extras import require
from .shard_planning.file_walk import found_entry
from .shard_planning.source_listing import details_of, leads_out, list_sources
from .shard_task import ShardSource
from .storage import file_system_of

_BLOCK = 1 << 20

OnBytes = Callable[[int, int], None]
"""Called with the bytes that were downloaded so far, and those of all files."""


@dataclass(frozen=True, slots=True)
class Download:
    """Files that were downloaded.

    Attributes:
        folder: Where they are, until the block ends.
        url: Where they come from, without user, password and query.
    """

    folder: Path
    url: str


@contextmanager
def downloaded(url: str, output: Path, on_bytes: OnBytes | None = None) -> Iterator[Download]:
    """Yield the files at a URL, of a folder or of one file, in a folder beside an output that is then removed.

    Raises:
        BundleError: there is nothing, a package is missing, or a file cannot be downloaded or changes meanwhile.
        BundleBuildError: the disk of the output has no room for the files.
    """
    shown = without_credentials(url)
    require("fsspec")
    with _folder_beside(output) as folder:
        with _failures(url, shown, "downloaded"):
            system, sources = _listed(url, shown)
            _check_room(sources, folder, shown)
            _download(system, sources, folder, on_bytes)
        try:
            yield Download(folder, shown)
        except BundleError as error:
            raise type(error)(*(line.replace(str(folder), shown) for line in error.lines)) from error


@contextmanager
def _folder_beside(output: Path) -> Iterator[Path]:
    """Yield a folder beside an output, which is then removed; those that killed downloads for it left are removed before.

    Raises:
        BundleBuildError: the folder of the output cannot be written, or another process downloads for the same output.
    """
    files = download_output(output)
    partial = partial_path(files)
    descriptor = None
    try:
        with output_errors(output):
            descriptor = create_partial(partial, files)
            folder = partial.with_name(partial.name + SCRATCH)
            folder.mkdir(mode=0o700)
        yield folder.resolve()
    finally:
        if descriptor is not None:
            remove_partial(partial)
            os.close(descriptor)


@dataclass(slots=True)
class RemoteSources:
    """The files at a URL; one at a time is copied to this machine."""

    shown: str
    _url: str
    _system: Any
    _sources: Mapping[bytes, ShardSource]
    _copy: Path
    _copied: bytes | None = None

    def holds(self, name: bytes) -> bool:
        """Return whether there is a file of that name."""
        return name in self._sources

    def entries(self, listed: Container[bytes]) -> Iterator[tuple[bytes, OSError | None]]:
        """Yield the names of the files; there are no other entries."""
        del listed
        return ((name, None) for name in self._sources)

    def path(self, name: bytes) -> Path:
        """Return the copy of a file, which is there until another one is asked for.

        Raises:
            FileNotFoundError: there is no such file.
            OSError: it cannot be downloaded, or changes meanwhile.
        """
        if name not in self._sources:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fsdecode(name))
        if name != self._copied:
            self._copied = None
            try:
                _copy_file(self._system, self._sources[name], self._copy)
            except Exception as error:  # noqa: BLE001 - file systems raise what the libraries below them raise
                raise OSError(_hidden(str(error) or type(error).__name__, self._url, self.shown)) from None
            self._copied = name
        return self._copy


@contextmanager
def remote_sources(url: str) -> Iterator[RemoteSources]:
    """Yield the files at a URL, of a folder or of one file; the copy of one of them is in a folder in TMPDIR.

    Raises:
        BundleError: there is nothing, or it cannot be listed.
    """
    shown = without_credentials(url)
    require("fsspec")
    with tempfile.TemporaryDirectory(prefix="wink-compare-") as folder:
        with _failures(url, shown, "listed"):
            system, sources = _listed(url, shown)
            names = {os.fsencode(name_of(source)): source for source in sources}
        yield RemoteSources(shown, url, system, names, Path(folder, "source"))


@contextmanager
def _failures(url: str, shown: str, done: str) -> Iterator[None]:
    """Raise whatever fails as an error of one line, without what of the URL may be secret."""
    try:
        yield
    except BundleError as error:
        raise type(error)(*(_hidden(line, url, shown) for line in error.lines)) from None
    except Exception as error:  # noqa: BLE001 - file systems raise what the libraries below them raise
        why = _hidden(_reason(error), url, shown)
        raise BundleError(f"{shown}: cannot be {done}: {why}; check the URL and its credentials") from None


def _reason(error: BaseException) -> str:
    """Return why something failed: what a web server answered, as the error for that says the URL again."""
    cause = error.__cause__
    if (status := getattr(cause, "status", None)) is not None:
        history = getattr(cause, "history", ())
        return (
            "the server redirects again and again"
            if len(history) > 1
            else f"HTTP {status} {getattr(cause, 'message', '')}".strip()
        )
    reason = cause if isinstance(cause, OSError) else error
    if isinstance(reason, FileNotFoundError):
        return "there is no such file or folder"
    return str(reason) or type(reason).__name__


def _hidden(text: str, url: str, shown: str) -> str:
    """Return a text without what of a URL may be secret."""
    parts = urlsplit(url)
    secrets = [parts.query, parts.netloc.rpartition("@")[0], parts.password or ""]
    text = text.replace(url, shown)
    for secret in filter(None, (*secrets, *map(unquote, secrets))):
        text = text.replace(secret, "***")
    return text


def _listed(url: str, shown: str) -> tuple[Any, Sequence[ShardSource]]:
    """Return the file system of a URL, and the one file or all files below the folder that it names."""
    system, path = file_system_of(url)
    if not _is_folder(system, url, path):
        entry = found_entry(path, {**system.info(path), "type": "file"})
        parent, _, name = str(system.unstrip_protocol(path)).rpartition("/")
        return system, [ShardSource(f"{parent}/", name, entry.size, entry.etag, entry.modified_ns)]
    listing = list_sources(url)
    sources = listing.sources
    if (odd := next(filter(leads_out, listing.left_out), None)) is not None:
        raise BundleError(f"{shown}/{odd}: its name leads out of its folder; rename it")
    if not sources:
        raise BundleError(f"{shown}: holds no files")
    return system, sources


def _is_folder(system: Any, url: str, path: str) -> bool:
    """Return whether a path is that of a folder; on a web server, what answers with a page is one, as no artifact is a page."""
    if is_web(url):
        return bool(system.info(path).get("mimetype") == "text/html")
    return bool(system.isdir(path))


def _check_room(sources: Sequence[ShardSource], folder: Path, shown: str) -> None:
    size, free = sum(source.size for source in sources), shutil.disk_usage(folder).free
    if size > free:
        raise BundleBuildError(
            f"{shown}: has {size:,} bytes, and the disk of the output has {free:,} free; name an output on another one,"
            " or build a dataset of shards: wink-debug-bundle dataset build"
        )


def _download(system: Any, sources: Sequence[ShardSource], folder: Path, on_bytes: OnBytes | None) -> None:
    total, done = sum(source.size for source in sources), 0
    for source in sources:
        path = _place_of(source, folder)
        for size in _copied_blocks(system, source, path):
            done += size
            if on_bytes is not None:
                on_bytes(done, max(done, total))
        if source.modified_ns:
            os.utime(path, ns=(source.modified_ns, source.modified_ns))


def _copied_blocks(system: Any, source: ShardSource, path: Path) -> Iterator[int]:
    """Copy a file to this machine, and yield the size of each block.

    Raises:
        BundleError: it has changed since it was listed.
    """
    with system.open(system._strip_protocol(source.uri), "rb") as reader, path.open("wb") as writer:  # noqa: SLF001
        while block := reader.read(_BLOCK):
            writer.write(block)
            yield len(block)
    is_same = details_of(system, source.uri) == (source.size, source.etag)
    if not is_same or (source.size and path.stat().st_size != source.size):
        raise BundleError(f"{without_credentials(source.uri)}: has changed while it was downloaded; try again")


def _copy_file(system: Any, source: ShardSource, path: Path) -> None:
    for _ in _copied_blocks(system, source, path):
        pass


def name_of(source: ShardSource) -> str:
    """Return the name of a file, without the query and the escapes of a web address."""
    return unquote(source.name.partition("?")[0]) if is_web(source.folder) else source.name


def _place_of(source: ShardSource, folder: Path) -> Path:
    """Return where a file is put: under its name, which must not lead out of the folder."""
    path = folder / name_of(source)
    if ".." in path.parts or folder not in path.parents:
        raise BundleError(f"{without_credentials(source.uri)}: its name leads out of its folder; rename it")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
