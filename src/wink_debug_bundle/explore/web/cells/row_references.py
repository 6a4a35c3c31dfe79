"""Find the rows of other tables that refer to one row: counted by an index, and only as far as that is quick."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple
from urllib.parse import quote

from ....database.quoting import quoted
from ..bundle_catalog import BundleCatalog
from ..datasette_release import QueryInterrupted, SqlError, tilde_encode

_MOST_COUNTED = 1000
_LARGE = frozenset(
    {
        "calls",
        "entries",
        "environment",
        "failures",
        "file_entries",
        "files",
        "logs",
        "prompt_events",
        "prompt_parts",
        "run_members",
        "slice_items",
        "tool_invocations",
    }
)
"""Tables with a row for each event or file: a reference without an index is not looked for in them."""

_PAGES = {
    "artifacts": ("Files of this archive", "archive"),
    "blobs": ("Open the bytes", "blob"),
    "files": ("Open the file", "file"),
    "runs": ("Read the run", "run"),
}
"""The page about what a row of a table stands for."""

_HAS_FILES = "SELECT 1 FROM files WHERE artifact_id = ? LIMIT 1"

_INDEXED = """
SELECT tables.name, columns.name
FROM sqlite_schema AS tables, pragma_index_list(tables.name) AS indexes, pragma_index_info(indexes.name) AS columns
WHERE tables.type = 'table' AND columns.seqno = 0
UNION
SELECT tables.name, columns.name
FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND columns.pk = 1
"""

_OF_LOG = files(__package__).joinpath("references_of_log.sql").read_text(encoding="utf-8")
_LOGS_OF_ARTIFACT = files(__package__).joinpath("logs_of_artifact.sql").read_text(encoding="utf-8")


class Reference(NamedTuple):
    """Rows that refer to a row, or one of them.

    Attributes:
        text: What they are.
        address: Their page.
    """

    text: str
    address: str


async def references(database: BundleCatalog, table: str, key: str) -> list[Reference]:
    """Return what refers to the row of a table with this key of one column; nothing if that takes too long."""
    try:
        single = await _SINGLE[table](database, key) if table in _SINGLE else []
        return [*await _pages(database, table, key), *single, *await _counted(database, table, key)]
    except (QueryInterrupted, SqlError):
        return []


async def _pages(database: BundleCatalog, table: str, key: str) -> list[Reference]:
    """Return the pages about what the row stands for: the run, the file, the bytes, the files of an archive."""
    pages = [_PAGES[table]] if table in _PAGES and table != "artifacts" else []
    if table in {"artifacts", "runs"} and await database.query(_HAS_FILES, key):
        pages.append(_PAGES["artifacts"])
    return [Reference(text, _address(database, page, key)) for text, page in pages]


async def _of_log(database: BundleCatalog, key: str) -> list[Reference]:
    """Return what was made of a log record: entries, calls and failures, which have no index by record."""
    rows = await database.query(_OF_LOG, key)
    return [Reference(text, _address(database, table, str(own))) for table, own, text in rows]


async def _logs_of_artifact(database: BundleCatalog, key: str) -> list[Reference]:
    """Return the log records of an artifact, which have no index by artifact."""
    rows = await database.query(_LOGS_OF_ARTIFACT, key)
    return [
        Reference(f"{count:,} in logs", f"{_address(database, 'logs')}?id__gte={first}&id__lte={last}")
        for first, last, count in rows
    ]


_SINGLE = {"artifacts": _logs_of_artifact, "logs": _of_log}
"""How to find what refers to a row of a table, where no index does."""


async def _counted(database: BundleCatalog, table: str, key: str) -> list[Reference]:
    """Return how many rows of each table refer to the row."""
    indexed = set(await database.query(_INDEXED))
    incoming = (await database.get_all_foreign_keys()).get(table, {}).get("incoming", [])
    wanted = [
        (found["other_table"], found["other_column"])
        for found in incoming
        if found["other_table"] not in _LARGE or (found["other_table"], found["other_column"]) in indexed
    ]
    if not wanted:
        return []
    counts = ", ".join(
        f"(SELECT count(*) FROM (SELECT 1 FROM {quoted(other)} WHERE {quoted(column)} = ? LIMIT {_MOST_COUNTED + 1}))"
        for other, column in wanted
    )
    (numbers,) = await database.query(f"SELECT {counts}", *[key] * len(wanted))
    return [
        Reference(_words(number, other, column, table), f"{_address(database, other)}?{column}={quote(key, safe='')}")
        for (other, column), number in zip(wanted, numbers, strict=True)
        if number
    ]


def _words(number: int, other: str, column: str, table: str) -> str:
    """Return how many rows of a table refer to the row, and by which column if its name does not say so."""
    count = f"more than {_MOST_COUNTED:,}" if number > _MOST_COUNTED else f"{number:,}"
    usual = {"id", f"{table.removesuffix('s')}_id", "sha256", "event_id"}
    return f"{count} in {other}" if column in usual else f"{count} in {other}, by {column}"


def _address(database: BundleCatalog, *parts: str) -> str:
    return "".join(f"/{tilde_encode(part)}" for part in (database.name, *parts))
