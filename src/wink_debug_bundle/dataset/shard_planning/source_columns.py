"""Hold the files of a listing in columns: a million of them take 0.2 GB, where objects would take twice as much."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Self, overload

from ..shard_task import ShardSource


class SourceColumns(Sequence[ShardSource]):
    """Files below one folder; each is made an object when it is asked for. A listing has them sorted by name.

    Attributes:
        folder: The URL of the folder, with a slash at its end.
        names: Their names.
        sizes: Their bytes.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.names: list[str] = []
        self.sizes = array("q")
        self._modified = array("q")
        self._etags = bytearray()
        self._etag_ends = array("q", [0])

    @classmethod
    def of(cls, sources: Iterable[ShardSource]) -> Self:
        """Return the files, which are all below one folder, sorted by name."""
        columns = cls("")
        for source in sources:
            columns.folder = source.folder
            columns.add(source.name, source.size, source.etag, source.modified_ns)
        return columns.by_name()

    def add(self, name: str, size: int, etag: str, modified_ns: int) -> None:
        """Add a file at the end."""
        self.names.append(name)
        self.sizes.append(size)
        self._modified.append(modified_ns)
        self._etags += etag.encode("utf-8", "surrogatepass")
        self._etag_ends.append(len(self._etags))

    def by_name(self) -> Self:
        """Return the files sorted by name."""
        if all(one <= other for one, other in pairwise(self.names)):
            return self
        return self.chosen(sorted(range(len(self)), key=self.names.__getitem__))

    def chosen(self, places: Iterable[int]) -> Self:
        """Return the files at some places, in that order."""
        columns = type(self)(self.folder)
        for place in places:
            columns.add(self.names[place], self.sizes[place], self._etag(place), self._modified[place])
        return columns

    def is_below(self, uri: str) -> bool:
        """Return whether a URL is below the folder."""
        return uri.startswith(self.folder)

    def is_apart(self, folder: str) -> bool:
        """Return whether another folder is neither this one, nor in it, nor around it."""
        return not folder.startswith(self.folder) and not self.folder.startswith(folder)

    def find(self, uri: str) -> int | None:
        """Return the place of the file with a URL, in columns that are sorted by name; None if no file has it."""
        if not self.is_below(uri):
            return None
        name = uri[len(self.folder) :]
        place = bisect_left(self.names, name)
        return place if place < len(self.names) and self.names[place] == name else None

    def is_same(self, place: int, source: ShardSource) -> bool:
        """Return whether a file has the size and the etag of another one."""
        return (self.sizes[place], self._etag(place)) == (source.size, source.etag)

    def _etag(self, place: int) -> str:
        return self._etags[self._etag_ends[place] : self._etag_ends[place + 1]].decode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> ShardSource: ...
    @overload
    def __getitem__(self, place: slice) -> list[ShardSource]: ...
    def __getitem__(self, place: int | slice) -> ShardSource | list[ShardSource]:
        """Return the file at a place, or those of a slice."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        at = range(len(self))[place]
        return ShardSource(self.folder, self.names[at], self.sizes[at], self._etag(at), self._modified[at])

    def __iter__(self) -> Iterator[ShardSource]:
        """Yield each file."""
        return map(self.__getitem__, range(len(self)))
