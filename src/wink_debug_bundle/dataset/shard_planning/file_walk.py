"""Yield the files below a folder one at a time, whatever the file system: a listing may have a million."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..dataset_paths import folder_prefix, is_web
from ..storage import Storage, is_local

_ETAGS = ("ETag", "etag", "md5Hash", "content_md5")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")
"""Keys under which file systems tell a hash of the content, and when it was last changed."""


class FoundEntry(NamedTuple):
    """An entry that is not a folder; `is_file` is false for links and for what is neither."""

    path: str
    is_file: bool
    size: int
    etag: str
    modified_ns: int


def entries_below(folder: Storage) -> Iterator[FoundEntry]:
    """Yield each entry below a folder that is not a folder itself, in any order.

    Raises:
        OSError: it cannot be listed.
    """
    if is_local(folder.system):
        yield from _here(folder.root)
    elif hasattr(folder.system, "call_s3"):
        yield from _on_s3(folder)
    elif is_web(folder.url):
        yield from _on_web(folder)
    else:
        yield from _elsewhere(folder)


def found_entry(path: str, details: Mapping[str, Any]) -> FoundEntry:
    """Return an entry as fsspec describes it."""
    is_file = details.get("type") == "file" and not details.get("islink")
    return FoundEntry(path, is_file, int(details.get("size") or 0), _etag_of(details), _modified_ns(details))


def _here(folder: str) -> Iterator[FoundEntry]:
    """Yield the entries below a folder of this machine; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _here(entry.path)
            else:
                yield _local_entry(entry.path, entry.stat(follow_symlinks=False))


def _local_entry(path: str, found: os.stat_result) -> FoundEntry:
    kind = "file" if stat.S_ISREG(found.st_mode) else "other"
    return found_entry(path, {"type": kind, "size": found.st_size, "mtime": found.st_mtime})


def _on_s3(folder: Storage) -> Iterator[FoundEntry]:
    """Yield the objects of a page of a listing, then those of the next; `find` would hold all of them."""
    bucket, _, prefix = folder.root.partition("/")
    request = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else ""}
    while True:
        page = folder.system.call_s3("list_objects_v2", **request)
        for each in page.get("Contents", ()):
            if not each["Key"].endswith("/"):  # the mark of an empty folder
                yield found_entry(f"{bucket}/{each['Key']}", {"type": "file", "size": each["Size"], **each})
        if not page.get("IsTruncated"):
            return
        request["ContinuationToken"] = page["NextContinuationToken"]


def _on_web(folder: Storage) -> Iterator[FoundEntry]:
    """Yield the files that the pages of a web folder link to; each is asked for, as pages do not say sizes in one way.

    The links by which a page is sorted have queries, and are not files.
    """
    for path in folder.system.find(folder_prefix(folder.root)):
        if "?" not in path and "#" not in path:
            yield found_entry(path, {**folder.system.info(path), "type": "file"})


def _elsewhere(folder: Storage) -> Iterator[FoundEntry]:
    """Yield what fsspec finds in the folder, and in each folder in it."""
    for each in folder.system.ls(folder.root, detail=True):
        if each["type"] != "directory":
            yield found_entry(each["name"], each)
            continue
        found = folder.system.find(each["name"], detail=True)
        folder.system.invalidate_cache()  # it would keep what it has listed
        while found:
            yield found_entry(*found.popitem())


def _etag_of(details: Mapping[str, Any]) -> str:
    """Return what changes with the content of a file: its hash, if the file system has one, else its time."""
    found = next((details[key] for key in _ETAGS if details.get(key)), None)
    return f"modified-{_modified_ns(details)}" if found is None else str(found).strip('"')


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
