"""Serve a bundle to the user's browser until interrupted."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import BundleError
from ...events import Event, emit
from ...packing.bundle_file import BundleFile
from .access.listening import listening_path, listening_port
from .access.request_guard import Guard
from .access.request_origin import HostNames, is_loopback
from .access.token_access import PARAMETER, TokenAccess, new_token

if TYPE_CHECKING:
    import uvicorn

    from .datasette_app import BundleServer
    from .site.further_pages import FurtherPages

_SECONDS_TO_STOP = 1.2


@dataclass(frozen=True)
class Address:
    """Where a server can be reached.

    Attributes:
        url: Its address, without the token; `unix:PATH` for a socket at a path.
        token: What requests must have; None if everyone may ask.
        is_open: Whether other machines can connect.
        start: The path of the page to open.
    """

    url: str
    token: str | None
    is_open: bool
    start: str = ""

    @property
    def printed(self) -> str:
        """Return the address with the token, as the user needs it."""
        page = self.url if self.url.startswith("unix:") else f"{self.url}{self.start}"
        return f"{page}?{PARAMETER}={self.token}" if self.token else page


def serve(
    file: BundleFile,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    open_browser: bool = True,
    token: bool | None = None,
    uds: Path | None = None,
    allow_hosts: Sequence[str] = (),
    others: Sequence[BundleFile] = (),
    further: Callable[[], FurtherPages] | None = None,
    start: str = "",
) -> None:
    """Serve a bundle in Datasette until interrupted (Ctrl-C).

    Args:
        file: The bundle's file, unpacked.
        host: Address of the interface to listen on.
        port: Port to listen on; 0 takes any free port.
        open_browser: Whether to open the page in a browser once the server answers.
        token: Whether requests need the token that the printed address has; None: if other machines can connect.
        uds: Path of a socket to listen on instead of a port; only the user can open it.
        allow_hosts: Further host names to answer for.
        others: Bundles that are served with it, unpacked.
        further: Called for the pages that another room adds, when Datasette is imported.
        start: The path of the page to open, without the first slash.

    Raises:
        BundleError: the port or the path is in use, or the server cannot listen there.
        InvalidBundleError: the file cannot be read, or is not a bundle.
        BundleVersionError: a newer or older release wrote it.
    """
    with listening_path(uds) if uds else listening_port(host, port) as listener:
        from .datasette_app import BundleServer  # slow to import, so only once the port is known to be free

        is_open = not uds and not is_loopback(listener.getsockname()[0])
        url = f"unix:{uds.absolute()}" if uds else _url(host, listener)
        address = Address(url, new_token() if (is_open if token is None else token) else None, is_open, start)
        server = BundleServer(file, others, further() if further else None)
        access = TokenAccess(address.token, 0 if uds else listener.getsockname()[1]) if address.token else None
        names = HostNames("localhost" if uds else host, allow_hosts)
        guard = Guard(server.application, names, access, server.is_current)
        _run(server, _event_loop(guard), listener, address, open_browser=open_browser and not uds)


def _url(host: str, listener: socket.socket) -> str:
    """Return the URL to open; for a wildcard address, which means every interface, the one of this machine."""
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}/"


def _run(
    server: BundleServer, loop: uvicorn.Server, listener: socket.socket, address: Address, *, open_browser: bool
) -> None:
    """Serve in a separate thread, so that it works where the caller runs an event loop, as notebooks do."""
    failures: list[BaseException] = []
    ended = threading.Event()  # not Thread.join: in Python 3.11 an interrupted one regards the thread as ended

    async def answer() -> None:
        """Start the workers, answer requests until told to stop, and close everything."""
        try:
            server.start()
            await loop.serve(sockets=[listener])
        finally:
            server.close()

    def run() -> None:
        """Run the event loop, and say when it has ended, and with what error."""
        try:
            asyncio.run(answer())
        except BaseException as error:  # noqa: BLE001 the other thread raises it: also a task that was cancelled
            failures.append(error)
        finally:
            ended.set()

    try:
        threading.Thread(target=run, name="debug-bundle-server", daemon=True).start()
        _wait_until_started(loop, ended, failures)
        _announce(address, open_browser=open_browser)
        while not ended.wait(timeout=1):
            pass
        _raise_first(failures)
    except KeyboardInterrupt:
        pass  # the user's way to end the server; what fails because its workers end is no fault
    finally:
        loop.should_exit = True
        server.interrupt()
        ended.wait(timeout=_SECONDS_TO_STOP)


def _event_loop(guard: Guard) -> uvicorn.Server:
    """Return a uvicorn server that runs the application without logging or signals of its own."""
    import uvicorn

    config = uvicorn.Config(
        guard,
        log_config=None,  # logging belongs to the caller
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _wait_until_started(loop: uvicorn.Server, ended: threading.Event, failures: Sequence[BaseException]) -> None:
    """Wait until the server answers requests.

    Raises:
        BundleError: it ended before that.
    """
    while not loop.started:
        if ended.wait(timeout=0.01):
            _raise_first(failures)
            raise BundleError("the server ended before it could answer")


def _raise_first(failures: Sequence[BaseException]) -> None:
    """Raise the error that ended the server, if there was one.

    Raises:
        BundleError: its own errors as they are, others as one of these that names them.
    """
    for error in failures:
        if isinstance(error, BundleError):
            raise error
        raise BundleError(f"the server ended: {type(error).__name__}: {error}") from error


def _announce(address: Address, *, open_browser: bool) -> None:
    """Print the address, warn if other machines can connect, and open the browser."""
    print(address.printed, flush=True)  # noqa: T201 - the user waits for this line
    if address.is_open and not address.token:
        _warn(f"warning: {address.url} is open to other machines: anyone who reaches it can read the whole bundle")
    elif address.is_open:
        _warn("note: other machines can connect; who has the token in the address can read the whole bundle")
    emit(Event.SERVE, url=address.url)
    if open_browser:
        # Some browsers block until they are closed.
        threading.Thread(target=webbrowser.open, args=(address.printed,), daemon=True).start()


def _warn(text: str) -> None:
    """Print a line to standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201
