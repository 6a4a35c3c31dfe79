"""Serve a bundle to the user's browser until interrupted."""

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
    """Serve the bundle at `path` in Datasette until interrupted (Ctrl-C).

    Args:
        path: The bundle.
        host: Address of the interface to listen on.
        port: Port to listen on; 0 takes any free port.
        open_browser: Whether to open the page in a browser once the server answers.

    Raises:
        BundleError: the port is in use, or the server cannot listen on the host.
        InvalidBundleError: the file cannot be read, or is not a bundle.
        BundleVersionError: a newer or older release wrote it.
    """
    with _listen(host, port) as listener:
        from .datasette_app import BundleServer  # slow to import, so only once the port is known to be free

        server = BundleServer(path, host)
        try:
            _run(server, listener, _url(host, listener), open_browser=open_browser)
        finally:
            server.close()


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, so that a busy port is found before the server starts."""
    if not 0 <= port <= _LAST_PORT:  # the resolver would use it modulo 65536
        raise BundleError(f"port {port} does not exist: name one from 1 to {_LAST_PORT}, or 0 for any free port")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except UnicodeError:
        raise BundleError(
            f"{host!r} is not a host name; name an interface of this machine, such as 127.0.0.1"
        ) from None
    except OSError as error:
        raise BundleError(_listen_error_text(error, host, port)) from None


def _listen_error_text(error: OSError, host: str, port: int) -> str:
    """Return the message for a port that cannot be listened on, with what to do."""
    place = f"port {port} on {host}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{place} is in use: stop the program that uses it, or choose another port (--port 0 takes any free port)"
        )
    if error.errno == errno.EACCES:
        return f"{place} needs privileges: choose one above 1023 (--port 0 takes any free port)"
    return f"cannot listen on {place}: {error.strerror or error}"


def _url(host: str, listener: socket.socket) -> str:
    """Return the URL to open; for a wildcard address, which means every interface, the one of this machine."""
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}/"


def _run(server: BundleServer, listener: socket.socket, url: str, *, open_browser: bool) -> None:
    """Serve in a separate thread, so that it works where the caller runs an event loop, as notebooks do."""
    loop = _event_loop(server)
    ended = threading.Event()  # not Thread.join: in Python 3.11 an interrupted one regards the thread as ended

    def run() -> None:
        """Run the event loop, and say when it has ended."""
        try:
            loop.run(sockets=[listener])
        finally:
            ended.set()

    threading.Thread(target=run, name="debug-bundle-server", daemon=True).start()
    try:
        _wait_until_started(loop, ended)
        _announce(listener, url, open_browser=open_browser)
        while not ended.wait(timeout=1):
            pass
    except KeyboardInterrupt:
        pass  # the user's way to end the server
    finally:
        loop.should_exit = True
        server.interrupt()
        ended.wait(timeout=_SECONDS_TO_STOP)


def _event_loop(server: BundleServer) -> uvicorn.Server:
    """Return a uvicorn server that runs the application without logging or signals of its own."""
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


def _wait_until_started(loop: uvicorn.Server, ended: threading.Event) -> None:
    """Wait until the server answers requests.

    Raises:
        BundleError: it ended before that.
    """
    while not loop.started:
        if ended.wait(timeout=0.01):
            raise BundleError("the server ended before it could answer")


def _announce(listener: socket.socket, url: str, *, open_browser: bool) -> None:
    """Print the URL, warn if other machines can connect, and open the browser."""
    print(url, flush=True)  # noqa: T201 - the user waits for this line
    address = listener.getsockname()[0]
    if not is_loopback(address):
        _warn(f"warning: {address} is open to other machines: anyone who reaches it can read the whole bundle")
    emit(Event.SERVE, url=url)
    if open_browser:
        # Some browsers block until they are closed.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _warn(text: str) -> None:
    """Print a line to standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201
