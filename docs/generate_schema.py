"""Write `docs/schema.md`: every table, view, column and index of a bundle, and the ready queries, from the SQL files.

python docs/generate_schema.py            write the page
python docs/generate_schema.py --check    exit with 1 if the page is not what would be written
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from wink_debug_bundle.database.describe import Column, Relation, describe_schema
from wink_debug_bundle.database.schema import SCHEMA_VERSION
from wink_debug_bundle.explore.ready_queries import ReadyQuery, ready_queries

PAGE = Path(__file__).with_name("schema.md")

INTRODUCTION = f"""\
# What lies in a bundle

A bundle is one SQLite file, schema version {SCHEMA_VERSION}. This page is generated from the SQL files that create it, by
`docs/generate_schema.py`. The same sentences stand in the bundle itself: `SELECT sql FROM sqlite_schema`.

An arrow leads to the column that a foreign key points to; every such reference holds. JSON columns hold JSON that
SQLite's `json_*` functions accept.
"""


def page() -> str:
    """The text of the page."""
    relations = describe_schema()
    parts = [INTRODUCTION, *_contents(relations)]
    for kind, title in (("table", "Tables"), ("view", "Views")):
        parts.append(f"## {title}\n")
        parts += [_relation(relation) for relation in relations if relation.kind == kind]
    parts.append("## Ready queries\n")
    parts.append("Datasette lists them. Each `:name` is a parameter; it may be left empty.\n")
    parts += [_query(query) for query in ready_queries()]
    return "\n".join(parts)


def _contents(relations: tuple[Relation, ...]) -> Iterator[str]:
    yield "| Name | What it holds |\n| --- | --- |"
    for relation in relations:
        yield f"| [`{relation.name}`](#{relation.name}) | {_cell(relation.description)} |"
    yield ""


def _relation(relation: Relation) -> str:
    lines = [f"### `{relation.name}`", "", f'<a id="{relation.name}"></a>{relation.description}', ""]
    lines += ["| Column | Type | Meaning |", "| --- | --- | --- |"]
    lines += [f"| `{column.name}` | {_type(column)} | {_cell(_meaning(column))} |" for column in relation.columns]
    if relation.indexes:
        lines += ["", "| Index | On | For |", "| --- | --- | --- |"]
        lines += [
            f"| `{index.name}` | `{', '.join(index.columns)}` | {_cell(index.description)} |"
            for index in relation.indexes
        ]
    return "\n".join([*lines, ""])


def _type(column: Column) -> str:
    words = [column.type, "PRIMARY KEY" if column.key_position else "", "NOT NULL" if column.not_null else ""]
    return " ".join(word for word in words if word)


def _meaning(column: Column) -> str:
    if column.references is None:
        return column.description
    target = column.references
    return f"{column.description} → [`{target.table}.{target.column}`](#{target.table})"


def _query(query: ReadyQuery) -> str:
    return f"### {query.title}\n\n`{query.name}`: {query.description}\n\n```sql\n{query.sql}\n```\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write or check the page; the exit code says whether it was as it should be."""
    parser = argparse.ArgumentParser(description="Write docs/schema.md")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if the page is out of date")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE} is out of date; run: python {Path(__file__)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
