"""Say what readers of members need of a zip, so that a run's folder can take its place."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from ..read1_stream import Read1Stream
from ..zip.headers import Entry


class Members(Protocol):
    """What holds members and is open for reading: a zip, or a folder whose files stand one after the other.

    The attributes and methods are those of `Zip`, which describes them.
    """

    entries: list[Entry]
    left_out: frozenset[int]
    limit: int
    size: int
    data_end: int
    directory_error: str | None

    @property
    def names(self) -> set[str]:
        """Return the names of all members."""

    def find(self, name: str) -> Entry | None:
        """Return the last member of that name; None without one, or if it is left out."""

    def read(self, entry: Entry) -> bytes:
        """Return all bytes of a member that fits in memory."""

    def open(self, entry: Entry) -> Read1Stream:
        """Return a stream of a member's bytes."""

    def end_of(self, entry: Entry) -> int:
        """Return where the member ends."""

    def read_range(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `begin` to `end`."""

    def own_bytes(self, entry: Entry) -> Iterator[bytes]:
        """Yield the member as it is stored."""

    def close(self) -> None:
        """Close the files."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
