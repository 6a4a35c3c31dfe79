"""Write a bundle's schema as Markdown that fits in a coding agent's context."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum

from ...terminal_text import visible
from ..saved_queries import SavedQuery
from .bundle_schema import BundleSchema, ColumnSchema, RelationSchema

MOST_USED = ("logs", "runs", "tool_calls", "sample_results", "failed_runs", "transcript_entries")
OFTEN_USED = (
    "failure_signatures",
    "prompt_events",
    "sessions",
    "current_slice_items",
    "error_log",
    "files",
    "environment",
    "prompt_versions",
    "turn_tokens",
)
SELDOM_USED = (
    "artifacts",
    "blob_chunks",
    "blobs",
    "bundle_meta",
    "calls",
    "duplicate_lines",
    "entries",
    "failures",
    "last_snapshots",
    "ledger",
    "problems",
    "prompt_parts",
    "raw_records",
    "run_members",
    "slice_items",
    "slice_views",
    "snapshots",
    "tool_invocations",
    "zip_parts",
)
"""Tables about the origin of other rows and the import itself. Tables and views in no list are used sometimes."""

_UNINFORMATIVE = re.compile(r"(^|_)(id|at|sha256|timestamp|name|version)$")
"""Names of columns where a single example is of no use."""

_MARKUP = re.compile(r"[\\`*\[\]<>|#]")


class Detail(IntEnum):
    """How much is written about a table or view."""

    NAME = 0
    COLUMNS = 1
    MEANINGS = 2
    EXAMPLES = 3
    ALL = 4


class Use(IntEnum):
    """How often queries use a table or view."""

    MOST = 0
    OFTEN = 1
    SOMETIMES = 2
    SELDOM = 3


_REDUCTIONS = (
    (Use.SELDOM, Detail.COLUMNS),
    (Use.SOMETIMES, Detail.MEANINGS),
    (Use.SOMETIMES, Detail.COLUMNS),
    (Use.OFTEN, Detail.EXAMPLES),
    (Use.OFTEN, Detail.MEANINGS),
    (Use.SELDOM, Detail.NAME),
    (Use.OFTEN, Detail.COLUMNS),
    (Use.MOST, Detail.EXAMPLES),
    (Use.MOST, Detail.MEANINGS),
    (Use.SOMETIMES, Detail.NAME),
    (Use.MOST, Detail.COLUMNS),
    (Use.OFTEN, Detail.NAME),
    (Use.MOST, Detail.NAME),
)
"""Groups and the detail that they are reduced to, in this order, until the text fits."""

_VALUES = {Detail.EXAMPLES: 48, Detail.ALL: 100}
_PATHS = {Detail.EXAMPLES: 16, Detail.ALL: 100}
_EXAMPLE = {Detail.EXAMPLES: 60, Detail.ALL: 200}
"""Limits on the values and JSON paths of a column and on the characters of a value, by detail."""


def schema_markdown(schema: BundleSchema, budget: int, *, named: bool) -> str:
    """Return the schema in at most `budget` characters, with as much detail on each table and view as fits.

    Args:
        schema: The tables, views and saved queries to describe.
        budget: Characters, line ends included.
        named: Whether the tables and views were requested by name, so that each gets every detail.
    """
    details = {relation.name: Detail.ALL if named else _full_detail(relation) for relation in schema.relations}
    texts = {relation.name: _relation(relation, details[relation.name]) for relation in schema.relations}
    size = len(_assembled(schema, texts, details))
    least_first = _by_use(schema)[::-1]
    for use, detail in _REDUCTIONS:
        for relation in least_first:
            if size <= budget:
                break
            if _use(relation) == use and details[relation.name] > detail:
                shorter = _relation(relation, detail)
                size += len(shorter) - len(texts[relation.name])
                details[relation.name], texts[relation.name] = detail, shorter
    return _cut(_assembled(schema, texts, details), budget)


def _full_detail(relation: RelationSchema) -> Detail:
    """Return the detail of a table or view where there is room for everything."""
    if relation.row_count == 0:
        return Detail.NAME
    return Detail.COLUMNS if _use(relation) == Use.SELDOM else Detail.EXAMPLES


def _use(relation: RelationSchema) -> Use:
    """Return how often queries use the table or view."""
    for use, names in ((Use.MOST, MOST_USED), (Use.OFTEN, OFTEN_USED), (Use.SELDOM, SELDOM_USED)):
        if relation.name in names:
            return use
    return Use.SOMETIMES


def _by_use(schema: BundleSchema) -> list[RelationSchema]:
    """Return the relations, the listed ones first in the order of the lists, then the others in their own order."""
    listed = {name: position for position, name in enumerate((*MOST_USED, *OFTEN_USED, *SELDOM_USED))}
    return sorted(schema.relations, key=lambda relation: listed.get(relation.name, len(listed)))


def _assembled(schema: BundleSchema, texts: Mapping[str, str], details: Mapping[str, Detail]) -> str:
    """Join the introduction, the texts of tables and views, and the saved queries."""
    parts = [_introduction(schema)]
    for kind, title in (("table", "Tables"), ("view", "Views")):
        names = [relation.name for relation in schema.relations if relation.kind == kind]
        names.sort(key=lambda name: details[name] == Detail.NAME)  # one list after the others
        section = "".join(texts[name] for name in names).rstrip("\n")
        parts += [f"## {title}\n\n{section}\n\n"] if names else []
    if schema.queries:
        parts += ["## Saved queries (`query BUNDLE --name NAME`)\n\n", *map(_query, schema.queries)]
    return "".join(parts)


def _introduction(schema: BundleSchema) -> str:
    """Return the title and how to query the bundle."""
    return (
        f"# Debug bundle, schema version {schema.schema_version}\n\n"
        'Query with `wink-debug-bundle query BUNDLE "SELECT …" --format jsonl --budget 4000`. A cut value shows a '
        "handle; `wink-debug-bundle cell BUNDLE HANDLE` prints it whole. A value in JSON: `context ->> '$.key'`. "
        "More on one table or view, with all JSON paths: `wink-debug-bundle schema BUNDLE NAME`.\n\n"
    )


def _relation(relation: RelationSchema, detail: Detail) -> str:
    """Return the text about one table or view."""
    name = f"{code(relation.name)} ({_rows(relation)})"
    description = plain(relation.description)
    if detail == Detail.NAME:
        return f"- {name}: {description}\n"
    if detail == Detail.COLUMNS:
        columns = ", ".join(code(column.name) for column in relation.columns)
        return f"### {name}\n{description}\nColumns: {columns}\n\n"
    columns = "".join(_column(column, detail) for column in relation.columns)
    indexed = f"Indexed: {', '.join(map(code, relation.indexed))}\n" if relation.indexed else ""
    return f"### {name}\n{description}\n{columns}{indexed}\n"


def _rows(relation: RelationSchema) -> str:
    """Return the number of rows in words."""
    if relation.row_count is None:
        return "rows not counted"
    if relation.row_count_is_exact:
        return f"{relation.row_count:,} row{'' if relation.row_count == 1 else 's'}"
    return f"{'about' if relation.kind == 'table' else 'more than'} {relation.row_count:,} rows"


def _column(column: ColumnSchema, detail: Detail) -> str:
    """Return the line about one column."""
    facts = [code(column.name), plain(column.type), "key" if column.key else ""]
    facts.append(f"→ {code(column.references)}" if column.references else "")
    words = [" ".join(filter(None, facts)) + (":" if column.description else ""), plain(column.description)]
    if detail >= Detail.EXAMPLES:
        words += [_examples(column, detail), _paths(column.json_paths, _PATHS[detail])]
    return f"- {' '.join(filter(None, words))}\n"


def _examples(column: ColumnSchema, detail: Detail) -> str:
    """Return the sentence with the column's examples; "" if they are of no use."""
    if not column.examples or (detail < Detail.ALL and _needs_no_examples(column)):
        return ""
    shown = [_value(value, _EXAMPLE[detail]) for value in column.examples[: _VALUES[detail]]]
    more = len(column.examples) - len(shown)
    lead = "All its values:" if column.complete else "E.g."
    return f"{lead} {', '.join(shown)}{f' and {more} more' if more else ''}."


