"""Write SQL of SQLite, as the views and saved queries of bundles have it, as DuckDB takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PARTS = re.compile(r"(--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")", re.DOTALL)
"""Comments, texts and quoted names, in which nothing is changed."""

_PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_CHARACTER = re.compile(r"\bchar\(", re.IGNORECASE)
_IS_NOT = re.compile(r"\bIS\s+NOT\s+(?!NULL\b|TRUE\b|FALSE\b|DISTINCT\b)", re.IGNORECASE)
_IS = re.compile(r"\bIS\s+(?!NOT\b|NULL\b|TRUE\b|FALSE\b|DISTINCT\b)", re.IGNORECASE)

MACROS = (
    "CREATE OR REPLACE MACRO iif(condition, one, other) AS CASE WHEN condition THEN one ELSE other END",
    (
        "CREATE OR REPLACE MACRO length(value) AS CASE WHEN typeof(value) = 'BLOB' THEN octet_length(CAST(value AS BLOB))"
        " ELSE len(CAST(value AS VARCHAR)) END"
    ),
    (  # SQLite counts milliseconds; 210866760000000 of them before 1970
        "CREATE OR REPLACE MACRO julianday(moment) AS"
        " (210866760000000 + round(epoch_us(TRY_CAST(moment AS TIMESTAMPTZ)) / 1000.0)) / 86400000.0"
    ),
)
"""Functions that DuckDB does not have as SQLite has them."""

_UNARY_PLUS = re.compile(r"(?<=\s)\+(?=[A-Za-z_])")
"""The sign that keeps SQLite from using an index. Our SQL has blanks on both sides of the other plus."""


def in_duckdb(sql: str) -> str:
    """Return SQL with `$name` for the parameter `:name`, and `IS NOT DISTINCT FROM` where SQLite compares by `IS`."""
    return "".join(_rewritten(sql))


def ours_in_duckdb(sql: str) -> str:
    """Return SQL of a view or a saved query as DuckDB takes it."""
    parts = _PARTS.split(in_duckdb(sql))
    return "".join(part if place % 2 else _UNARY_PLUS.sub("", part) for place, part in enumerate(parts))


def parameters_of(sql: str) -> set[str]:
    """Return the names of the parameters in SQL of SQLite."""
    code = _PARTS.split(sql)[::2]
    return {name for part in code for name in _PARAMETER.findall(part)}


def _rewritten(sql: str) -> Iterator[str]:
    for place, part in enumerate(_PARTS.split(sql)):
        if place % 2:
            yield part
            continue
        named = _CHARACTER.sub("chr(", _PARAMETER.sub(r"$\1", part))
        yield _IS.sub("IS NOT DISTINCT FROM ", _IS_NOT.sub("IS DISTINCT FROM ", named))
