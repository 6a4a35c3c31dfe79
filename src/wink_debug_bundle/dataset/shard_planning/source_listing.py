"""List the files below a folder on any file system, with what tells one version of a file from another."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ...artifacts.source import storable_name
from ...bundle_files import PARTIAL_SUFFIX
from ...errors import BundleError
from ..dataset_paths import folder_prefix, is_web, without_credentials
from ..storage import Storage, file_system_of, is_local, os_errors
from .file_walk import entries_below, found_entry
from .source_columns import SourceColumns


@dataclass(frozen=True, slots=True)
class Listing:
    """The files below a folder.

    Attributes:
        url: The folder.
        shown: How messages call it.
        sources: The files, sorted by name.
        left_out: Names of links and other entries that are not files, which are not followed, and those that lead out of
            the folder.
    """

    url: str
    shown: str
    sources: SourceColumns
    left_out: tuple[str, ...]


def list_sources(url: str, dataset: Storage | None = None) -> Listing:
    """Return the files below a folder, without those of the dataset if it is in it.

    Raises:
        BundleError: there is no such folder, or it cannot be listed.
    """
    system, root = file_system_of(url)
    shown = without_credentials(url) if is_web(url) else url
    root = _real_path(system, root)
    folder = Storage(system, root)
    is_beside = dataset is not None and type(system) is type(dataset.system)
    inside = f"{_real_path(dataset.system, dataset.root)}/" if dataset is not None and is_beside else None
    if inside is not None and folder_prefix(root).startswith(inside):
        raise BundleError(f"{shown}: is in the folder of the dataset, whose files are not read; give another OUTPUT")
    sources = SourceColumns(folder_prefix(folder.url))
    left_out: list[str] = []
    try:
        with os_errors():
            system.invalidate_cache()
            if not system.isdir(root):
                raise BundleError(f"{shown}: {_no_folder(system, url, root)}")
            for entry in entries_below(folder):
                name = entry.path.removeprefix(root).removeprefix("/")
                if (inside is not None and entry.path.startswith(inside)) or PARTIAL_SUFFIX in name:
                    continue
                if entry.is_file and not leads_out(name):
                    sources.add(name, entry.size, entry.etag, entry.modified_ns)
                else:
                    left_out.append(storable_name(name))
    except OSError as error:
        raise BundleError(f"{shown}: cannot be listed: {str(error).replace(url, shown)}") from error
    return Listing(folder.url, folder.shown, sources.by_name(), tuple(sorted(left_out)))


def _no_folder(system: Any, url: str, path: str) -> str:
    """Return why nothing can be listed at a path."""
    if is_web(url):
        return "no page with links to files"
    return "is a file; name the folder that has it" if system.exists(path) else "no such folder"


def _real_path(system: Any, path: str) -> str:
    """Return the path by which the files in a folder are listed: on this machine, one without links and `..`."""
    return os.path.realpath(path) if is_local(system) else path


def leads_out(name: str) -> bool:
    """Return whether a name is that of a file elsewhere once it is on a disk; object storage allows any name."""
    return name.startswith("/") or ".." in name.split("/")


@os_errors()
def is_folder(url: str) -> bool:
    """Return whether there is a folder at a URL.

    Raises:
        OSError: it cannot be found out.
    """
    system, root = file_system_of(url)
    system.invalidate_cache()
    return bool(system.isdir(root))


@os_errors()
def details_of(system: Any, uri: str) -> tuple[int, str]:
    """Return the size and the etag that a file has now.

    Raises:
        OSError: there is no such file.
    """
    path = system._strip_protocol(uri)  # noqa: SLF001 - fsspec's own name for what url_to_fs does
    system.invalidate_cache()
    entry = found_entry(path, system.info(path))
    return entry.size, entry.etag
