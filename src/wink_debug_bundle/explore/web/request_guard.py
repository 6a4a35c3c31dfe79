"""The wall around Datasette: who may ask, and what a page may do. Plain ASGI; knows nothing of Datasette.

Datasette trusts whoever reaches its port. But every page that is open in the user's browser can reach a port on
this machine: a name that its owner points at 127.0.0.1 reads the answers, too (DNS rebinding). So only requests
for a host that means this machine are answered, and no answer may run a script that our templates did not write.
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
    """The random value that marks the scripts of the page under way as ours."""
    return _nonce.get()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    address = _address(host)
    return address.is_loopback if address else host.lower() == "localhost"


class Guard:
    """Refuses requests that are not meant for this server, and adds security headers to every answer."""

    def __init__(self, application: Application, host: str) -> None:
        self._application = application
        self._names = _LOOPBACK_NAMES | {host.lower()}
        self._any_address = not is_loopback(host)
        if self._any_address:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        nonce = secrets.token_urlsafe(16)
        _nonce.set(nonce)
        send = _with_headers(send, nonce)
        if not self._is_known(_values(scope["headers"], b"host")):
            await _refuse(send, 421, "This server does not answer for that host name.")
        elif b"\\" in scope.get("raw_path", b"") or "\\" in scope["path"]:
            # Datasette would redirect to it, and browsers read a backslash as the slash of another host.
            await _refuse(send, 400, "The path holds a backslash.")
        else:
            await self._application(scope, receive, send)

    def _is_known(self, hosts: list[bytes]) -> bool:
        if len(hosts) != 1:
            return False
        name = _without_port(hosts[0].decode("latin-1").lower())
        # A rebound name is never an address: where others may connect, any address is this machine's.
        return name in self._names or (self._any_address and _address(name) is not None)


def _with_headers(send: Send, nonce: str) -> Send:
    ours = {
        b"content-security-policy": _POLICY.format(nonce=nonce).encode(),
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
        b"referrer-policy": b"same-origin",
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
    }

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            theirs = [(key, value) for key, value in message.get("headers", []) if key.lower() not in ours]
            message = {**message, "headers": [*theirs, *ours.items()]}
        await send(message)

    return guarded


async def _refuse(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers: Headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in headers if key.lower() == name]


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _address(host: str) -> Any:
    try:
        return ip_address(host)
    except ValueError:
        return None
