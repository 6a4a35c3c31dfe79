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
    ],
)
def test_the_working_folder_and_numbers_of_tokens_are_not(name: str, value: str) -> None:
    """They would become tokens wherever a text has that number or path."""
    assert secrets(**{name: value}) == set()


def test_a_number_that_is_a_secret_is_one() -> None:
    assert secrets(PIN_SECRET="483910", ACCESS_TOKEN="4839102") == {"483910", "4839102"}
