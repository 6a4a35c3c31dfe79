"""Run statements on one of two open bundles, so that an error names the bundle that it is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...explore.sql_errors import sql_errors
from ...explore.story.run_choice import Unit

Whole = Callable[[Sequence[Unit]], sqlite3.Connection]
"""Returns a connection to a bundle with the whole story of some runs and sessions."""


@dataclass(frozen=True, slots=True)
class OpenSide:
    """An open bundle.

    Attributes:
        path: Its file.
        connection: The connection to it, which can only read.
        whole: Where single runs are read, if the bundle has only what is read of all samples.
    """

    path: Path
    connection: sqlite3.Connection
    whole: Whole | None = None

    def telling(self, units: Sequence[Unit]) -> OpenSide:
        """Return where the whole story of some runs and sessions is read."""
        if self.whole is None or not units:
            return self
        connection = self.whole(units)
        connection.text_factory = _readable
        return OpenSide(self.path, connection)

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement.

        Raises:
            BundleError: the bundle is damaged, or a name that somebody gave is not one; the message names the bundle.
        """
        with sql_errors(self.path):
            yield from self.connection.execute(sql, parameters or {})


@contextmanager
def reading_side(path: Path, connection: sqlite3.Connection, whole: Whole | None = None) -> Iterator[OpenSide]:
    """Yield an open bundle as a side; bytes of texts that are not UTF-8 become replacement characters."""
    usual = connection.text_factory
    connection.text_factory = _readable
    try:
        yield OpenSide(path, connection, whole)
    finally:
        connection.text_factory = usual


def _readable(stored: bytes) -> str:
    return stored.decode("utf-8", "replace")
