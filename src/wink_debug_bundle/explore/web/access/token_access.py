"""Let in only those who have the server's token: from its printed address, in a cookie afterwards, or in a header."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlencode

from .request_origin import Headers, values

PARAMETER = "token"
_SCHEMES = {"bearer", "token"}


def new_token() -> str:
    """Return a token that cannot be guessed."""
    return secrets.token_urlsafe(32)


class TokenAccess:
    """Knows the token of a server, and finds it in requests."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token.encode()
        # Browsers send cookies to every port of a host, so the name says which server's it is.
        self._cookie = f"wink-debug-bundle-{port}"

    def is_given(self, headers: Headers) -> bool:
        """Return whether a request has the token in its cookie, or as `Authorization: Bearer ...` or `token ...`."""
        return any(self._is_token(value) for value in (*self._in_cookies(headers), *_in_authorization(headers)))

    def redirect(self, path: bytes, query: bytes) -> tuple[bytes, bytes] | None:
        """Return where a request with the token in its address is sent, and the cookie; None if it is not there."""
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        if not any(name == PARAMETER and self._is_token(value) for name, value in pairs):
            return None
        rest = urlencode([pair for pair in pairs if pair[0] != PARAMETER])
        target = path + (f"?{rest}".encode() if rest else b"")
        cookie = f"{self._cookie}={self._token.decode()}; Path=/; HttpOnly; SameSite=Strict"
        return target, cookie.encode()

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode("utf-8", "replace"), self._token)

    def _in_cookies(self, headers: Headers) -> list[str]:
        found = []
        for header in values(headers, b"cookie"):
            for part in header.decode("latin-1").split(";"):
                name, _, value = part.strip().partition("=")
                if name == self._cookie:
                    found.append(value)
        return found


def _in_authorization(headers: Headers) -> list[str]:
    found = []
    for header in values(headers, b"authorization"):
        scheme, _, value = header.decode("latin-1").partition(" ")
        if scheme.lower() in _SCHEMES:
            found.append(value.strip())
    return found
