"""Protect Datasette with ASGI middleware: refuse requests that are not the user's, and limit what a page may do.

Datasette answers every request that reaches its port. The guard answers only those that are for this server
(`request_origin.py`), that no other site made, and that have the token, if there is one (`token_access.py`); its
headers allow only scripts of the project's templates. It ends the work for a request whose reader has gone.
"""

from __future__ import annotations

import asyncio
import html
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from .request_origin import HostNames, is_followed_link, other_site
from .token_access import TokenAccess

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_SEND_SECONDS = 60
"""Time that a reader may take for a part of the answer; one that takes longer holds a place for nothing."""

REPLACED = (
    "The bundle was replaced: restart. The file was replaced, changed or removed since this server started, and "
    "nothing of another file is shown. Stop the server, and run serve again."
)
_ENTRY_REFUSED = (
    "This server needs a token. Open the address that it printed, which ends in ?token=..., "
    "or send the header: Authorization: Bearer TOKEN"
)

_nonce: ContextVar[str] = ContextVar("nonce", default="")


class BrokenOffError(BaseException):
    """An answer failed after its beginning was sent: the connection must break, or the reader takes it for the whole.

    Datasette would answer an `Exception` with a page, in the middle of the other one.
    """


def script_nonce() -> str:
    """Return the random value that allows the current page's own scripts to run."""
    return _nonce.get()


class Guard:
    """Middleware that refuses requests that are not the user's, and adds security headers to every response."""

    def __init__(
        self,
        application: Application,
        names: HostNames,
        token: TokenAccess | None = None,
        is_current: Callable[[], bool] = lambda: True,
    ) -> None:
        self._application = application
        self._names = names
        self._token = token
        self._is_current = is_current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return
        nonce = secrets.token_urlsafe(16)
        _nonce.set(nonce)
        send = _with_headers(send, nonce)
        if refusal := self._refusal(scope):
            await _answer(send, *refusal)
        elif self._token and (entry := self._token.redirect(_path(scope), scope["query_string"])):
            await _enter(send, scope, *entry)
        elif self._token and not self._token.is_given(scope["headers"]):
            if is_followed_link(scope["headers"]):
                await _answer_with_link(send, 403, _own_address(scope))
            else:
                await _answer(send, 403, _ENTRY_REFUSED)
        elif not self._is_current():
            await _answer(send, 503, REPLACED)
        else:
            await _until_reader_leaves(self._application, scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return the status and the reason with which a request is refused; None if it is not."""
        if reason := self._names.refusal(scope["headers"]):
            return 421, reason
        if not scope.get("raw_path", b"/").startswith(b"/"):
            return 400, "The path must begin with a slash."  # Datasette would redirect to the other host that it names
        if b"\\" in scope.get("raw_path", b"") or "\\" in scope["path"]:
            # Datasette would redirect to this path, and browsers take `/\host` for another host.
            return 400, "The path contains a backslash."
        if reason := other_site(scope["headers"]):
            return 403, reason
        if scope["method"] not in {"GET", "HEAD"}:
            return 405, "A bundle can only be read: use GET."
        return None


async def _enter(send: Send, scope: Scope, location: bytes, cookie: bytes) -> None:
    """Store the token in the browser, and lead to the page without it in its address."""
    if is_followed_link(scope["headers"]):  # the browser would keep the new cookie back from a redirect
        await _answer_with_link(send, 200, location, (b"set-cookie", cookie), (b"refresh", b"0; url=" + location))
    else:
        await _answer(send, 303, "Welcome.", (b"location", location), (b"set-cookie", cookie))


async def _answer_with_link(send: Send, status: int, location: bytes, *more_headers: tuple[bytes, bytes]) -> None:
    """Answer with a link to a page of this server, which the browser follows with all cookies."""
    address = html.escape(location.decode("latin-1"))
    text = f"{html.escape(_ENTRY_REFUSED)} " if status != 200 else ""
    page = f'<!DOCTYPE html><p>{text}<a href="{address}">Go on to the bundle</a>'
    await _answer(send, status, page, *more_headers, kind=b"text/html")


def _own_address(scope: Scope) -> bytes:
    """Return the path and query of a request."""
    return _path(scope) + (b"?" + scope["query_string"] if scope["query_string"] else b"")


def _path(scope: Scope) -> bytes:
    """Return the path of a request as it was sent; one that begins with two slashes would name another host."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return b"/" + path.partition(b"?")[0].lstrip(b"/")


async def _until_reader_leaves(application: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application for one request, until it has answered or its reader has gone."""
    answering = asyncio.ensure_future(application(scope, _nothing_to_read, send))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (answering, leaving):
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    if not answering.cancelled() and (error := answering.exception()):
        raise RuntimeError("the answer ended early") from error


async def _left(receive: Receive) -> None:
    """Wait until the connection is closed."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nothing_to_read() -> Message:
    """Return the empty body of a request."""
    return {"type": "http.request", "body": b"", "more_body": False}


def _with_headers(send: Send, nonce: str) -> Send:
    """Return a `send` that adds the security headers to the response, and does not wait for a reader for ever."""
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
        async with asyncio.timeout(_SEND_SECONDS):
            await send(message)

    return guarded


async def _answer(
    send: Send, status: int, text: str, *more_headers: tuple[bytes, bytes], kind: bytes = b"text/plain"
) -> None:
    """Answer with a status and a sentence."""
    body = f"{text}\n".encode()
    headers = [
        (b"content-type", kind + b"; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *more_headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
