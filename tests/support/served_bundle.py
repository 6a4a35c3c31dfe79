"""A bundle served by a process of its own, and requests as a browser or an attacker would send them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

# A test run that was started in the background ignores Ctrl-C, and its children inherit that; so set the handler.
SCRIPT = """
import json, logging, signal, sys
from pathlib import Path
from wink_debug_bundle import DebugBundle
signal.signal(signal.SIGINT, signal.default_int_handler)
options = {"open_browser": False, **json.loads(sys.argv[2])}
if "uds" in options:
    options["uds"] = Path(options["uds"])
if "baseline" in options:
    options["baseline"] = DebugBundle.open(options["baseline"])
DebugBundle.open(sys.argv[1]).serve(**options)
print("returned", flush=True)
"""


@dataclass(frozen=True)
class Response:
    """A response of the server."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """Return the body's JSON value."""
        return json.loads(self.body)


@dataclass(frozen=True)
class RunningServer:
    """A serving process and its address."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        """Return the server's port."""
        return urllib.parse.urlsplit(self.url).port or 0

    @property
    def token(self) -> str:
        """Return the token in the address; empty if there is none."""
        return urllib.parse.urlsplit(self.url).query.removeprefix("token=")

    def get(self, path: str = "", **headers: str) -> Response:
        """Fetch `path`, without following redirects."""
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        address = urllib.parse.urljoin(self.url.partition("?")[0], path)
        request = urllib.request.Request(
            address, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        try:
            with urllib.request.build_opener(_NoRedirects).open(request, timeout=30) as response:
                return Response(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Response(error.code, error.headers, error.read())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        return None


def start_server(path: Path, **options: object) -> subprocess.Popen[str]:
    """Start to serve the bundle in a new process."""
    command = [
        sys.executable,
        "-c",
        SCRIPT,
        str(path),
        json.dumps({"port": 0, **options}),
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    )


@contextmanager
def serve_bundle(path: Path, **options: object) -> Iterator[RunningServer]:
    """Serve the bundle while the block runs, and kill the server at its end."""
    process = start_server(path, **options)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), process.communicate(timeout=30)
        yield RunningServer(process, url)
    finally:
        process.kill()
        process.communicate(timeout=30)
