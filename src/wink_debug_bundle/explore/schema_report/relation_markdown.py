"""Write what a table or view holds as Markdown, with as much detail as asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from ...terminal_text import visible
from .bundle_schema import ColumnSchema, RelationSchema

_UNINFORMATIVE = re.compile(r"(^|_)(id|at|sha256|timestamp|name|version|line|path)$")
"""Names of columns where a single example is of no use."""

_MARKUP = re.compile(r"[\\`*\[\]<>|#]")

_ASIDE = re.compile(r" \((?![^()]*'\w+')[^()]*\)")
"""A remark in parentheses that names no value."""

_FIRST_CLAUSE = re.compile(r"[^.;]*(?:\.\d[^.;]*|[.;](?! |$)[^.;]*)*")

_SLICE_VIEW = re.compile(r"slice_")
SLICE_COLUMNS = ("id", "run_id", "session_id", "snapshot_id", "is_current", "item_index")
"""Columns that the view of each slice class has before those of the items' keys."""


class Detail(IntEnum):
    """How much is written about a table or view."""

    NAME = 0
    COLUMNS = 1
    VALUES = 2
    MORE_VALUES = 3
    MEANINGS = 4
    ALL = 5


class _Limits(NamedTuple):
    """How much is shown of one column."""

    values: int
    """Values, if they are all values of the column; of others a sample of eight is known."""
    characters: int
    """Characters of all values together."""
    longest: int
    """Characters of one value."""
    paths: int
    """JSON paths."""


_LIMITS = {
    Detail.VALUES: _Limits(8, 120, 36, 12),
    Detail.MORE_VALUES: _Limits(60, 1400, 40, 36),
    Detail.MEANINGS: _Limits(60, 1400, 40, 36),
    Detail.ALL: _Limits(100, 20_000, 200, 200),
}

_ASKED_FOR = re.compile(
    r"^\$\.(error\w*|message|reason|tool_name|arguments|success|output\w*|model|duration_ms|\w+_id)$"
)
"""Paths in JSON that questions about a run need most."""

_SAMPLED_CHARACTERS = 150
"""Characters of the values of a column that has others, too."""

_INLINE_CHARACTERS = 110
"""Values of a column with so many characters together follow its name."""

_NAMED_VALUE = re.compile(r"'[^' ]+'")


def relation_text(relation: RelationSchema, detail: Detail) -> str:
    """Return the text about one table or view."""
    name = f"{code(relation.name)} ({_rows(relation)})"
    if detail == Detail.NAME:
        return f"- {name}: {plain(first_clause(relation.description.partition(': ')[0]))}\n"
    description = relation.description if detail == Detail.ALL else first_clause(relation.description)
    columns = _all_columns(relation) if detail == Detail.ALL else _columns_with_values(relation, detail)
    return f"### {name}\n{plain(description)}\n{columns}\n"


def slice_text(relation: RelationSchema, detail: Detail) -> str:
    """Return the line about the view of a slice class: its keys and, with enough detail, their values."""
    if detail == Detail.NAME:
        return f"- {code(relation.name)} ({_rows(relation)})\n"
    keys = [column for column in relation.columns if column.name not in SLICE_COLUMNS]
    shown = [_key(column, detail) for column in keys]
    return f"- {code(relation.name)} ({_rows(relation)}): {', '.join(shown)}\n"


def is_slice_view(relation: RelationSchema) -> bool:
    """Return whether the relation is the view of a slice class."""
    names = tuple(column.name for column in relation.columns[: len(SLICE_COLUMNS)])
    return relation.kind == "view" and bool(_SLICE_VIEW.match(relation.name)) and names == SLICE_COLUMNS


def first_clause(text: str) -> str:
    """Return the first clause of a description, without remarks in parentheses that name no value."""
    short = _ASIDE.sub("", text)
    found = _FIRST_CLAUSE.match(short)
    clause = found[0].strip() if found else short
    return f"{clause}." if clause else ""


def _all_columns(relation: RelationSchema) -> str:
    """Return a line for each column with everything about it, and the indexed columns."""
    columns = "".join(_column(column, Detail.ALL) for column in relation.columns)
    return columns + (f"Indexed: {', '.join(map(code, relation.indexed))}\n" if relation.indexed else "")


def _columns_with_values(relation: RelationSchema, detail: Detail) -> str:
    """Return lines for the columns where detail helps, and the names of the others.

    Columns that are NULL in every sampled row are named apart, as few queries need them.
    """
    if detail == Detail.COLUMNS:
        return f"Columns: {', '.join(map(_named, relation.columns))}\n"
    empty = [column for column in relation.columns if column.is_null]
    filled = [column for column in relation.columns if not column.is_null]
    told = [column for column in filled if detail == Detail.MEANINGS or _has_values(column)]
    others = [column for column in filled if column not in told]
    lines = [_column(column, detail) for column in told]
    lines += [f"Other columns: {_names(others)}\n"] if others else []
    lines += [f"NULL in the sample: {_names(empty)}\n"] if empty else []
    return "".join(lines)


