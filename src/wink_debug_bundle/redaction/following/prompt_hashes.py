"""Let tokens stand for the hashes of a prompt's parts where a text of the prompt changed.

The library hashes the template of each section, the contract of each tool and each example. Who knows all of such a text but
a short secret finds the secret by trying. Equal hashes get equal tokens, so that versions stay comparable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import apsw

from .following_sql import following_sql

HASH_REGEX = r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,128}(?![0-9A-Za-z])"
"""Any hash in hexadecimal."""

_HASH = re.compile(HASH_REGEX)
_SET_TOKENS = """
UPDATE prompt_parts SET hash = (SELECT token FROM temp.prompt_tokens WHERE prompt_tokens.hash = prompt_parts.hash)
WHERE hash IN (SELECT hash FROM temp.prompt_tokens)
"""


def note_prompt_hashes(connection: apsw.Connection, *, are_all_changed: bool) -> None:
    """Note the hashes of changed prompts as ones to forget, and the files that tell them as changed.

    Args:
        connection: The copy of the bundle.
        are_all_changed: Whether the text of all prompts was dropped.
    """
    if are_all_changed:
        told = connection.execute("SELECT DISTINCT hash FROM prompt_parts")
        _forget(connection, {found for (text,) in told for found in _hashes(text)})
        return
    connection.execute(following_sql("changed_prompts"))
    hashes = {found for text, _, is_changed in _told(connection) if is_changed for found in _hashes(text)}
    if hashes:
        _forget(connection, hashes)
        files = {file for text, file, _ in _told(connection) if file and not hashes.isdisjoint(_hashes(text))}
        connection.executemany("INSERT OR IGNORE INTO temp.changed_artifacts VALUES (?)", [(file,) for file in files])


def _told(connection: apsw.Connection) -> Any:
    return connection.execute(following_sql("told_prompt_hashes"))


def _hashes(text: object) -> list[str]:
    return _HASH.findall(str(text))


def _forget(connection: apsw.Connection, hashes: Iterable[str]) -> None:
    connection.executemany("INSERT OR IGNORE INTO temp.old_hashes VALUES (?, 0)", [(each,) for each in hashes])


def replace_prompt_hashes(connection: apsw.Connection, token: Callable[[bytes], bytes]) -> int:
    """Write tokens in the place of hashes that are forgotten, and return in how many rows."""
    rows = connection.execute(
        "SELECT DISTINCT hash FROM prompt_parts WHERE hash IN (SELECT sha256 FROM temp.old_hashes)"
    )
    tokens = [(found, token(str(found).encode()).decode()) for (found,) in rows]
    connection.executemany("INSERT INTO temp.prompt_tokens VALUES (?, ?)", tokens)
    connection.execute(_SET_TOKENS)
    return connection.changes() if tokens else 0
