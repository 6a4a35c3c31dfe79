"""Let only so many requests in at a time, by what they cost, and refuse those that would wait too long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from .sql_processes.messages import Answer


class BusyError(Exception):
    """Too many requests of one kind wait already."""


class Gate:
    """Some places for requests of one kind, and a queue of limited length."""

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._most_waiting = waiting
        self._seconds = seconds
        self._waiting = 0

    async def enter(self) -> None:
        """Wait for a place.

        Raises:
            BusyError: too many others wait, or this has waited too long.
        """
        if self._places.locked() and self._waiting >= self._most_waiting:
            raise BusyError
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._places.acquire()
        except TimeoutError:
            raise BusyError from None
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()


class Gates:
    """The gates of a server."""

    def __init__(self) -> None:
        self.pages = Gate(places=8, waiting=64, seconds=10)
        self.exports = Gate(places=3, waiting=32, seconds=20)
        self.slow = Gate(places=2, waiting=16, seconds=20)


class Cells(Protocol):
    """How a page shows the values of its rows."""

    def html(self, column: str, value: object, row: Any) -> Any:
        """Return the markup of a value; None for what is shown as it is."""


@dataclass
class Page:
    """A request for rows, and what is left of what it may cost.

    Attributes:
        extension: The format in its path: None for HTML, "json", "csv", "blob".
        kind: What is shown.
        has_own_sql: Whether the visitor wrote the SQL.
        table: The name of the table, view or saved query in its path.
        request: The request.
        shown_row: The row that a single value is wanted from, counted from 0.
        gate: The gate that it went through.
        optional_seconds: Time that is left for what the page can do without: counts and facets.
        first_rows: The rows of a page that cannot have all that were wanted.
        is_whole: Whether all rows are wanted at once, and not those of one page.
        further_rows: The rows that follow those of the page, as blocks from a worker that reads them when asked.
        cells: How the page shows its values, once its rows are there.
    """

    extension: str | None
    kind: str
    has_own_sql: bool
    table: str | None = None
    request: Any = None
    shown_row: int = 0
    gate: Gate | None = None
    optional_seconds: float = 0.6
    first_rows: Answer | None = None
    is_whole: bool = False
    further_rows: AsyncGenerator[Any] | None = None
    cells: Cells | None = None

    async def change_to(self, gate: Gate) -> None:
        """Leave the gate, and wait at another one.

        Raises:
            BusyError: too many others wait there.
        """
        if self.gate is gate:
            return
        self.leave()
        await gate.enter()
        self.gate = gate

    def leave(self) -> None:
        """Give the place back, if there is one."""
        if self.gate:
            self.gate.leave()
            self.gate = None


current_page: ContextVar[Page | None] = ContextVar("page", default=None)
"""The request that the current task answers."""


@asynccontextmanager
async def admitted(page: Page, gates: Gates) -> AsyncIterator[None]:
    """Answer the request within the block, when there is a place for it.

    Raises:
        BusyError: too many requests of its kind wait already.
    """
    gate = gates.slow if page.has_own_sql else gates.exports if page.extension else gates.pages
    await page.change_to(gate)
    token = current_page.set(page)
    try:
        yield
    finally:
        current_page.reset(token)
        try:
            if page.further_rows:
                await page.further_rows.aclose()
        finally:
            page.leave()
