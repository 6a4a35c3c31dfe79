"""A web server of a folder's files, which also gives parts of them, as those of object storage do."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files; `/moved/NAME` leads to `/NAME`, `/moved-forever` to itself, and `/answers-503` fails."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        """Answer what a file is."""
        if not self._answered():
            super().do_HEAD()

    def do_GET(self) -> None:
        """Answer with a file, or with a part of it."""
        path = Path(self.translate_path(self.path))
        wanted = _RANGE.fullmatch(self.headers.get("Range", ""))
        if self._answered():
            return
        if wanted is None or not path.is_file():
            super().do_GET()
            return
        data = path.read_bytes()
        part = data[int(wanted[1]) : int(wanted[2]) + 1 if wanted[2] else None]
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Range", f"bytes {wanted[1]}-{int(wanted[1]) + len(part) - 1}/{len(data)}")
        self._end_headers(len(part))
        self.wfile.write(part)

    def _answered(self) -> bool:
        if self.path.startswith("/answers-503"):
            self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
        elif self.path.startswith("/moved"):
            self.send_response(HTTPStatus.FOUND)
            self.send_header(
                "Location", self.path.removeprefix("/moved") if self.path.startswith("/moved/") else self.path
            )
        else:
            return False
        self._end_headers(0)
        return True

    def _end_headers(self, length: int) -> None:
        self.send_header("Content-Length", str(length))
        self.end_headers()


@contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """Yield host and port of a server of the files below a folder."""
    handler = functools.partial(_Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
