"""Turn what a search found into lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ...bundle import DebugBundle
from ...column_values import SearchKind
from ...explore.text_search.found_texts import FoundText, SearchResult, SnippetPart
from ...terminal_text import visible
from .wording import command_line, counted, size

_NAMES = {
    SearchKind.FAILURE: "failures",
    SearchKind.RUN: "reasons and errors of runs",
    SearchKind.MESSAGE: "messages",
    SearchKind.CALL: "tool calls",
    SearchKind.RESULT: "results",
    SearchKind.PROMPT: "prompts",
    SearchKind.ANSWER: "answers",
    SearchKind.PATH: "paths of files",
    SearchKind.LOG: "log messages",
    SearchKind.CONTEXT: "contexts of log records",
    SearchKind.FILE: "texts of files",
}


def result_lines(path: Path, result: SearchResult, offset: int, *, marks_by_style: bool) -> Iterator[str]:
    """Yield the lines of a result: counts, then the texts, then what was not searched.

    `marks_by_style` says whether the words are bold, as on a terminal; else they have stars around them.
    """
    yield _total(result)
    for found in result.texts:
        yield ""
        yield visible(_place(found))
        yield f"    {''.join(_part(part, by_style=marks_by_style) for part in found.snippet)}"
    yield ""
    if shown := len(result.texts):
        if offset + shown < result.total:
            yield f"Shown: {offset + 1} to {offset + shown}; more: --offset {offset + shown}, or --limit"
        first = result.texts[0]
        story = first.session_id if first.run_id is None else str(first.run_id)
        if story is not None:
            yield f"The story around it: {command_line('show', path, story)}"
        yield f"A whole row: {command_line('query', path, _row_query(first))}"
    yield f"Searched: {_named(result.searched)}."
    if result.not_searched:
        yield f"Not searched (--kind): {_named(result.not_searched)}."
    if result.remark:
        yield result.remark


def indexed_lines(path: Path, *, had_index: bool) -> Iterator[str]:
    """Yield what the bundle's index holds now, and the bundle's digest."""
    with DebugBundle.open(path) as bundle:
        is_indexed = bundle.query("SELECT 1 FROM sqlite_schema WHERE name = 'search_kinds'").fetchone()
        held = bundle.query("SELECT kind, row_count FROM search_kinds").fetchall() if is_indexed else []
        digest = bundle.digest
    name = visible(str(path))
    if held:
        counts = {SearchKind(kind): count for kind, count in held}
        verb = "indexed again" if had_index else "indexed"
        yield f"{name}: {verb} {counted(sum(counts.values()), 'text')}: {_named(kind for kind in SearchKind if kind in counts)}"
        left_out = [kind for kind in SearchKind if kind not in counts]
        if left_out:
            yield f"Not indexed (--all): {_named(left_out)}"
    else:
        yield f"{name}: {'the index was removed' if had_index else 'has no index'}"
    if digest is not None:
        yield f"Digest: {digest}"
    yield f"Size: {size(path.stat().st_size)}"


def _total(result: SearchResult) -> str:
    more = "" if result.is_complete else " or more"
    by_kind = ", ".join(f"{kind} {count:,}" for kind, count in result.counts.items())
    return f"{counted(result.total, 'text')}{more}{': ' if by_kind else ''}{by_kind}"


def _place(found: FoundText) -> str:
    """Return where a text is: its table and key, its run or session, its name, its level, its time."""
    where = f"run {found.run_id}" if found.run_id is not None else f"session {found.session_id or 'unknown'}"
    parts = (f"{found.kind}", f"{found.table} {found.row_id}", where, found.name, found.level, found.timestamp)
    return "  ".join(part for part in parts if part)


def _part(part: SnippetPart, *, by_style: bool) -> str:
    text = visible(part.text)
    if not part.is_match:
        return text
    return click.style(text, bold=True) if by_style else f"**{text}**"


def _row_query(found: FoundText) -> str:
    key = f"'{found.row_id.replace(chr(39), 2 * chr(39))}'" if isinstance(found.row_id, str) else found.row_id
    return f"SELECT * FROM {found.table} WHERE {found.key} = {key}"


def _named(kinds: Iterable[SearchKind]) -> str:
    return ", ".join(_NAMES[kind] for kind in kinds)
