"""Read the bytes of a stored file or blob by statements in the workers, no more than a chunk at a time."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import NamedTuple

from ....artifacts.accounting.blobs import CHUNK_BYTES
from ....errors import DamagedBundleError
from ..bundle_database import BundleDatabase

_TEXT_BYTES = files(__package__).joinpath("text_bytes.sql").read_text(encoding="utf-8")
_BLOB_BYTES = files(__package__).joinpath("blob_bytes.sql").read_text(encoding="utf-8")
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class StoredBytes(NamedTuple):
    """Where the bytes of a file or blob are.

    Attributes:
        database: The bundle.
        sha256: Their hash, and their key if they are a blob.
        size: Their number.
        file: The row of the file whose text has them; None for a blob.
    """

    database: BundleDatabase
    sha256: str
    size: int
    file: int | None = None

    async def read(self, first: int, count: int) -> bytes:
        """Return up to `count` bytes from the byte `first` on.

        Raises:
            DamagedBundleError: some of them are missing or damaged.
        """
        count = max(0, min(count, self.size - first))
        if not count:
            return b""
        where = {"first": first, "count": count}
        if self.file is None:
            rows = await self.database.rows_of_page(_BLOB_BYTES, {"sha256": self.sha256, **where})
        else:
            rows = await self.database.rows_of_page(_TEXT_BYTES, {"file": self.file, **where})
        data = b"".join(part for (part,) in rows if isinstance(part, bytes))
        if len(data) != count:
            raise DamagedBundleError(f"{self.sha256}: the bytes from {first} on are missing or damaged in the bundle")
        return data

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield all bytes; the last ones only if all together have the hash.

        Raises:
            DamagedBundleError: some of them are missing or damaged.
        """
        digest = hashlib.sha256()
        for first in range(0, self.size, CHUNK_BYTES):
            data = await self.read(first, CHUNK_BYTES)
            digest.update(data)
            if first + len(data) == self.size and digest.hexdigest() != self.sha256:
                raise DamagedBundleError(f"{self.sha256}: the bytes in the bundle have another hash")
            yield data


def image_type(beginning: bytes) -> str | None:
    """Return the media type of a picture that begins so; None for anything else, SVG included: it can hold scripts."""
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in _IMAGES if beginning.startswith(mark)), None)
