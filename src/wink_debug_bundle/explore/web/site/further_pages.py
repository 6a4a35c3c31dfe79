"""Pages that another room adds to a server, such as those that compare evaluations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..admission import Gates
from ..datasette_release import PlainDatasette
from .served_bundle import ServedBundle


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the first page says of such pages: the words of a link, and where it leads."""

    words: str
    address: str


class FurtherPages(Protocol):
    """Pages of another room."""

    def add(self, datasette: PlainDatasette, bundles: Sequence[ServedBundle], gates: Gates) -> None:
        """Let the server answer for them."""
        ...

    async def invitation(self) -> Invitation | None:
        """Return what the first page says of them; None if they have nothing to show."""
        ...

    def kill(self) -> None:
        """End what they do at once. Any thread may call this."""
        ...
