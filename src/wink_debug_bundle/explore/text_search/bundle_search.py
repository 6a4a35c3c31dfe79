"""Search a bundle: by its full-text index, or without one by reading every text.

The steps are a generator of statements, which is given the rows of each: the command line runs them on a connection, the
server in its worker processes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Self

from ...column_values import SearchKind
from ...database.schema_files import SEARCH_SOURCES, source_of_texts
from ...database.search_index import CAN_SEARCH_WORDS, INDEX_OBJECTS, USUAL_KINDS, is_search_index
from ...errors import BundleError
from ..naming.known_names import search_kinds, unknown_name
from ..naming.settled_names import settled_run
from ..saved_queries import saved_query
from .found_texts import FoundText, SearchResult
from .search_words import Word, match_expression, read_words
from .snippets import BEGIN_MARK, END_MARK, mark_words, parts_of_marked

Rows = Sequence[Sequence[Any]]
Step = tuple[str, Mapping[str, Any]]
"""A statement, and the values of its placeholders."""

Steps = Generator[Step, Rows, SearchResult]

_MOST_COUNTED = 50_000
"""Texts that are counted and sorted; more take seconds, and are too many to look at."""

_MOST_SCANNED = 200
"""Texts at which a scan ends, as in find-text."""

_RUNS = """
SELECT id FROM runs
WHERE :run IN (CAST(id AS TEXT), sample_id, session_id, bundle_id, execution_id)
"""

_HAS_TOOL = "SELECT EXISTS (SELECT 1 FROM calls WHERE tool_name = :name)"
_TOOLS = "SELECT DISTINCT tool_name FROM calls WHERE tool_name IS NOT NULL"
_HAS_LEVEL = "SELECT EXISTS (SELECT 1 FROM logs WHERE level = :name)"
_LEVELS = "SELECT DISTINCT level FROM logs WHERE level IS NOT NULL"


NO_INDEX = "This bundle has no index, so every text was read; wink-debug-bundle index makes one."


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for, and where.

    Attributes:
        typed: Words as somebody typed them; a text has to have all.
        kinds: Kinds of text; none means the usual ones, or all that the index has.
        run: Number, sample, session, bundle id or execution id of a run; "" for all texts.
        tool: Name of a tool; "" for all.
        level: Level of log records; "" for all.
        limit: How many texts to return.
        offset: How many of the best texts to leave out before.
    """

    typed: str
    kinds: tuple[SearchKind, ...] = ()
    run: str = ""
    tool: str = ""
    level: str = ""
    limit: int = 20
    offset: int = 0

    @classmethod
    def of(
        cls,
        words: str,
        *,
        kinds: str | Sequence[str] = (),
        run: int | str | None = None,
        tool: str | None = None,
        level: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> Self:
        """Return what callers look for.

        Raises:
            BundleError: there is no such kind.
            ValueError: `limit` is less than 1, or `offset` less than 0.
        """
        if limit < 1 or offset < 0:
            raise ValueError(f"limit must be at least 1, and offset at least 0, not {limit} and {offset}")
        return cls(words, search_kinds(kinds), "" if run is None else str(run), tool or "", level or "", limit, offset)


def search(connection: sqlite3.Connection, wanted: Search) -> SearchResult:
    """Run a search on a connection.

    Raises:
        BundleError: there is no such run, tool or level.
        sqlite3.Error: the bundle is damaged.
    """
    steps = search_steps(wanted)
    try:
        statement = next(steps)
        while True:
            statement = steps.send(connection.execute(*statement).fetchall())
    except StopIteration as end:
        result: SearchResult = end.value
        return result


def search_steps(wanted: Search) -> Steps:
    """Yield the statements of a search, and return what it found; each statement is answered with its rows.

    Raises:
        BundleError: there is no such run, tool or level.
    """
    words = read_words(wanted.typed)
    run, runs = yield from _runs(wanted.run)
    tool = yield from _known("tool", wanted.tool, _HAS_TOOL, _TOOLS)
    level = yield from _known("level", wanted.level, _HAS_LEVEL, _LEVELS)
    wanted = replace(wanted, run=run, tool=tool, level=level)
    indexed, remark = yield from _indexed_kinds()
    if not indexed or not set(wanted.kinds) <= set(indexed):
        searched = wanted.kinds or USUAL_KINDS
        if indexed:
            remark = "The index does not have all of these kinds, so every text was read."
        return (yield from _scan(wanted, words, searched, remark))
    return (yield from _look_up(wanted, words, wanted.kinds or indexed, runs))


def _runs(run: str) -> Generator[Step, Rows, tuple[str, list[int] | None]]:
    """Return a name that the table `runs` has, and the runs that are meant; None for no restriction."""
    if not run:
        return "", None
    rows = yield _RUNS, {"run": run}
    if not rows:
        if not (yield "SELECT EXISTS (SELECT 1 FROM runs)", {})[0][0]:
            raise BundleError(f"the bundle has no runs, and so no text of a run {run!r}")
        run = yield from settled_run(run)
        rows = yield _RUNS, {"run": run}
        if not rows:
            raise BundleError(f"{run!r} is a session outside of runs; its texts cannot be searched alone")
    return run, [int(row[0]) for row in rows]


def _known(what: str, name: str, has: str, listed: str) -> Generator[Step, Rows, str]:
    """Return the name of a tool or level as the bundle has it, which may be in capitals; "" for none."""
    for candidate in dict.fromkeys((name, name.upper())):
        if not name or (yield has, {"name": candidate})[0][0]:
            return candidate
    names = yield listed, {}
    raise BundleError(unknown_name(name, what, [str(row[0]) for row in names]))


def _indexed_kinds() -> Generator[Step, Rows, tuple[tuple[SearchKind, ...], str]]:
    """Return the kinds of text in the index; none if it cannot be used, and why."""
    objects = yield INDEX_OBJECTS, {}
    if not objects:
        return (), NO_INDEX
    if not is_search_index(dict(objects)):  # type: ignore[arg-type]
        return (), "The index is not of this release, so every text was read; wink-debug-bundle index makes it again."
    if not (yield CAN_SEARCH_WORDS, {}):
        return (), "Python's SQLite has no FTS5, so the index could not be used, and every text was read."
    names = {str(row[0]) for row in (yield "SELECT kind FROM search_kinds", {})}
    return tuple(kind for kind in SEARCH_SOURCES if kind in names), ""


def _look_up(wanted: Search, words: list[Word], searched: tuple[SearchKind, ...], runs: list[int] | None) -> Steps:
    """Find the words in the index."""
    if not words:
        return _result((), {}, searched, uses_index=True, remark=_no_words(wanted))
    found = _sql("found_in_index.sql")
    values = {
        "match": match_expression(words),
        "kinds": json.dumps(searched),
        "runs": None if runs is None else json.dumps(runs),
        "tool": wanted.tool or None,
        "level": wanted.level or None,
        "most": _MOST_COUNTED,
    }
    counts = yield _sql("counts.sql").replace("{found}", found), values
    page = {"limit": wanted.limit, "start": wanted.offset, "begin_mark": BEGIN_MARK, "end_mark": END_MARK}
    rows = yield _sql("best.sql").replace("{found}", found), {**values, **page}
    details = yield from _details(rows)
    texts = tuple(_found(row, details) for row in rows)
    numbers = {SearchKind(kind): int(count) for kind, count in counts}
    by_kind = {kind: numbers[kind] for kind in SEARCH_SOURCES if kind in numbers}
    is_complete = sum(by_kind.values()) < _MOST_COUNTED
    return _result(texts, by_kind, searched, uses_index=True, is_complete=is_complete)


def _details(rows: Rows) -> Generator[Step, Rows, dict[tuple[str, Any], Sequence[Any]]]:
    """Return what is known of the rows of texts besides, by their kind and key."""
    details: dict[tuple[str, Any], Sequence[Any]] = {}
    for kind in dict.fromkeys(SearchKind(row[0]) for row in rows):
        keys = json.dumps([row[1] for row in rows if row[0] == kind])
        sql = (
            f"SELECT row_id, session_id, tool_name, level, name, timestamp FROM ({source_of_texts(kind)}) "
            "WHERE row_id IN (SELECT value FROM json_each(:keys))"
        )
        details.update({(kind, row[0]): row[1:] for row in (yield sql, {"keys": keys})})
    return details


def _found(row: Sequence[Any], details: dict[tuple[str, Any], Sequence[Any]]) -> FoundText:
    kind = SearchKind(row[0])
    session, tool, level, name, timestamp = details.get((kind, row[1]), (None,) * 5)
    snippet = parts_of_marked(str(row[3] or ""))
    return FoundText(kind, SEARCH_SOURCES[kind], row[1], row[2], session, tool, level, name, timestamp, snippet)


def _scan(wanted: Search, words: list[Word], searched: tuple[SearchKind, ...], remark: str) -> Steps:
    """Find the words by the saved query find-text, which reads every text."""
    if not words:
        return _result((), {}, searched, uses_index=False, remark=_no_words(wanted))
    values = {
        "text": json.dumps([word.core for word in words], ensure_ascii=False),
        "kind": ",".join(searched),
        "run": wanted.run or None,
        "tool": wanted.tool or None,
        "level": wanted.level or None,
    }
    rows = yield saved_query("find-text").sql, values
    texts = tuple(_scanned(row, words) for row in rows)
    counts = {kind: sum(text.kind == kind for text in texts) for kind in searched}
    return _result(
        texts[wanted.offset :][: wanted.limit],
        {kind: count for kind, count in counts.items() if count},
        searched,
        uses_index=False,
        is_complete=len(texts) < _MOST_SCANNED,
        remark=remark,
    )


def _scanned(row: Sequence[Any], words: list[Word]) -> FoundText:
    kind, run, name, snippet, table, key, timestamp, tool, level, session = row
    return FoundText(
        SearchKind(kind), table, key, run, session, tool, level, name, timestamp, mark_words(snippet, words)
    )


def _result(
    texts: tuple[FoundText, ...],
    counts: dict[SearchKind, int],
    searched: tuple[SearchKind, ...],
    *,
    uses_index: bool,
    is_complete: bool = True,
    remark: str = "",
) -> SearchResult:
    others = tuple(kind for kind in SEARCH_SOURCES if kind not in searched)
    return SearchResult(texts, counts, is_complete, uses_index, searched, others, remark)


def _no_words(wanted: Search) -> str:
    return f"{wanted.typed!r} has no letter and no digit that could be looked for."


def _sql(name: str) -> str:
    """Return the text of an SQL file beside this module, without its semicolon."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return text.rstrip().removesuffix(";")
