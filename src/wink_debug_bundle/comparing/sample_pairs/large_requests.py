"""Read the requests that are too large for a column: they are blobs, and one at a time is in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from ...errors import BundleError
from ...explore.costs.loose_values import integer_of, integer_or_none, text_of
from ...explore.expansion import Budget
from ...explore.stored_files import open_blob
from .open_side import OpenSide

LONGEST_REQUEST = 8 << 20
"""Bytes of a request that is read: as JSON, it takes many times that memory."""

MOST_BYTES = 512 << 20
"""Bytes of all requests of a side that are read: they take some seconds."""

_MOST_REQUESTS = 500_000


class LargeRequests:
    """The requests of one side that are stored as blobs."""

    def __init__(self, side: OpenSide, pair_by: Sequence[str]) -> None:
        self._side = side
        self._left = MOST_BYTES
        keys = ", ".join(f"request -> :path{position}" for position in range(len(pair_by))) or "request"
        self._sql = f"SELECT {keys} FROM (SELECT :document -> '$.request' AS request)"
        self._paths = {f"path{position}": path for position, path in enumerate(pair_by)}
        self._blobs = dict(self._found())

    def __contains__(self, run_id: int | None) -> bool:
        """Return whether the request of a run is one of them."""
        return run_id in self._blobs

    def values(self, run_id: int | None) -> tuple[Any, ...] | None:
        """Return the request of a run, or the values in it by which samples are paired; None if it is not read.

        It is not read if it is too large, if too many others were read, or if it is damaged or no JSON.
        """
        sha256, size = self._blobs.get(run_id, ("", 0))
        if not 0 < size <= min(LONGEST_REQUEST, self._left):
            return None
        self._left -= size
        try:
            with open_blob(self._side.connection, sha256, Budget(size)) as stream:
                document = stream.read(size).decode()
            [row] = self._side.rows(self._sql, {"document": document, **self._paths})
        except (BundleError, UnicodeDecodeError):  # a statement that is out of time is the last of its connection
            return None
        return row

    def _found(self) -> Iterator[tuple[int | None, tuple[str, int]]]:
        sql = files(__package__).joinpath("sql", "large_requests.sql").read_text("utf-8")
        parameters: Mapping[str, Any] = {"most": _MOST_REQUESTS}
        for run_id, sha256, size in self._side.rows(sql, parameters):
            yield integer_or_none(run_id), (text_of(sha256), integer_of(size))
