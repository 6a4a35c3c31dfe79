"""List the files below a folder on any file system, with what tells one version of a file from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...artifacts.source import storable_name
from ...bundle_files import PARTIAL_SUFFIX
from ...errors import BundleError
from ..shard_task import ShardSource
from ..storage import Storage, file_system_of, is_local

_ETAGS = ("ETag", "etag", "md5Hash", "content_md5")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")
"""Keys under which file systems tell a hash of the content, and when it was last changed."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The files below a folder.

    Attributes:
        url: The folder.
        sources: The files, sorted by name.
        left_out: Names of links and other entries that are not files, which are not followed.
    """

    url: str
    sources: tuple[ShardSource, ...]
    left_out: tuple[str, ...]


def list_sources(url: str, dataset: Storage) -> Listing:
    """Return the files below a folder, without those of the dataset if it is in it.

    Raises:
        BundleError: there is no such folder, or it cannot be listed.
    """
    system, root = file_system_of(url)
    if is_local(system):
        root = str(Path(root).resolve())
    folder = Storage(system, root)
    inside = f"{dataset.root}/" if _same_system(system, dataset.system) else None
    place = folder_prefix(folder.url)
    sources: list[ShardSource] = []
    left_out: list[str] = []
    for path, details in _found(folder, url):
        name = path.removeprefix(root).lstrip("/")
        if (inside is not None and path.startswith(inside)) or PARTIAL_SUFFIX in name:
            continue
        if details.get("type") != "file" or details.get("islink"):
            left_out.append(storable_name(name))
        else:
            sources.append(_source(place, name, details))
    return Listing(folder.url, tuple(sorted(sources, key=lambda each: each.name)), tuple(sorted(left_out)))


def _found(folder: Storage, url: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path and the details of each entry that is not a folder."""
    try:
        folder.system.invalidate_cache()
        if not folder.system.isdir(folder.root):
            raise BundleError(f"{url}: no such folder")
        found = folder.system.find(folder.root, detail=True)
    except OSError as error:
        raise BundleError(f"{url}: cannot be listed: {error}") from error
    while found:
        yield found.popitem()  # so that a listing of very many files is not in memory twice


def details_of(system: Any, uri: str) -> tuple[int, str]:
    """Return the size and the etag that a file has now.

    Raises:
        OSError: there is no such file.
    """
    path = system._strip_protocol(uri)  # noqa: SLF001 - fsspec's own name for what url_to_fs does
    system.invalidate_cache()
    details = system.info(path)
    return int(details.get("size") or 0), etag_of(details)


def etag_of(details: Mapping[str, Any]) -> str:
    """Return what changes with the content of a file: its hash, if the file system has one, else its time."""
    found = next((details[key] for key in _ETAGS if details.get(key)), None)
    return f"modified-{_modified_ns(details)}" if found is None else str(found).strip('"')


def folder_prefix(url: str) -> str:
    """Return the URL of a folder with a slash at its end."""
    return url if url.endswith("/") else f"{url}/"


def _source(folder: str, name: str, details: Mapping[str, Any]) -> ShardSource:
    return ShardSource(folder, name, int(details.get("size") or 0), etag_of(details), _modified_ns(details))


def _modified_ns(details: Mapping[str, Any]) -> int:
    """Return when the file was last changed, to the microsecond; 0 if that is unknown."""
    value = next((details[key] for key in _TIMES if details.get(key) is not None), 0)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return 0
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return round(value * 1_000_000) * 1000 if isinstance(value, (int, float)) else 0


def _same_system(one: Any, other: Any) -> bool:
    return type(one) is type(other)
