"""Serve a bundle to the browser of the person who asked for it, until it is interrupted."""

from __future__ import annotations

import errno
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import BundleError
from ...events import Event, emit
from .request_guard import is_loopback

if TYPE_CHECKING:
    import uvicorn

    from .datasette_app import BundleServer

_SECONDS_TO_STOP = 5
_LAST_PORT = 65535


def serve(path: Path, *, host: str = "127.0.0.1", port: int = 8001, open_browser: bool = True) -> None:
    """Explore the bundle at `path` in Datasette; returns when it is interrupted.

    Args:
        path: The bundle.
        host: Interface to listen on.
        port: Port to listen on; 0 takes any that is free.
        open_browser: Whether to open the page in a browser once the server answers.

    Raises:
        BundleError: the port is in use, or the host cannot be listened on.
        InvalidBundleError: the file cannot be read, or is not a bundle.
        BundleVersionError: a newer or an older release wrote it.
    """
    with _listen(host, port) as listener:
        from .datasette_app import BundleServer  # it takes long to import Datasette: not before the address is had

        server = BundleServer(path, host)
        try:
            _run(server, listener, _url(host, listener), open_browser=open_browser)
        finally:
            server.close()


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens at the address, so that a busy port is known before anything is promised."""
    if not 0 <= port <= _LAST_PORT:  # the resolver would take it modulo 65536
        raise BundleError(f"port {port} does not exist: name one from 1 to {_LAST_PORT}, or 0 for any that is free")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except UnicodeError:
        raise BundleError(
            f"{host!r} is no name of a host; name an interface of this machine, such as 127.0.0.1"
        ) from None
    except OSError as error:
        raise BundleError(_why_not(error, host, port)) from None


def _why_not(error: OSError, host: str, port: int) -> str:
    place = f"port {port} on {host}"
    if error.errno == errno.EADDRINUSE:
        return f"{place} is in use: stop what listens there, or choose another port (--port 0 takes any that is free)"
    if error.errno == errno.EACCES:
        return f"{place} needs privileges: choose one above 1023 (--port 0 takes any that is free)"
    return f"cannot listen on {place}: {error.strerror or error}"


def _url(host: str, listener: socket.socket) -> str:
    """The address to open: a wildcard means every interface, and the browser is on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}/"


def _run(server: BundleServer, listener: socket.socket, url: str, *, open_browser: bool) -> None:
    """Serve in a thread of its own, so that an event loop of the caller (a notebook's) is not in the way."""
    loop = _event_loop(server)
    ended = threading.Event()  # an interrupted Thread.join takes the thread for dead in Python 3.11

    def run() -> None:
        try:
            loop.run(sockets=[listener])
        finally:
            ended.set()

    threading.Thread(target=run, name="debug-bundle-server", daemon=True).start()
    try:
        _wait_until_it_answers(loop, ended)
        _announce(listener, url, open_browser=open_browser)
        while not ended.wait(timeout=1):
            pass
    except KeyboardInterrupt:
        pass  # the way to end it
    finally:
        loop.should_exit = True
        server.interrupt()
        ended.wait(timeout=_SECONDS_TO_STOP)


def _event_loop(server: BundleServer) -> uvicorn.Server:
    import uvicorn

    config = uvicorn.Config(
        server.application,
        log_config=None,  # logging belongs to the caller
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _wait_until_it_answers(loop: uvicorn.Server, ended: threading.Event) -> None:
    while not loop.started:
        if ended.wait(timeout=0.01):
            raise BundleError("the server ended before it could answer")


def _announce(listener: socket.socket, url: str, *, open_browser: bool) -> None:
    print(url, flush=True)  # noqa: T201 - what the person waits for
    address = listener.getsockname()[0]
    if not is_loopback(address):
        _warn(f"warning: {address} is not this machine alone: whoever reaches it can read the whole bundle")
    emit(Event.SERVE, url=url)
    if open_browser:
        # Some browsers do not return before they are closed.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _warn(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
