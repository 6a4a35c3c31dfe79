"""Tell which hashes are in names: where all text was dropped, nothing else can have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import apsw

from ...database.quoting import quoted
from ..column_registry import RegisteredTable
from .prompt_hashes import HASH_REGEX

_HASH = re.compile(HASH_REGEX.encode())
_LEAST = 32
_VALUES = "SELECT DISTINCT CAST({column} AS BLOB) FROM {table} WHERE length({column}) >= ?"


def named_hashes(connection: apsw.Connection, tables: Mapping[str, RegisteredTable], hashes: Iterable[str]) -> set[str]:
    """Return those of the hashes that names have, or parts of prompts."""
    columns = [(table.name, column) for table in tables.values() for column in table.columns("path")]
    named: set[str] = set()
    for table, column in [*columns, ("prompt_parts", "hash")]:
        sql = _VALUES.format(table=quoted(table), column=quoted(column))
        for (value,) in connection.execute(sql, (_LEAST,)):
            named.update(found.decode() for found in _HASH.findall(value))
    return named.intersection(hashes)
