"""Read the outcome of a served bundle once, with statements that worker processes run."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from typing import Any, cast

from ...outcome import Outcome, read_outcome


class BundleOutcome:
    """The outcome of a bundle, which does not change; reading it begins with the first page that asks."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._reading: asyncio.Task[Outcome] | None = None

    async def within(self, seconds: float) -> Outcome | None:
        """Return the outcome; None if it is not known in time. Reading goes on for the next who asks.

        Raises:
            Exception: a statement failed or took too long, as `BundleDatabase.query` says; the next call tries again.
        """
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        try:
            return await asyncio.wait_for(asyncio.shield(self._reading), seconds)
        except TimeoutError:
            return None
        except Exception:
            self._reading = None
            raise

    async def _read(self) -> Outcome:
        statements = cast("sqlite3.Connection", _Statements(self._database, asyncio.get_running_loop()))
        return await asyncio.to_thread(read_outcome, statements)


class _Statements:
    """Looks like a connection to a thread; the server's worker processes run its statements."""

    def __init__(self, database: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._database = database
        self._loop = loop

    def execute(self, sql: str) -> _Rows:
        """Run a statement."""
        return _Rows(asyncio.run_coroutine_threadsafe(self._database.query(sql), self._loop).result())


class _Rows:
    """Looks like a cursor over rows that are there."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row; None after the last."""
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows that follow."""
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows
