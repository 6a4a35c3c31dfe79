"""What the statements of the served pages cost: no page reads all rows of a large table, or asks for each column."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from support.artifact_samples import ROOT_SESSION, lines, slice_of, snapshot

from wink_debug_bundle.explore.saved_queries import saved_queries
from wink_debug_bundle.explore.web.sql_processes.lanes import Lane
from wink_debug_bundle.packing.bundle_file import BundleFile

pytestmark = [
    pytest.mark.usefixtures("datasette_in_process"),
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
]

LARGE = {"logs", "slice_items", "entries", "calls", "blob_chunks", "ledger"}

READ_WHOLE = {
    "": "the first page begins with the outcome, which counts the calls and tokens of all runs, once for a server",
    "outcome": "the first page fetches the outcome from here, if it is not there in time",
    "call_tokens": "the view finds the turn before each call, of all runs",
    "failed_runs": "the view finds the last call and the last text of all runs at once",
    "find-text": "without the index that create --search makes, a search reads every text",
    "search_text": "it has the texts of one table after the other, and a page ends after its rows",
    "turn_tokens": "without a condition it has the turns of all runs",
    "token-growth": "without a run it is about the turns of all runs",
}
"""Pages that read all rows of a large table, and why. Questions without a parameter are about the whole bundle, too."""

OUTCOME = "SELECT tool_name, count(duration_ms)"
"""The only statement of the first page that reads all calls: which tool took the most time. The page does not wait for it."""


def _statements(path: Path, pages: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, object]]:
    """Fetch pages from a server in this process, and yield each page with each statement that it had run."""
    from wink_debug_bundle.explore.web import datasette_app

    found: list[tuple[str, object]] = []
    current = ""
    stream = Lane.stream

    def noting(lane, statement, *arguments):
        found.append((current, statement))
        return stream(lane, statement, *arguments)

    async def fetch() -> None:
        nonlocal current
        server = datasette_app.BundleServer(BundleFile.open(path))
        transport = httpx.ASGITransport(app=server.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
            for current in pages:
                answer = await client.get(f"/{current}")
                assert answer.status_code == 200, current
        server.close()

    monkeypatch.setattr(Lane, "stream", noting)
    asyncio.run(fetch())
    yield from found


def _pages(connection: sqlite3.Connection, name: str) -> list[str]:
    """Return the addresses of all pages: of tables, views, questions, a row of each table, a run and its files."""
    relations = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
    tables = [table for (table,) in relations if not table.startswith("sqlite_")]
    run = connection.execute("SELECT min(run_id) FROM calls").fetchone()[0]
    file, archive = connection.execute("SELECT id, artifact_id FROM files").fetchone()
    questions = [
        f"{query.name}?{'&'.join(f'{parameter}={run}' for parameter in query.parameters)}" for query in saved_queries()
    ]
    rows = [f"{table}/{key}" for table in tables if (key := _key(connection, table))]
    others = ["logs?level=ERROR", "logs?_sort_desc=timestamp", f"calls?run_id={run}", f"runs/{run}"]
    pages = ["", *tables, *questions, *rows, *others, f"file/{file}", f"archive/{archive}", f"run/{run}"]
    return ["", "-/outcome", *(f"{name}/{page}".rstrip("/") for page in pages)]


def _key(connection: sqlite3.Connection, table: str) -> str | None:
    """Return the key of a row in addresses; None if there is none."""
    names = [
        name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?) WHERE pk ORDER BY pk", (table,))
    ]
    row = connection.execute(f'SELECT {", ".join(names)} FROM "{table}"').fetchone() if names else None
    return ",".join(re.sub(r"[^\w-]", lambda odd: f"~{ord(odd[0]):02X}", str(value)) for value in row) if row else None


def _scanned(connection: sqlite3.Connection, statement: object) -> set[str]:
    """Return the large tables whose rows a statement reads from the first to the last."""
    sql, parameters = statement.sql, statement.parameters
    views = [view for (view,) in connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'view'")]
    names = {
        (alias, table)
        for text in (sql, *views)
        for table, alias in re.findall(r"(?:FROM|JOIN)\s+(\w+)\s+AS\s+(\w+)", text, re.IGNORECASE)
    }
    plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    scans = [found[1] for detail in plan if (found := re.match(r"SCAN (\S+)", detail))]
    if _ends_early(sql, plan):
        scans = scans[1:]
    return LARGE & {table for scan in scans for table in (scan, *(real for alias, real in names if alias == scan))}


def _reads_index_alone(connection: sqlite3.Connection, statement: object) -> bool:
    """Return whether a statement that counts everything in a table reads an index of it, and none of its rows."""
    plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.parameters)]
    scans = [detail for detail in plan if detail.startswith("SCAN")]
    return bool(scans) and all("COVERING INDEX" in scan for scan in scans)


def _ends_early(sql: str, plan: list[str]) -> bool:
    """Return whether a statement gives rows as it reads them, and stops after those of a page."""
    begins = "".join(plan[:1]).startswith("SCAN") and not any(
        "B-TREE" in step and "RIGHT PART" not in step for step in plan
    )
    return begins and bool(re.search(r"limit \d+\s*$", sql)) and not re.search(r"\bwhere\b", sql, re.IGNORECASE)


def _is_optional(sql: str) -> bool:
    """Return whether a page shows itself without the statement after 0.6 seconds: counts, facets, and names of columns."""
    return (
        sql.lstrip().startswith("select count(*) from") or "count(*) as count from (" in sql or sql.endswith(" limit 0")
    )


def test_no_page_reads_all_rows_of_a_large_table(release_bundle, monkeypatch):
    """Every statement of every page finds its rows by an index, apart from questions about the whole bundle."""
    path = release_bundle("0.27.0")
    parameters = {query.name: query.parameters for query in saved_queries()}
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("stored_chunk", 1, bytes)
        name = path.stem.replace(".", "-")
        checked, faults = set(), []
        for address, statement in _statements(path, _pages(connection, name), monkeypatch):
            page = address.partition("/")[2].partition("?")[0]
            is_stated = page in READ_WHOLE or (page in parameters and not {"run", "session_id"} & {*parameters[page]})
            if statement.sql in checked or is_stated or _is_optional(statement.sql):
                continue
            checked.add(statement.sql)
            if not address and (
                _reads_index_alone(connection, statement) or statement.sql.lstrip().startswith(OUTCOME)
            ):
                continue
            if scanned := _scanned(connection, statement):
                faults.append((address, scanned, statement.sql[:300]))
    assert faults == []
    assert len(checked) > 100


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("select count(*) from logs where message like 'x'", {"logs"}),
        ("SELECT * FROM calls AS c WHERE tool_name || '' = 'x'", {"calls"}),
        ("select * from logs order by message limit 5", {"logs"}),
        ("select * from logs order by id limit 5", set()),
        ("select * from logs where id = 5", set()),
    ],
)
def test_scans_are_noticed(release_bundle, sql, tables):
    """The check above sees a statement that reads all rows."""

    class Asked:
        parameters: tuple[()] = ()

    Asked.sql = sql
    with closing(sqlite3.connect(release_bundle("0.27.0"))) as connection:
        assert _scanned(connection, Asked) == tables


def test_statements_do_not_grow_with_columns_and_classes(build, monkeypatch):
    """A table of 1,990 columns among 1,000 slice classes takes as many statements as any other."""
    wide = slice_of("app:Wide", *({f"key_{key}": f"{item} {key}" for key in range(1990)} for item in range(3)))
    others = [slice_of(f"app:Class{number}", {"key": number}) for number in range(999)]
    path = build({"a.jsonl": lines(snapshot(ROOT_SESSION, wide, *others))}, folder="wide")
    pages = [
        "wide/sessions",
        "wide/slice_Wide",
        "wide/slice_Wide?_columns=all",
        "wide/slice_Class7",
        "wide/slice_items",
    ]
    found = [page for page, _ in _statements(path, pages, monkeypatch)]
    assert max(found.count(page) for page in pages[1:]) < 15
