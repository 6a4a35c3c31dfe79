"""Read and write the files below one folder on any file system that fsspec knows, each file whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from ..atomic_file import remove_dead
from ..errors import BundleError, DamagedBundleError
from .dataset_paths import is_web
from .extras import require
from .local_writing import create_file, replace_file

_BLOCK = 1 << 20

_PACKAGE_OF = {
    **dict.fromkeys(("s3", "s3a"), "'wink-debug-bundle[s3]'"),
    **dict.fromkeys(("http", "https"), "'wink-debug-bundle[dataset]'"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
}
"""What brings the package for a protocol."""


def file_system_of(url: str) -> tuple[Any, str]:
    """Return the file system of a URL or of a local path, and the path in it.

    Raises:
        BundleError: fsspec does not know the protocol, or the package for it is missing.
    """
    fsspec = require("fsspec")
    try:
        system, path = fsspec.url_to_fs(url) if "::" not in url or _is_chain(url) else _unchained(fsspec, url)
    except (ImportError, ValueError) as error:
        protocol = url.partition("://")[0]
        package = _PACKAGE_OF.get(protocol)
        remedy = f"; install it by: pip install {package}" if package else ""
        raise BundleError(f"{url}: cannot be opened: {error}{remedy}") from error
    return system, str(path).rstrip("/") or "/"


def _is_chain(url: str) -> bool:
    """Return whether fsspec is to open one file system through another, as in `simplecache::s3://bucket/folder`."""
    return "://" in url.partition("::")[2]


def _unchained(fsspec: Any, url: str) -> tuple[Any, str]:
    """Return the file system and the path of a URL or local path with two colons in a name, as ids of pytest have them."""
    protocol, found, _ = url.partition("://")
    kind = fsspec.get_filesystem_class(protocol if found else "file")
    return kind(**kind._get_kwargs_from_urls(url)), kind._strip_protocol(url)  # noqa: SLF001 - what url_to_fs does


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file of this machine, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def os_errors() -> Iterator[None]:
    """Raise what the library below a file system raises, such as missing credentials, as an error of the system.

    Raises:
        OSError: something failed.
    """
    try:
        yield
    except (OSError, BundleError, MemoryError):
        raise
    except Exception as error:  # file systems raise what the libraries below them raise
        raise OSError(str(error) or type(error).__name__) from error


def is_local(system: Any) -> bool:
    """Return whether the paths of a file system are those of this machine."""
    return "file" in ([system.protocol] if isinstance(system.protocol, str) else system.protocol)


@dataclass(frozen=True, slots=True)
class Storage:
    """A folder on a file system.

    Attributes:
        system: The file system, of fsspec.
        root: The path of the folder in it.
    """

    system: Any
    root: str

    @classmethod
    def open(cls, url: str) -> Self:
        """Return the folder at a URL, or at a local path, which need not exist.

        Raises:
            BundleError: nothing is known to open the URL with.
        """
        return cls(*file_system_of(url))

    @property
    def url(self) -> str:
        """Return the URL of the folder."""
        return str(self.system.unstrip_protocol(self.root))

    @property
    def shown(self) -> str:
        """Return how messages call the folder: by its path if it is on this machine."""
        return self.root if is_local(self.system) else self.url

    def path(self, name: str) -> str:
        """Return the path of a file below the folder."""
        return f"{self.root.rstrip('/')}/{name}"

    def _inside(self, name: str) -> str:
        """Return the path of a file to be read; a dataset of a stranger may have links to other files of this machine.

        Raises:
            DamagedBundleError: it is a link that leads out of the folder.
        """
        self.check_inside(name)
        return self.path(name)

    def check_inside(self, *names: str) -> None:
        """Check that files below the folder are not links that lead out of it.

        Raises:
            DamagedBundleError: one is.
        """
        if not is_local(self.system):
            return
        within = os.path.join(os.path.realpath(self.root), "")
        folders: dict[str, str] = {}
        for name in names:
            folder, _, last = name.rpartition("/")
            if folder not in folders:
                folders[folder] = os.path.realpath(self.path(folder))
            path = f"{folders[folder]}/{last}"
            if not (os.path.realpath(path) if os.path.islink(path) else path).startswith(within):
                raise DamagedBundleError(f"{self.shown}/{name}: is a link that leads out of the dataset")

    @os_errors()
    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder below this one, sorted; none if there is no such folder.

        Raises:
            OSError: it cannot be listed.
        """
        self.system.invalidate_cache()
        try:
            found = self.system.ls(self.path(folder), detail=False)
        except FileNotFoundError:
            return []
        read = unquote if is_web(self.url) else str
        names = (read(str(path).rpartition("/")[2]) for path in found)
        return sorted(name for name in names if not _is_hidden(name))

    @os_errors()
    def exists(self, name: str) -> bool:
        """Return whether there is a file of that name."""
        self.system.invalidate_cache()
        return bool(self.system.exists(self.path(name)))

    @os_errors()
    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            OSError: it cannot be read.
        """
        self.system.invalidate_cache()  # a listing that it keeps may be older than the file
        return bytes(self.system.cat_file(self._inside(name)))

    @os_errors()
    def read_all(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """Return the contents of several files by their names.

        Raises:
            OSError: one of them cannot be read.
        """
        if not names:
            return {}
        if is_local(self.system):
            self.check_inside(*names)
            return {name: Path(self.path(name)).read_bytes() for name in names}
        found = self.system.cat([self.path(name) for name in names])
        return {name: bytes(found[self.path(name)]) for name in names}

    def opened(self, name: str) -> Any:
        """Return a file that is open for reading, to be closed by the caller.

        Raises:
            OSError: it cannot be opened.
        """
        self.system.invalidate_cache()
        return self.system.open(self._inside(name), "rb")

    def blocks(self, name: str, size: int = _BLOCK) -> Iterator[bytes]:
        """Yield the content of a file in blocks.

        Raises:
            OSError: it cannot be read.
        """
        with os_errors(), self.opened(name) as stream:
            while block := stream.read(size):
                yield block

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file, with their ends.

        Raises:
            OSError: it cannot be read.
        """
        with os_errors(), self.opened(name) as stream:
            yield from stream

    @os_errors()
    def fetch(self, name: str, target: Path) -> None:
        """Copy a file to this machine.

        Raises:
            OSError: it cannot be read, or the copy cannot be written.
        """
        self.system.invalidate_cache()
        self.system.get_file(self._inside(name), str(target))

    @os_errors()
    def put(self, name: str, source: Path) -> None:
        """Write a file of this machine below the folder; it replaces one of that name.

        Raises:
            OSError: it cannot be written.
        """
        if not is_local(self.system):
            self.system.put_file(str(source), self.path(name))
            return
        replace_file(Path(self.path(name)), source)

    @os_errors()
    def create(self, name: str, data: bytes) -> bool:
        """Write a file that does not exist yet; return False, and write nothing, if there is one of that name.

        Raises:
            OSError: it cannot be written.
        """
        try:
            if is_local(self.system):
                create_file(Path(self.path(name)), data)
            else:
                self.system.pipe_file(self.path(name), data, mode="create")
        except FileExistsError:
            return False
        return True

    @os_errors()
    def remove(self, name: str) -> None:
        """Remove a file, if there is one.

        Raises:
            OSError: it cannot be removed.
        """
        with suppress(FileNotFoundError):
            self.system.rm_file(self.path(name))

    def remove_unfinished(self) -> None:
        """Remove the unfinished files that killed processes left; file systems that are not of this machine have none.

        Raises:
            OSError: a folder cannot be read or written.
        """
        root = Path(self.root)
        if is_local(self.system) and root.is_dir():
            for folder in sorted(path for path in root.iterdir() if path.is_dir()):
                remove_dead(folder)


def _is_hidden(name: str) -> bool:
    return name.startswith(".")
