"""Write a bundle's schema as Markdown that fits in a coding agent's context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import IntEnum
from itertools import chain

from ...database.search_index import SEARCH_OBJECTS
from ..saved_queries import SavedQuery
from .bundle_schema import BundleSchema, RelationSchema
from .relation_markdown import (
    SLICE_COLUMNS,
    Detail,
    code,
    first_clause,
    is_slice_view,
    plain,
    relation_text,
    slice_text,
)
from .worked_examples import chosen_examples

FIRST_USED = ("logs",)
MOST_USED = ("runs", "tool_calls", "failures", "transcript_entries")
OFTEN_USED = (
    "sample_results",
    "failed_runs",
    "failure_signatures",
    "prompt_events",
    "environment",
    "prompt_parts",
    "calls",
    "turn_tokens",
    "sessions",
    "current_slice_items",
    "files",
)
SELDOM_USED = (
    "artifacts",
    "blob_chunks",
    "blobs",
    "bundle_meta",
    "digests",
    "duplicate_lines",
    "entries",
    "file_entries",
    "last_snapshots",
    "ledger",
    "line_forms",
    "problems",
    "raw_records",
    "redactions",
    "search_text",
    "slice_items",
    "slice_views",
    "snapshots",
    "texts",
    "times",
    "tool_invocations",
    "zip_parts",
)
"""Tables about the origin of other rows and the import itself. Tables and views in no list are used sometimes."""

_LIBRARY = "of the class weakincentives."


class Use(IntEnum):
    """How often queries use a table or view."""

    FIRST = 0
    MOST = 1
    OFTEN = 2
    SOMETIMES = 3
    SELDOM = 4


_USES = {Use.FIRST: FIRST_USED, Use.MOST: MOST_USED, Use.OFTEN: OFTEN_USED, Use.SELDOM: SELDOM_USED}

_REDUCTIONS = (
    (Use.OFTEN, Detail.MORE_VALUES),
    (Use.MOST, Detail.MORE_VALUES),
    (Use.SOMETIMES, Detail.VALUES),
    (Use.OFTEN, Detail.VALUES),
    (Use.FIRST, Detail.MORE_VALUES),
    (Use.SOMETIMES, Detail.COLUMNS),
    (Use.SOMETIMES, Detail.NAME),
    (Use.MOST, Detail.VALUES),
    (Use.OFTEN, Detail.COLUMNS),
    (Use.FIRST, Detail.VALUES),
    (Use.MOST, Detail.COLUMNS),
    (Use.OFTEN, Detail.NAME),
    (Use.FIRST, Detail.COLUMNS),
    (Use.MOST, Detail.NAME),
    (Use.FIRST, Detail.NAME),
)
"""Groups and the detail that they are reduced to, in this order, until the text fits."""


def schema_markdown(schema: BundleSchema, budget: int, *, named: bool) -> str:
    """Return the schema in at most `budget` characters, with as much detail on each table and view as fits.

    What a search index consists of is left out unless it is named: the command search reads it.

    Args:
        schema: The tables, views and saved queries to describe.
        budget: Characters, line ends included.
        named: Whether the tables and views were requested by name, so that each gets every detail.
    """
    if not named:
        kept = tuple(relation for relation in schema.relations if relation.name not in SEARCH_OBJECTS)
        schema = replace(schema, relations=kept)
    details = {relation.name: Detail.ALL if named else _full_detail(relation) for relation in schema.relations}
    texts = {relation.name: _text(relation, details[relation.name]) for relation in schema.relations}
    size = len(_assembled(schema, texts, details))
    least_first = _by_use(schema.relations)[::-1]
    for use, detail in _REDUCTIONS:
        for relation in least_first:
            if size <= budget:
                break
            if _use(relation) == use and details[relation.name] > detail:
                shorter = _text(relation, detail)
                size += len(shorter) - len(texts[relation.name])
                details[relation.name], texts[relation.name] = detail, shorter
    return _cut(_assembled(schema, texts, details), budget)


def _full_detail(relation: RelationSchema) -> Detail:
    """Return the detail of a table or view where there is room for everything."""
    if relation.row_count == 0 or _use(relation) == Use.SELDOM:
        return Detail.NAME
    return Detail.MEANINGS


def _text(relation: RelationSchema, detail: Detail) -> str:
    """Return the text about one table or view; that of a slice class is a line unless everything is asked for."""
    if is_slice_view(relation) and detail < Detail.ALL:
        return slice_text(relation, detail)
    return relation_text(relation, detail)


def _use(relation: RelationSchema) -> Use:
    """Return how often queries use the table or view."""
    for use, names in _USES.items():
        if relation.name in names:
            return use
    if is_slice_view(relation):
        return Use.SELDOM if _LIBRARY in relation.description else Use.MOST
    return Use.SOMETIMES


def _by_use(relations: Iterable[RelationSchema]) -> list[RelationSchema]:
    """Return the relations, the most used ones first; those of no list keep their own order."""
    listed = {name: position for position, name in enumerate(chain(*_USES.values()))}
    return sorted(relations, key=lambda relation: (_use(relation), listed.get(relation.name, len(listed))))


def _assembled(schema: BundleSchema, texts: Mapping[str, str], details: Mapping[str, Detail]) -> str:
    """Join the introduction, the examples, the texts of tables and views, and the saved queries."""
    parts = [_introduction(schema)]
    if schema.queries:
        parts += ["## Examples\n\n", *_examples(schema), "\n"]
    for kind, title in (("table", "Tables"), ("view", "Views")):
        chosen = [
            relation for relation in schema.relations if relation.kind == kind and not _is_line(relation, details)
        ]
        parts += _section(title, chosen, texts, details)
    lines = [relation for relation in schema.relations if _is_line(relation, details)]
    if lines:
        leading = ", ".join(map(code, SLICE_COLUMNS))
        parts += [f"## Views of slice classes\n\nEach has {leading} and the keys of the items.\n"]
        parts += [*(texts[relation.name] for relation in _by_use(lines)), "\n"]
    if schema.queries:
        parts += ["## Saved queries (`query BUNDLE --name NAME`)\n\n", *map(_query, schema.queries)]
        parts.append(_parameters(schema.queries))
    return "".join(parts)


def _is_line(relation: RelationSchema, details: Mapping[str, Detail]) -> bool:
    """Return whether the text is a line about the view of a slice class."""
    return is_slice_view(relation) and details[relation.name] < Detail.ALL


def _section(
    title: str, relations: Iterable[RelationSchema], texts: Mapping[str, str], details: Mapping[str, Detail]
) -> list[str]:
    """Return the texts about tables or about views: long ones, then lines, then the names of those without rows."""
    ordered = _by_use(relations)
    empty = [relation for relation in ordered if relation.row_count == 0 and details[relation.name] == Detail.NAME]
    ordered = [relation for relation in ordered if relation not in empty]
    ordered.sort(key=lambda relation: details[relation.name] == Detail.NAME)
    body = "".join(texts[relation.name] for relation in ordered).rstrip("\n")
    without = f"- Without rows: {', '.join(code(relation.name) for relation in empty)}" if empty else ""
    joined = "\n".join(filter(None, (body, without)))
    return [f"## {title}\n\n{joined}\n\n"] if joined else []


def _introduction(schema: BundleSchema) -> str:
    """Return the title and how to query the bundle."""
    return (
        f"# Debug bundle, schema version {schema.schema_version}\n\n"
        'Query with `wink-debug-bundle query BUNDLE "SELECT …" --format jsonl --budget 4000`. A cut value shows a '
        "handle; `wink-debug-bundle cell BUNDLE HANDLE` prints it whole. A value in JSON: `context ->> '$.key'`. "
        "More on one table or view, with all JSON paths: `wink-debug-bundle schema BUNDLE NAME`.\n\n"
    )


def _examples(schema: BundleSchema) -> Iterable[str]:
    """Yield worked examples that read tables and views with rows."""
    filled = {relation.name for relation in schema.relations if relation.row_count}
    for example in chosen_examples(filled):
        yield f"- {example.question} `{example.sql}`\n"


def _query(query: SavedQuery) -> str:
    """Return the line about one saved query."""
    parameters = "".join(f" -p {name} …" for name in query.parameters)
    return f"- `{query.name}{parameters}`: {query.title}\n"


def _parameters(queries: Iterable[SavedQuery]) -> str:
    """Return what the parameters take: of each name, what it takes in the first query that has it."""
    meanings: dict[str, str] = {}
    for query in queries:
        meanings = {**query.meanings, **meanings}
    return "".join(f"- -p {code(name)}: {plain(first_clause(meaning))}\n" for name, meaning in meanings.items())


def _cut(text: str, budget: int) -> str:
    """Return as many whole lines as fit, and if any are left out, a last line that says so."""
    if len(text) <= budget:
        return text
    note = "\n(More tables and views follow: name the ones you need, or raise --budget.)\n"
    return text[: text.rfind("\n", 0, budget - len(note)) + 1] + note
