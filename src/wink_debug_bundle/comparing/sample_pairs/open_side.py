"""Run statements on one of two open bundles, so that an error names the bundle that it is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...explore.sql_errors import sql_errors


@dataclass(frozen=True, slots=True)
class OpenSide:
    """An open bundle.

    Attributes:
        path: Its file.
        connection: The connection to it, which can only read.
    """

    path: Path
    connection: sqlite3.Connection

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement.

        Raises:
            BundleError: the bundle is damaged, or a name that somebody gave is not one; the message names the bundle.
        """
        with sql_errors(self.path):
            yield from self.connection.execute(sql, parameters or {})


@contextmanager
def reading_side(path: Path, connection: sqlite3.Connection) -> Iterator[OpenSide]:
    """Yield an open bundle as a side; bytes of texts that are not UTF-8 become replacement characters."""
    usual = connection.text_factory
    connection.text_factory = lambda stored: stored.decode("utf-8", "replace")
    try:
        yield OpenSide(path, connection)
    finally:
        connection.text_factory = usual
