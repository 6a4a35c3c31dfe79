"""Kinds that no public rule knows: addresses, names, headers, passwords, and words that only their owner calls secret."""

from __future__ import annotations

import base64

from support.planted_secrets.chance import BASE62, DIGITS, HEX, LOWER, LOWER_AND_DIGITS, Chance
from support.planted_secrets.planted_secret import SecretKind, Written


def _e_mail(chance: Chance) -> Written:
    value = f"{chance.text(LOWER, 7)}.{chance.text(LOWER, 9)}@{chance.text(LOWER, 11)}.dev"
    return Written(value, value)


def _ipv4(chance: Chance) -> Written:
    """Make a public address whose numbers have three digits each, so that none is the beginning of another."""
    value = ".".join(str(chance.number(101, 223)) for _ in range(2)) + "." + ".".join(
        str(chance.number(100, 255)) for _ in range(2)
    )  # fmt: skip
    return Written(value, value)


def _ipv6(chance: Chance) -> Written:
    value = "2a0" + ":".join([chance.text(HEX, 1), *(chance.text("123456789abcdef", 4) for _ in range(7))])
    return Written(value, value)


def _home(chance: Chance) -> Written:
    value = chance.text(LOWER, 13)
    return Written(value, f"{chance.one_of(('/home', '/Users'))}/{value}/travel/desk.py")


def _url_password(chance: Chance) -> Written:
    value = chance.text(BASE62, 20)
    return Written(value, f"postgresql://reporting:{value}@db.travel-desk.dev:5432/trips")


def _bearer(chance: Chance) -> Written:
    value = chance.text(BASE62, 36)
    return Written(value, f"Authorization: Bearer {value}")


def _basic(chance: Chance) -> Written:
    value = base64.b64encode(f"{chance.text(LOWER, 9)}:{chance.text(BASE62, 18)}".encode()).decode()
    return Written(value, f"Authorization: Basic {value}")


def _dot_env(chance: Chance) -> Written:
    value = chance.text(BASE62, 28)
    return Written(value, f"DATABASE_PASSWORD={value}", name="DATABASE_PASSWORD")


def _host(chance: Chance) -> Written:
    value = f"{chance.text(LOWER, 8)}-{chance.text(DIGITS, 4)}.{chance.text(LOWER, 8)}.corp"
    return Written(value, value)


def _variable(chance: Chance) -> Written:
    """Make a value without any form, with characters that JSON and addresses escape."""
    value = f'{chance.text(LOWER_AND_DIGITS, 12)}"{chance.text(LOWER, 3)}\\ü{chance.text(LOWER_AND_DIGITS, 14)}'
    return Written(value, value)


def _word(chance: Chance) -> Written:
    value = f"Project {chance.text(LOWER, 12).capitalize()}"
    return Written(value, value, "Project ")


OWN_KINDS = (
    SecretKind("e-mail", _e_mail, is_name=True),
    SecretKind("ipv4", _ipv4, is_name=True),
    SecretKind("ipv6", _ipv6),
    SecretKind("home-user", _home),
    SecretKind("url-password", _url_password),
    SecretKind("bearer-header", _bearer),
    SecretKind("basic-header", _basic),
    SecretKind("dot-env-line", _dot_env),
    SecretKind("host-name", _host, is_told=True),
    SecretKind("sensitive-variable", _variable, is_told=True),
    SecretKind("internal-word", _word, is_told=True),
)
"""All of them."""
