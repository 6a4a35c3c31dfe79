"""Private keys of several lines, by themselves and in the JSON of a service account."""

from __future__ import annotations

import json

from support.planted_secrets.chance import BASE64, DIGITS, HEX, LOWER, Chance
from support.planted_secrets.planted_secret import SecretKind, Written

_WIDTH = 64
_DASHES = "-" * 5


def _block(chance: Chance, label: str, lines: int, begin: str) -> str:
    title = f"{label} PRIVATE".strip() + " KEY"
    length = lines * _WIDTH - chance.number(4, 20)
    body = begin + chance.text(BASE64, length - len(begin))
    parts = [body[start : start + _WIDTH] for start in range(0, length, _WIDTH)]
    return "\n".join([f"{_DASHES}BEGIN {title}{_DASHES}", *parts, f"{_DASHES}END {title}{_DASHES}"])


def _written(block: str) -> Written:
    return Written(block, block)


def _rsa(chance: Chance) -> Written:
    return _written(_block(chance, "RSA", 12, "MIIE" + chance.text(BASE64, 8)))


def _elliptic(chance: Chance) -> Written:
    return _written(_block(chance, "EC", 4, "MHcC" + chance.text(BASE64, 8)))


def _openssh(chance: Chance) -> Written:
    return _written(_block(chance, "OPENSSH", 7, chance.text(BASE64, 8)))


def _service_account(chance: Chance) -> Written:
    project = f"travel-{chance.text(LOWER, 6)}"
    block = _block(chance, "", 12, chance.text(BASE64, 8)) + "\n"
    account = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": chance.text(HEX, 40),
        "private_key": block,
        "client_id": chance.text(DIGITS, 21),
    }
    text = json.dumps(account)
    return Written(json.dumps(block)[1:-1], text)


KEY_BLOCK_KINDS = (
    SecretKind("pem-rsa", _rsa, "private-key"),
    SecretKind("pem-ec", _elliptic, "private-key"),
    SecretKind("pem-openssh", _openssh, "private-key"),
    SecretKind("gcp-service-account", _service_account, "private-key"),
)
"""All of them."""
