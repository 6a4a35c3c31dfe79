"""Compare a bundle's file, rows and schema with the hashes that its build stored."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...column_values import DigestKind
from ...database.connection import files_of
from ...database.file_sums import check_sums
from ...database.table_digests import (
    digested_tables,
    inexact_artifacts,
    schema_digests,
    stored_digests,
    table_digest,
    whole_digest,
)
from ...errors import BundleError
from ...rows import DigestRow
from ..artifact_rows import DAMAGED, has_table
from ..findings import Finding

_NO_DIGESTS = (
    "has no digests, so that changed rows go unnoticed: an earlier release built it; build it again, or migrate it"
)
_SQL_KINDS = "SELECT name, type FROM sqlite_master"


@dataclass(slots=True)
class DigestCheck:
    """Compares a bundle with its digests; `remarks` say what could not be compared, and `digest` is the whole's hash.

    `expected` is the hash that the whole bundle should have, if it is known.
    """

    connection: sqlite3.Connection
    expected: str | None = None
    remarks: list[str] = field(default_factory=list)
    digest: str | None = None

    def check(self) -> Iterator[Finding]:
        """Yield what differs from the hashes."""
        yield from self._check_file()
        if not has_table(self.connection, "digests"):
            self.remarks.append(_NO_DIGESTS)
            if self.expected is not None:
                yield Finding("it has no digests that could be compared with the digest given")
            return
        stored = {digest[:2]: digest for digest in stored_digests(self.connection)}
        found = {digest[:2]: digest for digest in self._digests()}
        self.digest = whole_digest(found.values())
        kinds: dict[str, str] = dict(self.connection.execute(_SQL_KINDS).fetchall())
        for key in sorted(stored.keys() | found.keys()):
            if (text := _difference(stored.get(key), found.get(key), kinds)) is not None:
                yield Finding(text)
        if self.expected is not None and self.digest != self.expected:
            yield Finding(f"its digest is {self.digest}, and should be {self.expected}")

    def _check_file(self) -> Iterator[Finding]:
        """Yield parts of the file whose checksums differ."""
        for path in files_of(self.connection):
            try:
                descriptor = os.open(path, os.O_RDONLY)
            except OSError as error:
                raise BundleError(f"{path}: cannot be read: {error.strerror}") from error
            try:
                checked = check_sums(descriptor)
            except OSError as error:
                yield Finding(f"its file cannot be read: {error.strerror}")
                continue
            finally:
                os.close(descriptor)
            yield from map(Finding, checked.faults)
            if checked.remark is not None:
                self.remarks.append(checked.remark)

    def _digests(self) -> Iterator[DigestRow]:
        """Yield the digests that the bundle has now; that of a table that cannot be read is no hash."""
        inexact = inexact_artifacts(self.connection)
        for table in digested_tables(self.connection):
            try:
                yield table_digest(self.connection, table, inexact)
            except DAMAGED as error:
                yield DigestRow(DigestKind.ROWS, table, 0, f"cannot be read: {error}")
        yield from schema_digests(self.connection)


def _difference(stored: DigestRow | None, found: DigestRow | None, kinds: dict[str, str]) -> str | None:
    """Return how a table or an object of the schema differs from its digest; None if it does not."""
    if stored == found:
        return None
    known = stored or found
    assert known is not None  # noqa: S101 - one of both is a digest
    is_table = known.kind == DigestKind.ROWS
    what = f"the table {known.name}" if is_table else f"the {kinds.get(known.name, 'object')} {known.name}"
    if stored is None:
        return f"{what} was added after the bundle was built"
    if found is None:
        return f"{what} was removed after the bundle was built"
    if not is_table:
        return f"the SQL of {what} was changed after the bundle was built"
    if stored.row_count == found.row_count:
        return f"rows of {what} were changed after the bundle was built"
    return f"{what} has {found.row_count} rows, and had {stored.row_count} when the bundle was built"
