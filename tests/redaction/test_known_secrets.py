"""Environments tell what is secret by the names of their variables."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from wink_debug_bundle.redaction.passes.known_secrets import read_known


def secrets(**variables: str) -> set[str]:
    """Return the values that an environment with these variables tells."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE environment (kind TEXT, name TEXT, value TEXT)")
        rows = [("variable", name, value) for name, value in variables.items()]
        connection.executemany("INSERT INTO environment VALUES (?, ?, ?)", rows)
        return {value.decode() for value in read_known(connection, ()).literals}


@pytest.mark.parametrize(
    "name", ["API_KEY", "MYSQL_PWD", "DB_PWD", "GITHUB_TOKEN", "API_TOKENS", "PGPASSWORD", "npm_config__authToken"]
)
def test_values_of_variables_with_the_names_of_secrets_are_secret(name: str) -> None:
    assert secrets(**{name: "q7Wz x/"}) == {"q7Wz x/"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PWD", "/srv/" + "a folder of a project/" * 5),
        ("OLDPWD", "C:\\work\\project"),
        ("CLAUDE_CODE_MAX_OUTPUT_TOKENS", "128000"),
        ("MAX_THINKING_TOKENS", "1_000_000"),
        ("CONTEXT_TOKENS", "200000k"),
        ("COOKIE_DOMAIN", "shop.example.com"),
        ("KEY_VAULT_NAME", "orders-vault"),
        ("AWS_SIGNATURE_VERSION", "s3v4-query"),
        ("PRIVATE_SUBNET", "subnet-0a1b2c3d"),
        ("JWT_ALGORITHM", "EdDSA-25519"),
        ("OAUTH_TOKEN_URL", "https://login.example.com/oauth2/token"),
    ],
)
def test_what_variables_say_about_secrets_is_not(name: str, value: str) -> None:
    """It would become a token wherever a text has that folder, number, host or name."""
    assert secrets(**{name: value}) == set()


def test_a_number_that_is_a_secret_is_one() -> None:
    assert secrets(PIN_SECRET="483910", ACCESS_TOKEN="4839102") == {"483910", "4839102"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_WEBHOOK_URL", "https://hooks.example.com/services/T0/B0/x7Kq2Wm9"),
        ("AUTH_URL", "https://example.com/?t=x7Kq2Wm9"),
        ("NAME_TOKEN", "x7Kq2Wm9"),
    ],
)
def test_addresses_that_give_access_are_secret(name: str, value: str) -> None:
    assert secrets(**{name: value}) == {value}
