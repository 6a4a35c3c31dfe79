"""Hashes of the artifacts as they lie on disk, computed beside the load."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from .plan import Artifact

_READ_BYTES = 1 << 18


class Digests:
    """The SHA-256 of each file, from a thread of its own: hashing leaves the interpreter to others."""

    def __init__(self, artifacts: Sequence[Artifact]) -> None:
        self._is_over = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="digests")
        self._futures: dict[int, Future[str | None]] = {
            artifact.id: self._executor.submit(self._sha256, artifact.source.path)
            for artifact in artifacts
            if artifact.container_id is None
        }

    def of(self, artifact: Artifact) -> str | None:
        """The file's hash in hexadecimal; None if it cannot be read, and for what lies in another file."""
        future = self._futures.get(artifact.id)
        return None if future is None else future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True  # nobody waits for the hash of a file of many GB
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _sha256(self, path: Path) -> str | None:
        try:
            if not path.is_file():
                return None
            found = hashlib.sha256()
            buffer = memoryview(bytearray(_READ_BYTES))
            with path.open("rb", buffering=0) as stream:
                while not self._is_over and (count := stream.readinto(buffer)):
                    found.update(buffer[:count])
        except OSError:
            return None
        return found.hexdigest()