def _names(columns: Sequence[ColumnSchema]) -> str:
    return ", ".join(code(column.name) for column in columns)


def _named(column: ColumnSchema) -> str:
    """Return the name of a column, with all its values if they are few and short."""
    described = _NAMED_VALUE.findall(first_clause(column.description))
    values = (
        [_value(value, _LIMITS[Detail.VALUES].longest) for value in column.examples] if column.complete else described
    )
    if column.references or not 0 < sum(map(len, values)) <= _INLINE_CHARACTERS:
        return code(column.name)
    return f"{code(column.name)} ({', '.join(values)})"


def _key(column: ColumnSchema, detail: Detail) -> str:
    """Return a key of a slice class with a value or its JSON paths."""
    if detail < Detail.VALUES or not _has_values(column):
        return code(column.name)
    if column.json_paths:
        return f"{code(column.name)} ({', '.join(map(code, column.json_paths[:8]))})"
    shown = [_value(value, _LIMITS[detail].longest) for value in column.examples[:3]]
    if not shown:
        return code(column.name)
    return f"{code(column.name)} (e.g. {', '.join(shown)})"


def _rows(relation: RelationSchema) -> str:
    """Return the number of rows in words."""
    if relation.row_count is None:
        return "rows not counted"
    if relation.row_count_is_exact:
        return f"{relation.row_count:,} row{'' if relation.row_count == 1 else 's'}"
    return f"{'about' if relation.kind == 'table' else 'more than'} {relation.row_count:,} rows"


def _column(column: ColumnSchema, detail: Detail) -> str:
    """Return the line about one column."""
    facts = [code(column.name)]
    if detail == Detail.ALL:
        facts += [plain(column.type), "key" if column.key else ""]
    facts.append(f"→ {code(column.references)}" if column.references else "")
    description = column.description if detail == Detail.ALL else first_clause(column.description)
    words = [" ".join(filter(None, facts)) + (":" if description else ""), plain(description)]
    words += [_examples(column, detail), _paths(column.json_paths, _LIMITS[detail].paths)]
    return f"- {' '.join(filter(None, words))}\n"


def _has_values(column: ColumnSchema) -> bool:
    """Return whether the column has values or paths that help to write a query."""
    is_named = _NAMED_VALUE.search(first_clause(column.description))
    return bool(column.json_paths or is_named or _examples(column, Detail.VALUES))


def _examples(column: ColumnSchema, detail: Detail) -> str:
    """Return the sentence with the column's examples; "" if they are of no use."""
    if not column.examples or (detail < Detail.ALL and _needs_no_examples(column)):
        return ""
    limits = _LIMITS[detail]
    shown = [_value(value, limits.longest) for value in column.examples[: limits.values]]
    most = limits.characters if column.complete else min(limits.characters, _SAMPLED_CHARACTERS)
    while detail < Detail.ALL and len(shown) > 1 and sum(map(len, shown)) > most:
        shown.pop()
    more = len(column.examples) - len(shown)
    lead = "All its values:" if column.complete else "E.g."
    return f"{lead} {', '.join(shown)}{f' and {more} more' if more and column.complete else ''}."


def _needs_no_examples(column: ColumnSchema) -> bool:
    """Return whether examples are not worth their room: a number, an id, a time, or values in the description."""
    if column.json_paths or (not column.complete and len(column.examples) == 1 and _UNINFORMATIVE.search(column.name)):
        return True
    description = first_clause(column.description)
    return all(not isinstance(value, str) or f"'{value}'" in description for value in column.examples)


def _value(value: object, longest: int) -> str:
    """Return a value as code, cut to `longest` characters."""
    text = repr(value) if isinstance(value, str) and not value.strip() else str(value)
    return code(text if len(text) <= longest else f"{text[:longest]}…")


def _paths(paths: Sequence[str], limit: int) -> str:
    """Return the sentence with the first JSON paths and the number of the others."""
    if not paths:
        return ""
    more = f" and {len(paths) - limit} more" if len(paths) > limit else ""
    shown = sorted(paths, key=_last_shown)[:limit] if more else paths
    return f"JSON: {', '.join(map(code, shown))}{more}."


def _last_shown(path: str) -> tuple[bool, bool]:
    """Return the order of a path where not all have room: what agents ask for, then what lies at the top."""
    return not _ASKED_FOR.search(path), path.count(".") > 1


def code(text: str) -> str:
    """Return the text as inline code on one line, whatever characters it contains."""
    shown = visible(text)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    pad = " " if "`" in shown or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def plain(text: str) -> str:
    """Return the text on one line with its markup escaped, except `_`, which is no markup within names."""
    return _MARKUP.sub(r"\\\g<0>", visible(text))
