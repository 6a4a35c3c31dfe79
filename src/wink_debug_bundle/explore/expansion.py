"""Limit how many bytes may come out of a bundle: a few chunks of a crafted one could decompress to more than a disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ..errors import BundleError


class ExpansionError(BundleError):
    """The content of a bundle is larger than was allowed."""


@dataclass(slots=True)
class Budget:
    """The bytes that may still come out of a bundle; `limit` is how many there were."""

    limit: int
    spent: int = 0

    def spend(self, count: int) -> None:
        """Count bytes before they are made.

        Raises:
            ExpansionError: they are more than may come out.
        """
        self.spent += count
        if self.spent > self.limit:
            raise ExpansionError(
                f"its content is larger than the {self.limit} bytes that --max-expansion (max_expansion) allows: raise it"
            )


_current: ContextVar[Budget | None] = ContextVar("expansion", default=None)


@contextmanager
def limited_to(limit: int) -> Iterator[None]:
    """Limit the bytes that the block takes out of a bundle."""
    token = _current.set(Budget(limit))
    try:
        yield
    finally:
        _current.reset(token)


def current_budget() -> Budget | None:
    """Return the budget of the block that is running; None if there is no limit."""
    return _current.get()


def spend(count: int) -> None:
    """Count bytes that the running block takes out of a bundle.

    Raises:
        ExpansionError: they are more than may come out.
    """
    budget = _current.get()
    if budget is not None:
        budget.spend(count)