def _needs_no_examples(column: ColumnSchema) -> bool:
    """Return whether examples are not worth their room: a number, an id, a time, or values in the description."""
    if column.json_paths or (not column.complete and len(column.examples) == 1 and _UNINFORMATIVE.search(column.name)):
        return True
    return all(not isinstance(value, str) or f"'{value}'" in column.description for value in column.examples)


def _value(value: object, longest: int) -> str:
    """Return a value as code, cut to `longest` characters."""
    text = repr(value) if isinstance(value, str) and not value.strip() else str(value)
    return code(text if len(text) <= longest else f"{text[:longest]}…")


def _paths(paths: Sequence[str], limit: int) -> str:
    """Return the sentence with the first JSON paths and the number of the others."""
    if not paths:
        return ""
    more = f" and {len(paths) - limit} more" if len(paths) > limit else ""
    return f"JSON: {', '.join(map(code, paths[:limit]))}{more}."


def _query(query: SavedQuery) -> str:
    """Return the line about one saved query."""
    parameters = "".join(f" -p {name} …" for name in query.parameters)
    meanings = "".join(f" {name}: {meaning}" for name, meaning in query.meanings.items())
    return f"- `{query.name}{parameters}`: {query.title}{meanings}\n"


def code(text: str) -> str:
    """Return the text as inline code on one line, whatever characters it contains."""
    shown = visible(text)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    pad = " " if "`" in shown or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def plain(text: str) -> str:
    """Return the text on one line with its markup escaped, except `_`, which is no markup within names."""
    return _MARKUP.sub(r"\\\g<0>", visible(text))


def _cut(text: str, budget: int) -> str:
    """Return as many whole lines as fit, and if any are left out, a last line that says so."""
    if len(text) <= budget:
        return text
    note = "\n(More tables and views follow: name the ones you need, or raise --budget.)\n"
    return text[: text.rfind("\n", 0, budget - len(note)) + 1] + note
