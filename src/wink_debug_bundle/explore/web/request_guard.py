"""Protect Datasette with ASGI middleware: refuse requests for other hosts, and limit what a page may do.

Datasette answers every request that reaches its port. But any page in the user's browser can send requests to a port
of this machine, and it can read the answers if its own host name resolves to 127.0.0.1 (DNS rebinding). So the guard
answers only requests for host names of this machine, and its headers allow only scripts of the project's templates.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_nonce: ContextVar[str] = ContextVar("nonce", default="")


def script_nonce() -> str:
    """Return the random value that allows the current page's own scripts to run."""
    return _nonce.get()


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    address = _address(host)
    return address.is_loopback if address else host.lower() == "localhost"


class Guard:
    """Middleware that refuses requests meant for other hosts and adds security headers to every response."""

    def __init__(self, application: Application, host: str) -> None:
        self._application = application
        self._names = _LOOPBACK_NAMES | {host.lower()}
        self._any_address = not is_loopback(host)
        if self._any_address:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return
        nonce = secrets.token_urlsafe(16)
        _nonce.set(nonce)
        send = _with_headers(send, nonce)
        if not self._is_known(_values(scope["headers"], b"host")):
            await _refuse(send, 421, "This server does not answer for that host name.")
        elif b"\\" in scope.get("raw_path", b"") or "\\" in scope["path"]:
            # Datasette would redirect to this path, and browsers take `/\host` for another host.
            await _refuse(send, 400, "The path contains a backslash.")
        else:
            await self._application(scope, receive, send)

    def _is_known(self, hosts: list[bytes]) -> bool:
        """Return whether the Host header names this server."""
        if len(hosts) != 1:
            return False
        name = _without_port(hosts[0].decode("latin-1").lower())
        # DNS rebinding needs a name. So where other machines may connect, any IP address is accepted.
        return name in self._names or (self._any_address and _address(name) is not None)


def _with_headers(send: Send, nonce: str) -> Send:
    """Return a `send` that adds the security headers to the response."""
    security_headers = {
        b"content-security-policy": _POLICY.format(nonce=nonce).encode(),
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
        b"referrer-policy": b"same-origin",
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
    }

    async def guarded(message: Message) -> None:
        """Send the message; replace these headers if it starts the response."""
        if message["type"] == "http.response.start":
            other_headers = [
                (key, value) for key, value in message.get("headers", []) if key.lower() not in security_headers
            ]
            message = {**message, "headers": [*other_headers, *security_headers.items()]}
        await send(message)

    return guarded


async def _refuse(send: Send, status: int, text: str) -> None:
    """Answer with an error status and a sentence."""
    body = text.encode()
    headers: Headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """Return the values of all headers with that name."""
    return [value for key, value in headers if key.lower() == name]


def _without_port(host: str) -> str:
    """Return the host name or address without its port, and an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _address(host: str) -> Any:
    """Return the IP address that the text is, or None."""
    try:
        return ip_address(host)
    except ValueError:
        return None
