"""A proxy before an HTTP server that fails and delays requests, as an object store that is overloaded does."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
"""Headers that belong to one connection, or that this server writes itself."""

_ERRORS = {500: "InternalError", 503: "SlowDown"}


class UnsteadyServer(ThreadingHTTPServer):
    """Forwards requests to another server, and fails some.

    Attributes:
        chance: The share of the requests that fail: half of them before they are forwarded, half when they are done.
        delay: Seconds by which each listing is late.
        failed: How often each status was given.
    """

    daemon_threads = True

    def __init__(self, target: tuple[str, int], seed: int, chance: float, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.chance = chance
        self.delay = delay
        self.failed: Counter[int] = Counter()
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def fate(self) -> tuple[int | None, bool]:
        """Return the status with which a request fails, if it does, and whether it is forwarded before it fails."""
        with self._lock:
            if self._random.random() >= self.chance:
                return None, True
            status = self._random.choice(sorted(_ERRORS))
            self.failed[status] += 1
            return status, self._random.random() < 0.5


class _Handler(BaseHTTPRequestHandler):
    """Forwards one request, or fails it."""

    protocol_version = "HTTP/1.1"
    server: UnsteadyServer

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command == "GET" and "list-type" in self.path:
            time.sleep(self.server.delay)
        status, is_forwarded = self.server.fate()
        if is_forwarded:
            found, headers, content = self._forward(body)
        if status is None:
            self._send(found, headers, content)
        else:
            text = f"<?xml version='1.0'?><Error><Code>{_ERRORS[status]}</Code><Message>try again</Message></Error>"
            self._send(status, [("Content-Type", "application/xml")], text.encode())

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - the names that http.server calls

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*self.server.target, timeout=60)
        try:
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in {"expect", "connection"}
            }
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            length = answer.getheader("Content-Length")
            content = answer.read()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            if self.command == "HEAD" and length is not None:
                kept.append(("Content-Length", length))
            return answer.status, kept, content
        finally:
            connection.close()

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(0 if self.command == "HEAD" else len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Print nothing."""


@contextmanager
def unsteady_server(target: tuple[str, int], *, seed: int, chance: float, delay: float) -> Iterator[UnsteadyServer]:
    """Yield a proxy before the server at an address; it runs in threads of this process."""
    server = UnsteadyServer(target, seed, chance, delay)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
