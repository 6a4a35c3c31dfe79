"""Decide by a request's headers whether the user made it, or another site in the user's browser.

Any page can make a browser send requests to a port of this machine: with an image, a script, a frame or a form. It
cannot read the answers, but the requests cost time; and it can read them if its own host name resolves to 127.0.0.1
(DNS rebinding). Browsers say where a request comes from in `Sec-Fetch-Site` and `Origin`, and whom it is for in `Host`.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

Headers = Iterable[tuple[bytes, bytes]]

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_OWN_SITES = {b"none", b"same-origin"}
_NAME = re.compile(r"[a-z0-9_.-]{1,253}")


class HostNames:
    """The host names that a server answers for."""

    def __init__(self, host: str, allowed: Iterable[str] = ()) -> None:
        self._names = _LOOPBACK_NAMES | {host.lower()} | {_without_port(name.lower()) for name in allowed}
        self._any_address = not is_loopback(host)
        if self._any_address:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    def refusal(self, headers: Headers) -> str | None:
        """Return why a request is not for this server; None if it is."""
        hosts = values(headers, b"host")
        name = _without_port(hosts[0].decode("latin-1").lower()) if len(hosts) == 1 else ""
        # DNS rebinding needs a name. So where other machines may connect, any IP address is accepted.
        if name and (name in self._names or (self._any_address and _address(name) is not None)):
            return None
        shown = name if _NAME.fullmatch(name) else "NAME"
        return (
            "This server does not answer for that host name. "
            f"If the name is yours, restart the server with: --allow-host {shown}"
        )


def other_site(headers: Headers) -> str | None:
    """Return why a request is refused as another site's; None if the user made it.

    A link on another site may open a page of this one, as in Jupyter: that site learns nothing by it.
    """
    if is_followed_link(headers) and not _opens_page(headers):
        return "The request comes from another site. Open the page itself instead."
    hosts = values(headers, b"host")
    for origin in values(headers, b"origin"):
        if origin.lower().partition(b"://")[2] not in {host.lower() for host in hosts}:
            return "The request comes from a page of another site."
    return None


def is_followed_link(headers: Headers) -> bool:
    """Return whether the user came by a link on another site; the browser then keeps strict cookies back."""
    return any(site not in _OWN_SITES for site in values(headers, b"sec-fetch-site"))


def _opens_page(headers: Headers) -> bool:
    """Return whether the browser shows the answer in a tab of its own."""
    return values(headers, b"sec-fetch-mode") == [b"navigate"] and values(headers, b"sec-fetch-dest") == [b"document"]


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    address = _address(host)
    return address.is_loopback if address else host.lower() == "localhost"


def values(headers: Headers, name: bytes) -> list[bytes]:
    """Return the values of all headers with that name."""
    return [value for key, value in headers if key.lower() == name]


def _without_port(host: str) -> str:
    """Return the host name or address without its port, and an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if _address(host) else host.partition(":")[0]


def _address(host: str) -> Any:
    """Return the IP address that the text is, or None."""
    try:
        return ip_address(host)
    except ValueError:
        return None
