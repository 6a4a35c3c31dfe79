"""Hash the artifact files in a thread while their rows are indexed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from ..artifacts.read_errors import UNREADABLE_ZIP, ReplacedError, system_error
from ..artifacts.runs.run_folder import member_hashes, open_members
from ..artifacts.sets.listing import write_listing
from ..artifacts.source import Source
from ..artifacts.source_opener import open_source
from .planning.plan import Artifact

_READ_BYTES = 1 << 18


class Digest(NamedTuple):
    """The SHA-256 of a file, and how the file has changed since the build started.

    The hash covers as many bytes as the file had when the build started. It is None if they cannot be read; `failure`
    then says why, and at which byte. `is_loss` is set if bytes that the build should have read were changed or lost.
    For the folder of a run, `listing` is the list of its files, and the hash is that of the list.
    """

    sha256: str | None = None
    change: str | None = None
    failure: str | None = None
    offset: int = 0
    is_loss: bool = False
    listing: bytes | None = None


class Digests:
    """The SHA-256 of each file, computed in a thread; hashlib releases the interpreter lock while it hashes."""

    def __init__(self, artifacts: Sequence[Artifact]) -> None:
        self._is_cancelled = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="digests")
        try:
            self._futures: dict[int, Future[Digest]] = {
                artifact.id: self._executor.submit(self._digest, artifact.source)
                for artifact in artifacts
                if artifact.container_id is None
            }
        except BaseException:  # a thread that was being started when a signal arrived would wait for work for ever
            self._is_cancelled = True
            self._executor.shutdown(wait=False, cancel_futures=True)
            raise

    def of(self, artifact: Artifact) -> Digest:
        """Wait for the digest of the artifact's file; return an empty one for a member of another file."""
        future = self._futures.get(artifact.id)
        return Digest() if future is None else future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_cancelled = True  # stop hashing a file of many GB if the block failed
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _digest(self, source: Source) -> Digest:
        if source.folder is not None:
            return _listed(source)
        if source.sha256 is not None or not source.openable:
            return Digest(source.sha256)
        try:
            with open_source(source, buffering=0) as stream:
                return self._digest_of(source, stream)
        except FileNotFoundError:
            return Digest(None, "it was removed while it was read", is_loss=True)
        except ReplacedError as error:
            return Digest(None, str(error), is_loss=True)
        except OSError as error:
            return Digest(failure=system_error(error), is_loss=True)

    def _digest_of(self, source: Source, stream: BinaryIO) -> Digest:
        digest = hashlib.sha256()
        buffer = memoryview(bytearray(_READ_BYTES))
        left = source.size_bytes
        try:
            while not self._is_cancelled and left and (count := stream.readinto(buffer[: min(left, _READ_BYTES)])):  # type: ignore[attr-defined]
                digest.update(buffer[:count])
                left -= count
        except OSError as error:
            return Digest(failure=system_error(error), offset=source.size_bytes - left, is_loss=True)
        change, is_loss = _change(source, os.fstat(stream.fileno()))
        return Digest(digest.hexdigest(), change, is_loss=is_loss)


def _listed(source: Source) -> Digest:
    """Return the digest of a run's folder; a file that cannot be read has no hash in the list."""
    try:
        with open_members(source) as archive:
            hashes = [(entry.raw_name, sha256) for entry, sha256 in member_hashes(archive)]
    except UNREADABLE_ZIP:
        return Digest()
    listing = write_listing(hashes)
    is_complete = all(sha256 is not None for _, sha256 in hashes)
    return Digest(hashlib.sha256(listing).hexdigest() if is_complete else None, listing=listing)


def _change(source: Source, status: os.stat_result) -> tuple[str | None, bool]:
    """Return how the file has changed since the build started, and whether bytes may be lost by it."""
    growth = status.st_size - source.size_bytes
    if growth > 0:
        change = f"it grew by {growth} bytes while it was read; the new bytes are not in the bundle, or not all of them"
        return change, False
    if growth < 0:
        return "it became shorter while it was read", True
    if status.st_mtime_ns != source.modified_ns:
        return "it was written to while it was read", True
    if source.identity is not None and status.st_ctime_ns != source.identity.changed_ns:
        return "it was written to, or its attributes were changed, while it was read", True
    return None, False
