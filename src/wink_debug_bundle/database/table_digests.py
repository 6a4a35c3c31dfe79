"""Hash the rows of tables and the SQL of a schema, in a way that does not depend on how the file stores them.

A row is hashed as a MessagePack array, which tells NULL, integers, reals, text and blobs apart. The hash of a table is
that of the hashes of its row groups; most tables have one group with all rows and columns. Left out are values that
`verify` proves by another hash: the data of chunks (`blobs.sha256`), the text of files (`files.sha256`,
`texts.sha256`), and the text and the lines of records whose artifact is exact (`artifacts.sha256`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol

import msgspec

from ..column_values import DigestKind
from ..rows import DigestRow
from .quoting import quoted

_HASHED_ELSEWHERE = {"blob_chunks": ("data",), "files": ("content",), "texts": ("content",)}
"""Columns with bytes whose hash is in another column."""

_LATE = {"tool_invocations": ("result_success", "success_source")}
"""Columns that a build completes last, as a group of their own; so the others can be hashed while it goes on."""

_RECORDS = {
    "logs": (
        ("timestamp", "level", "logger", "event", "message", "context", "extra", "artifact_id", "line"),
        "artifact_id",
    ),
    "snapshots": (("envelope",), "artifact_id"),
    "slice_items": (("payload",), "(SELECT artifact_id FROM snapshots WHERE snapshots.id = slice_items.snapshot_id)"),
}
"""Columns with the text of records, and SQL for the artifact of a row.

To rebuild an exact artifact takes each of its log records by its line, which proves the line too. The columns after the
context are slow to read: SQLite finds them at the end of its overflow pages.
"""

_PREFIX = "sha256:"
_SHA256 = re.compile("[0-9a-f]{64}")

_ROWS_AT_ONCE = 100
"""Rows that are encoded at once: few enough that they are still in the processor's cache when they are hashed."""

_encoder = msgspec.msgpack.Encoder()

_OBJECTS = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
_TABLES = """
SELECT name FROM sqlite_master
WHERE type = 'table' AND name <> 'digests' AND sql NOT LIKE 'CREATE VIRTUAL TABLE%'
ORDER BY name
"""


class Reads(Protocol):
    """A connection of apsw or of Python's own sqlite3."""

    def execute(self, statement: str, parameters: Sequence[Any] = ..., /) -> Iterable[tuple[Any, ...]]:
        """Execute one statement that reads."""


class Group(NamedTuple):
    """Some columns of a table's rows; with `of_inexact`, only of rows whose artifact's bytes no other hash proves."""

    table: str
    sql: str
    is_late: bool = False
    of_inexact: bool = False


class GroupHash(NamedTuple):
    """The number of rows of a group, and their hash."""

    row_count: int
    digest: bytes


def groups_of(connection: Reads, table: str) -> list[Group]:
    """Return the groups of a table's rows, in the order in which they are hashed."""
    columns = [
        (name, position) for _, name, _, _, _, position in connection.execute(f"PRAGMA table_info({quoted(table)})")
    ]
    has_rowid = not any(row[4] for row in connection.execute(f"PRAGMA table_list({quoted(table)})") if row[0] == "main")
    keys = [name for name, position in sorted(columns, key=lambda column: column[1]) if position]
    order = "rowid" if has_rowid else ", ".join(map(quoted, keys))
    text, owner = _RECORDS.get(table, ((), ""))
    late = _LATE.get(table, ())
    others = [name for name, _ in columns if name not in (*late, *text, *_HASHED_ELSEWHERE.get(table, ()))]
    groups = [Group(table, _select(table, others, order))]
    if late:
        groups.append(Group(table, _select(table, late, order), is_late=True))
    if text:
        where = f" WHERE {owner} IN (SELECT value FROM json_each(?))"
        groups.append(Group(table, _select(table, text, order, where), of_inexact=True))
    return groups


def _select(table: str, columns: Sequence[str], order: str, where: str = "") -> str:
    return f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)}{where} ORDER BY {order}"


def hash_group(
    connection: Reads, group: Group, inexact: Iterable[int], is_cancelled: Callable[[], bool] = lambda: False
) -> GroupHash:
    """Hash the rows of a group; `inexact` are the ids of the artifacts that are not exact."""
    parameters = (json.dumps(sorted(inexact)),) if group.of_inexact else ()
    # Without such artifacts there is no row, and the table, which may be large, is not read for that.
    rows = iter(()) if parameters == ("[]",) else iter(connection.execute(group.sql, parameters))
    digest, count, encoded = hashlib.sha256(), 0, bytearray()
    while not is_cancelled() and (chunk := list(islice(rows, _ROWS_AT_ONCE))):
        _encoder.encode_into(chunk, encoded)
        digest.update(memoryview(encoded)[1 if len(chunk) < 16 else 3 :])
        count += len(chunk)
    return GroupHash(count, digest.digest())


def rows_digest(table: str, groups: Sequence[GroupHash]) -> DigestRow:
    """Return the digest of a table, given the hashes of its groups in their order."""
    digest = hashlib.sha256(b"".join(group.digest for group in groups))
    return DigestRow(DigestKind.ROWS, table, groups[0].row_count, digest.hexdigest())


def table_digest(
    connection: Reads, table: str, inexact: Iterable[int], is_cancelled: Callable[[], bool] = lambda: False
) -> DigestRow:
    """Return the digest of a table."""
    groups = groups_of(connection, table)
    return rows_digest(table, [hash_group(connection, group, inexact, is_cancelled) for group in groups])


def digested_tables(connection: Reads) -> list[str]:
    """Return the names of the tables that digests cover: all but that of the digests themselves.

    A virtual table has no rows of its own: FTS5 keeps them in other tables, which are covered.
    """
    return [name for (name,) in connection.execute(_TABLES)]


def inexact_artifacts(connection: Reads) -> list[int]:
    """Return the ids of the artifacts whose bytes are not proven by their own hash."""
    return [artifact for (artifact,) in connection.execute("SELECT id FROM artifacts WHERE is_exact IS NOT 1")]


def schema_digests(connection: Reads) -> Iterator[DigestRow]:
    """Yield the digest of the SQL of each object of the schema."""
    for name, sql in connection.execute(_OBJECTS):
        yield DigestRow(DigestKind.SQL, name, 1, hashlib.sha256(sql.encode()).hexdigest())


def stored_digests(connection: Reads) -> list[DigestRow]:
    """Return the digests that a build stored."""
    rows = connection.execute("SELECT kind, name, row_count, sha256 FROM digests ORDER BY kind, name")
    return [DigestRow(*row) for row in rows]


def whole_digest(digests: Iterable[DigestRow]) -> str:
    """Return the hash of a bundle, which is that of all its digests."""
    rows = sorted((str(kind), *rest) for kind, *rest in digests)
    return f"{_PREFIX}{hashlib.sha256(_encoder.encode(rows)).hexdigest()}"


def normal_digest(text: str) -> str:
    """Return a digest as `whole_digest` writes it, given with or without its prefix.

    Raises:
        ValueError: it is not a SHA-256.
    """
    hexadecimal = text.strip().lower().removeprefix(_PREFIX)
    if not _SHA256.fullmatch(hexadecimal):
        raise ValueError(f"{text!r} is not a digest: give sha256: and 64 hexadecimal digits, as create prints it")
    return _PREFIX + hexadecimal
