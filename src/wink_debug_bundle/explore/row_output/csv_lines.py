"""Write CSV as RFC 4180 describes it, except that lines end in LF: shells and `diff` take a CR for part of the value."""

from __future__ import annotations

import csv
from typing import Any, TextIO


class _LineFeeds:
    """Writes lines that end in CRLF with LF.

    The CSV writer itself gets CRLF, because Python before 3.13 does not quote a CR in a cell that ends no line.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> int:
        """Write one line."""
        return self._stream.write(f"{line[:-2]}\n")


def csv_writer(stream: TextIO) -> Any:
    """Return a writer of CSV lines to the stream, as of `csv.writer`."""
    return csv.writer(_LineFeeds(stream), lineterminator="\r\n")
