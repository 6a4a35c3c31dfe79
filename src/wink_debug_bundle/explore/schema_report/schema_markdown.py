"""A bundle's schema as Markdown that fits in a coding agent's context."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum

from ...terminal_text import visible
from ..saved_queries import SavedQuery
from .bundle_schema import BundleSchema, ColumnSchema, RelationSchema

MOST_ASKED = ("logs", "runs", "tool_calls", "sample_results", "failed_runs", "transcript_entries")
OFTEN_ASKED = (
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
SELDOM_ASKED = (
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
"""Where the others come from, and how the bundle was made. What stands in no list is asked sometimes."""

_TELLING_NOTHING = re.compile(r"(^|_)(id|at|sha256|timestamp|name|version)$")
_MARKUP = re.compile(r"[\\`*\[\]<>|#]")


class Detail(IntEnum):
    """How much is told of a table or view."""

    NAME = 0
    COLUMNS = 1
    MEANINGS = 2
    EXAMPLES = 3
    ALL = 4


class Asked(IntEnum):
    """How much a table or view is of use."""

    MOST = 0
    OFTEN = 1
    SOMETIMES = 2
    SELDOM = 3


_STEPS = (
    (Asked.SELDOM, Detail.COLUMNS),
    (Asked.SOMETIMES, Detail.MEANINGS),
    (Asked.SOMETIMES, Detail.COLUMNS),
    (Asked.OFTEN, Detail.EXAMPLES),
    (Asked.OFTEN, Detail.MEANINGS),
    (Asked.SELDOM, Detail.NAME),
    (Asked.OFTEN, Detail.COLUMNS),
    (Asked.MOST, Detail.EXAMPLES),
    (Asked.MOST, Detail.MEANINGS),
    (Asked.SOMETIMES, Detail.NAME),
    (Asked.MOST, Detail.COLUMNS),
    (Asked.OFTEN, Detail.NAME),
    (Asked.MOST, Detail.NAME),
)
"""What is told of less, in this order, until all of it fits."""

_VALUES = {Detail.EXAMPLES: 48, Detail.ALL: 100}
_PATHS = {Detail.EXAMPLES: 16, Detail.ALL: 100}
_EXAMPLE = {Detail.EXAMPLES: 60, Detail.ALL: 200}
"""Values, JSON paths and characters of one value that are shown at most."""


def schema_markdown(schema: BundleSchema, budget: int, *, named: bool) -> str:
    """The schema in no more than `budget` characters: as much of each table and view as there is room for.

    Args:
        schema: What to tell.
        budget: Characters, line ends included.
        named: Whether its tables and views were asked for by name, so that all of each is wanted.
    """
    details = {relation.name: Detail.ALL if named else _wanted(relation) for relation in schema.relations}
    texts = {relation.name: _relation(relation, details[relation.name]) for relation in schema.relations}
    size = len(_assembled(schema, texts, details))
    least_first = _by_use(schema)[::-1]
    for asked, detail in _STEPS:
        for relation in least_first:
            if size <= budget:
                break
            if _asked(relation) == asked and details[relation.name] > detail:
                shorter = _relation(relation, detail)
                size += len(shorter) - len(texts[relation.name])
                details[relation.name], texts[relation.name] = detail, shorter
    return _cut(_assembled(schema, texts, details), budget)


def _wanted(relation: RelationSchema) -> Detail:
    if relation.row_count == 0:
        return Detail.NAME
    return Detail.COLUMNS if _asked(relation) == Asked.SELDOM else Detail.EXAMPLES


def _asked(relation: RelationSchema) -> Asked:
    for asked, names in ((Asked.MOST, MOST_ASKED), (Asked.OFTEN, OFTEN_ASKED), (Asked.SELDOM, SELDOM_ASKED)):
        if relation.name in names:
            return asked
    return Asked.SOMETIMES


def _by_use(schema: BundleSchema) -> list[RelationSchema]:
    """The relations, those that are asked most first, those without a list in their own order."""
    listed = {name: position for position, name in enumerate((*MOST_ASKED, *OFTEN_ASKED, *SELDOM_ASKED))}
    return sorted(schema.relations, key=lambda relation: listed.get(relation.name, len(listed)))


def _assembled(schema: BundleSchema, texts: Mapping[str, str], details: Mapping[str, Detail]) -> str:
    parts = [_introduction(schema)]
    for kind, title in (("table", "Tables"), ("view", "Views")):
        names = [relation.name for relation in schema.relations if relation.kind == kind]
        names.sort(key=lambda name: details[name] == Detail.NAME)  # a list of their own, after the others
        told = "".join(texts[name] for name in names).rstrip("\n")
        parts += [f"## {title}\n\n{told}\n\n"] if names else []
    if schema.queries:
        parts += ["## Ready queries (`query BUNDLE --name NAME`)\n\n", *map(_query, schema.queries)]
    return "".join(parts)


def _introduction(schema: BundleSchema) -> str:
    return (
        f"# Debug bundle, schema version {schema.schema_version}\n\n"
        'Ask with `wink-debug-bundle query BUNDLE "SELECT …" --format jsonl --budget 4000`. A value that is cut names '
        "a handle; `wink-debug-bundle cell BUNDLE HANDLE` prints it whole. A value in JSON: `context ->> '$.key'`. "
        "More of one table or view, with all JSON paths: `wink-debug-bundle schema BUNDLE NAME`.\n\n"
    )


def _relation(relation: RelationSchema, detail: Detail) -> str:
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
    if relation.row_count is None:
        return "rows not counted"
    if relation.row_count_is_exact:
        return f"{relation.row_count:,} row{'' if relation.row_count == 1 else 's'}"
    return f"{'about' if relation.kind == 'table' else 'more than'} {relation.row_count:,} rows"


def _column(column: ColumnSchema, detail: Detail) -> str:
    facts = [code(column.name), plain(column.type), "key" if column.key else ""]
    facts.append(f"→ {code(column.references)}" if column.references else "")
    words = [" ".join(filter(None, facts)) + (":" if column.description else ""), plain(column.description)]
    if detail >= Detail.EXAMPLES:
        words += [_examples(column, detail), _paths(column.json_paths, _PATHS[detail])]
    return f"- {' '.join(filter(None, words))}\n"


def _examples(column: ColumnSchema, detail: Detail) -> str:
    if not column.examples or (detail < Detail.ALL and _is_plain_enough(column)):
        return ""
    shown = [_value(value, _EXAMPLE[detail]) for value in column.examples[: _VALUES[detail]]]
    more = len(column.examples) - len(shown)
    lead = "All its values:" if column.complete else "E.g."
    return f"{lead} {', '.join(shown)}{f' and {more} more' if more else ''}."


def _is_plain_enough(column: ColumnSchema) -> bool:
    """Whether examples tell nothing that is worth their room: a number, an id, a time, values that are explained."""
    if column.json_paths or (
        not column.complete and len(column.examples) == 1 and _TELLING_NOTHING.search(column.name)
    ):
        return True
    return all(not isinstance(value, str) or f"'{value}'" in column.description for value in column.examples)


def _value(value: object, longest: int) -> str:
    text = repr(value) if isinstance(value, str) and not value.strip() else str(value)
    return code(text if len(text) <= longest else f"{text[:longest]}…")


def _paths(paths: Sequence[str], most: int) -> str:
    if not paths:
        return ""
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return f"JSON: {', '.join(map(code, paths[:most]))}{more}."


def _query(query: SavedQuery) -> str:
    parameters = "".join(f" -p {name} …" for name in query.parameters)
    return f"- `{query.name}{parameters}`: {query.title}\n"


def code(text: str) -> str:
    """Text as it is, on one line, whatever characters are in it."""
    shown = visible(text)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    pad = " " if "`" in shown or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def plain(text: str) -> str:
    """A sentence on one line in which nothing is markup; `_` within names is none."""
    return _MARKUP.sub(r"\\\g<0>", visible(text))


def _cut(text: str, budget: int) -> str:
    """Whole lines only, and a last one that says that more follow."""
    if len(text) <= budget:
        return text
    note = "\n(More tables and views follow: name those to tell, or raise --budget.)\n"
    return text[: text.rfind("\n", 0, budget - len(note)) + 1] + note
