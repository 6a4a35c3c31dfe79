"""Answer with bytes as they are, some at a time."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from .stored_bytes import StoredBytes

_ODD = re.compile(r"[^A-Za-z0-9._-]+")


class ByteResponse:
    """All bytes of a stored file: as a picture, or as a file to keep."""

    def __init__(self, stored: StoredBytes, name: str, image: str | None = None) -> None:
        self._stored = stored
        disposition = "inline" if image else "attachment"
        self._headers = [
            (b"content-type", (image or "application/octet-stream").encode()),
            (b"content-length", str(stored.size).encode()),
            (b"content-disposition", f"{disposition}; {_file_name(name)}".encode()),
            (b"cache-control", b"no-store"),
        ]

    async def asgi_send(self, send: Any) -> None:
        """Send the bytes; an error at the beginning is raised before anything is sent."""
        chunks = self._stored.chunks()
        first = await anext(chunks, b"")
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _file_name(path: str) -> str:
    """Return the parameters of a header that names the file; any path is safe in it."""
    name = path.rpartition("/")[2] or "file"
    plain = _ODD.sub("_", name)[-100:]
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name[-200:].encode('utf-8', 'replace'), safe='')}"
