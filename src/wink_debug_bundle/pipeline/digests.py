"""Hashes of the artifacts as they lie on disk, computed beside the load."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple, Self

from ..artifacts.source import Source
from .planning.plan import Artifact

_READ_BYTES = 1 << 18


class Digest(NamedTuple):
    """A file's hash, and how the file differs from what it was when the build began.

    The hash is that of as many bytes as the file had then; None if they cannot be read.
    """

    sha256: str | None = None
    change: str | None = None


class Digests:
    """The SHA-256 of each file, from a thread of its own: hashing leaves the interpreter to others."""

    def __init__(self, artifacts: Sequence[Artifact]) -> None:
        self._is_over = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="digests")
        self._futures: dict[int, Future[Digest]] = {
            artifact.id: self._executor.submit(self._digest, artifact.source)
            for artifact in artifacts
            if artifact.container_id is None
        }

    def of(self, artifact: Artifact) -> Digest:
        """What is known of the file; nothing of what lies in another file."""
        future = self._futures.get(artifact.id)
        return Digest() if future is None else future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True  # nobody waits for the hash of a file of many GB
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _digest(self, source: Source) -> Digest:
        try:
            if not source.openable:
                return Digest()
            if not source.path.is_file():
                return Digest(None, "it was removed while it was read" if source.size_bytes else None)
            with source.path.open("rb", buffering=0) as stream:
                return Digest(self._sha256(stream, source.size_bytes), _change(source, os.fstat(stream.fileno())))
        except OSError:
            return Digest()

    def _sha256(self, stream: io.FileIO, size: int) -> str:
        found = hashlib.sha256()
        buffer = memoryview(bytearray(_READ_BYTES))
        while not self._is_over and size and (count := stream.readinto(buffer[: min(size, _READ_BYTES)])):
            found.update(buffer[:count])
            size -= count
        return found.hexdigest()


def _change(source: Source, status: os.stat_result) -> str | None:
    """How the file is another than when the build began."""
    grown = status.st_size - source.size_bytes
    if grown > 0:
        return f"it grew by {grown} bytes while it was read; what came then is not in the bundle, or not all of it"
    if grown < 0:
        return "it became shorter while it was read"
    return None if status.st_mtime_ns == source.modified_ns else "it was written to while it was read"
