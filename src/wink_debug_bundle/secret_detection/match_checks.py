"""The last word of own rules: what a regex cannot say about addresses and names. Each looks at short texts only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote_to_bytes

from .allowed_matches import RuleMatch
from .generic_secrets import LONGEST_NAME, is_assigned_secret, is_strong_secret
from .pem_blocks import plain_pem

_PRODUCT = re.compile(rb"(?:[A-Za-z_)][-_]v?|==|[~^<>!]=|[A-Za-z0-9_)]/|(?i:version|release|ver)[\"'\s:=@]{1,4}v?)\Z")
"""What a version follows, and an address does not."""
_ADDRESS = re.compile(
    rb"(?i)(?:://|@|\b(?:ip|ipv4|addr(?:ess)?|host|server|peer|client|listen|bind)[\w.\"'\\\s:=-]{0,12})\Z"
)
"""What an address follows."""
_CONTEXT = 32
_PARTS_OF_URL = frozenset(b"/@ \t\r\n")
_FILE_ENDINGS = frozenset(
    b"png jpg jpeg gif svg webp ico css js ts tsx jsx mjs py pyi md json html htm xml yml yaml toml txt log sh rs go c h cpp"
    b" java rb php so dll exe zip gz whl lock local".split()
)


def is_ipv4(match: RuleMatch) -> bool:
    """Return whether four numbers are the address of a machine: no version, and not one that all machines have.

    Of a range the first address decides.
    """
    try:
        address = IPv4Address(match.secret.partition(b"-")[0].decode())
    except (AddressValueError, UnicodeDecodeError):
        return False
    before = match.before(_CONTEXT)
    if address.is_loopback or address.is_multicast or address.is_link_local or address.packed[0] in {0, 255}:
        return False
    if _ADDRESS.search(before):
        return True
    return not _PRODUCT.search(before) and (
        address.packed[0] == 10 or (max(address.packed) > 31 and address.packed[0] > 3)
    )


def is_ipv6(match: RuleMatch) -> bool:
    """Return whether groups of digits are the address of a machine: no time, no fingerprint, no name of C++."""
    try:
        address = IPv6Address(match.secret.decode())
    except (AddressValueError, UnicodeDecodeError):
        return False
    groups = [group for group in match.secret.split(b":") if group]
    wide = any(len(group) >= 3 and not group.isalpha() for group in groups)
    return wide and len(groups) >= 3 and not (address.is_loopback or address.is_multicast or address.is_unspecified)


def is_mail_address(match: RuleMatch) -> bool:
    """Return whether it is no user of a URL, and no file's name (`icon@2x.png`)."""
    scheme, _, user = match.before(_CONTEXT).rpartition(b"://")
    if scheme and not _PARTS_OF_URL.intersection(user):
        return False
    return match.secret.rpartition(b".")[2].lower() not in _FILE_ENDINGS


Check = Callable[[RuleMatch], bool]

CHECKS: Mapping[str, tuple[Check, int]] = {
    "assigned_secret": (is_assigned_secret, LONGEST_NAME),
    "strong_secret": (is_strong_secret, LONGEST_NAME),
    "ipv4": (is_ipv4, _CONTEXT),
    "ipv6": (is_ipv6, 0),
    "mail_address": (is_mail_address, _CONTEXT),
}
"""The checks by the names that rules have for them, and how many bytes before the secret each looks at."""

PLAIN_VALUES: Mapping[str, Callable[[bytes], bytes]] = {"pem": plain_pem, "percent": unquote_to_bytes}
"""What makes the plain value of a match, by the names that rules have for it."""
