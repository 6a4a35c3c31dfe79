"""Bring the sources of a shard onto this machine, and check that they are what was planned."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...artifacts.discovery import describe_listed
from ...artifacts.read_errors import system_error
from ...artifacts.source import Source
from ...errors import BundleBuildError
from ...rows import ArtifactRow
from ..shard_planning.source_listing import details_of
from ..shard_task import ShardSource
from ..storage import file_system_of, is_local, os_errors


def open_sources(sources: Sequence[ShardSource], scratch: Path) -> list[Source]:
    """Return the sources as a build reads them: local ones in their place, others copied into the folder `scratch`.

    Raises:
        BundleBuildError: a source has changed since it was planned, is gone, cannot be read, or could not be copied.
    """
    if not sources:
        return []
    system, _ = file_system_of(sources[0].uri)
    if is_local(system):
        check_unchanged(sources)
        paths = [Path(file_system_of(each.uri)[1]) for each in sources]
        for path in paths:
            _check_readable(path)
        return [describe_listed(path, each.name) for path, each in zip(paths, sources, strict=True)]
    return list(_copied(system, sources, scratch))


def check_unchanged(sources: Sequence[ShardSource]) -> None:
    """Compare each source with what was planned.

    Raises:
        BundleBuildError: one has changed, or is gone.
    """
    system, _ = file_system_of(sources[0].uri)
    for source in sources:
        _check(system, source)


def check_read(artifacts: Iterable[ArtifactRow]) -> None:
    """Check that a build has read each file to its end: a shard without it would never be built again.

    Damage of what is in a file is no such fault, as it is the same at each reading.

    Raises:
        BundleBuildError: the system could not read one.
    """
    for row in artifacts:
        is_member = row.is_folder or row.container_id is not None or row.archive_id is not None
        if row.sha256 is None and not is_member:
            raise _unreadable(row.path, row.reason or "cannot be read")


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise _unreadable(str(path), f"cannot be read: {system_error(error)}") from error


def _unreadable(path: str, reason: str) -> BundleBuildError:
    return BundleBuildError(f"{path}: {reason}; make it readable, or remove it, and run dataset build again")


def _copied(system: Any, sources: Sequence[ShardSource], scratch: Path) -> Iterator[Source]:
    for number, source in enumerate(sources):
        path = scratch / str(number) / source.name
        if scratch / str(number) not in path.parents or ".." in path.parts:
            raise BundleBuildError(f"{source.uri}: its name leads out of its folder; rename it")
        path.parent.mkdir(parents=True)
        _copy(system, source, path)
        _check(system, source)
        os.utime(path, ns=(source.modified_ns, source.modified_ns))
        yield describe_listed(path, source.name)


def _copy(system: Any, source: ShardSource, path: Path) -> None:
    """Copy a source; what object storage says when that fails does not name it."""
    try:
        with os_errors():
            system.get_file(file_system_of(source.uri)[1], str(path))
    except FileNotFoundError:
        raise _gone(source) from None
    except OSError as error:
        raise BundleBuildError(f"{source.uri}: could not be copied: {error.strerror or error}") from error


def _gone(source: ShardSource) -> BundleBuildError:
    return BundleBuildError(f"{source.uri}: is gone since it was planned; run dataset build again")


def _check(system: Any, source: ShardSource) -> None:
    try:
        found = details_of(system, source.uri)
    except FileNotFoundError:
        raise _gone(source) from None
    if found != (source.size, source.etag):
        raise BundleBuildError(f"{source.uri}: has changed since it was planned; run dataset build again")
