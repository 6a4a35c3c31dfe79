"""Read what a bundle itself says is secret: values of environment variables, names of users, homes and hosts."""

from __future__ import annotations

import re
import sqlite3
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_SENSITIVE = re.compile(
    r"(?i)(^|_)(api_?keys?|keys?|tokens?|secrets?|passw(or)?d|passphrase|pwd|pass|credentials?|auth|cookie|dsn"
    r"|connection_string|private|salt|signature|webhook(_url)?|bearer|jwt|pat)(_|$)|(KEY|TOKEN|SECRET|PASSWORD|PASSWD)$"
)
_PLAIN = re.compile(r"(?i)(?:\[?redacted\]?|\*+|x+|none|null|true|false|yes|no|\d{1,5}|<[^>]*>|/[\w./-]{0,60})?")
_ORDINARY = re.compile(
    r"(?i:(?:OLD)?PWD=.*|\w*TOKENS=[\d_,.]+[km]?"  # the working folder; how many tokens a model may use
    r"|\w*_(?:domain|host|hostname|port|name|version|type|mode|alg|algorithm|prefix|suffix|region|ttl|expiry|timeout|enabled"
    r"|provider|subnets?|issuer|audience|scopes?|length|size|count|limit|header|backend|strategy|class|format|rounds)=.*"
    r"|(?:\w*_)?o?(?:auth|token|jwks|keys?)_(?:url|uri|endpoint)=https?://[^@?#\s]*)",
    re.DOTALL,
)
"""Variables that have the word of a secret in their names, and say something else, such as where it is used."""
_USERS = {"USER", "LOGNAME", "USERNAME", "SUDO_USER", "user", "username", "login", "git_user", "user_name"}
_HOSTS = {"HOSTNAME", "HOST", "COMPUTERNAME", "hostname", "node", "fqdn"}
_HOMES = {"HOME", "USERPROFILE", "home"}
_COMMON_USERS = {"root", "user", "runner", "ubuntu", "admin", "app", "node", "agent", "default", "docker"}
_COMMON_HOSTS = {"localhost", "local", "host", "ubuntu", "debian", "docker"}
_SHORTEST_NAME = 3
_SHORTEST_USER = 4

_FACTS = "SELECT DISTINCT kind, name, value FROM environment WHERE value IS NOT NULL AND kind IN ('variable', 'system')"

NAMES = {"USER", "HOST", "IP"}
"""Kinds whose values are found as words, and not searched for in every form: they are too short, or too common."""

_LONG_NAME = 16
"""Bytes from which a name or an address is neither, so that it is searched for in every form, and where a text cuts it."""

_SHORTEST_ENCODED = 8
"""Bytes of the base64 of a name or an address that is searched for: shorter ones are part of too many words."""

WORD_RULE = "literal"
"""The reason for words that a user gave."""

_WORD = re.compile(rb"[A-Za-z_]{1,11}")
"""What is more often a word than a secret."""


class KnownSecrets(NamedTuple):
    """What is known before any text is searched."""

    literals: dict[bytes, tuple[str, str]]
    users: frozenset[str]
    hosts: frozenset[str]


def read_known(connection: sqlite3.Connection, words: Iterable[str]) -> KnownSecrets:
    """Return what the environments of runs say, and the words that were given."""
    literals = {word.encode(): (WORD_RULE, "WORD") for word in words if word}
    users: set[str] = set()
    hosts: set[str] = set()
    for kind, name, value in connection.execute(_FACTS):
        if not isinstance(value, str) or not isinstance(name, str):
            continue
        if kind == "variable" and _is_secret(name, value):
            literals.setdefault(value.encode(), ("environment-variable", "ENV"))
        if name in _USERS:
            users.add(value)
        elif name in _HOMES:
            users.add(re.split(r"[/\\]", value.rstrip("/\\"))[-1])
        elif name in _HOSTS:
            hosts.add(value)
    return KnownSecrets(
        literals,
        frozenset(name for name in users if len(name) >= _SHORTEST_NAME and name.lower() not in _COMMON_USERS),
        frozenset(name for name in hosts if len(name) >= _SHORTEST_NAME and name.lower() not in _COMMON_HOSTS),
    )


def _is_secret(name: str, value: str) -> bool:
    if not _SENSITIVE.search(name) or _PLAIN.fullmatch(value):
        return False
    return _ORDINARY.fullmatch(f"{name}={value}") is None


def with_found(known: KnownSecrets, found: Mapping[bytes, tuple[str, str]]) -> KnownSecrets:
    """Return what is known together with what rules found; names are added as names."""
    literals: dict[bytes, tuple[str, str]] = dict(known.literals)
    users, hosts = set(known.users), set(known.hosts)
    for value, (rule, kind) in found.items():
        if kind not in NAMES:
            if not _WORD.fullmatch(value):
                literals.setdefault(value, (rule, kind))
            continue
        if len(value) >= _LONG_NAME:
            literals.setdefault(value, (rule, kind))
        # Runs of base64 that are as short as a name are not decoded, as most of them are words.
        encoded = b64encode(value).rstrip(b"=")
        if len(encoded) >= _SHORTEST_ENCODED:
            literals.setdefault(encoded, (rule, kind))
        if kind == "USER" and len(value) >= _SHORTEST_USER:
            users.add(value.decode(errors="replace"))
        elif kind == "HOST":
            hosts.add(value.decode(errors="replace"))
    for rule, kind, names in (("user-name", "USER", users), ("host-name", "HOST", hosts)):
        long = (name.lower().encode() for name in names if len(name) >= _LONG_NAME)
        literals.update((each, (rule, kind)) for each in long if each not in literals)
    return KnownSecrets(literals, frozenset(users), frozenset(hosts))


def names_of(known: KnownSecrets, words: Iterable[str]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return what is found as whole words: its rule, its kind and the words."""
    given = tuple(sorted({word for word in words if word}))
    users, hosts = tuple(sorted(known.users)), tuple(sorted(known.hosts))
    return (WORD_RULE, "WORD", given), ("user-name", "USER", users), ("host-name", "HOST", hosts)
