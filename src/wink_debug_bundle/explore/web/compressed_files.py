"""Send static files that are stored compressed: the browser decompresses them."""

from __future__ import annotations

import functools
from typing import Any

from .datasette_release import View


def decompressed_by_browser(view: View) -> View:
    """Return the view of static files, which says of those that end in `.gz` how they are compressed."""

    @functools.wraps(view)
    async def answer(request: Any, send: Any) -> Any:
        """Answer one request."""

        async def saying_encoding(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = [*message.get("headers", ()), (b"content-encoding", b"gzip"), (b"cache-control", b"no-cache")]
                message = {**message, "headers": headers}
            await send(message)

        return await view(request, saying_encoding if request.path.endswith(".gz") else send)

    return answer
