"""Write `docs/schema.md`: every table, view, column and index of a bundle, and the ready queries, from the SQL files.

python docs/generate_schema.py            write the page
python docs/generate_schema.py --check    exit with 1 if the page is not what would be written
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from wink_debug_bundle.database.catalog import Column, Relation, describe_schema
from wink_debug_bundle.database.schema_files import SCHEMA_VERSION
from wink_debug_bundle.database.slice_names import view_names
from wink_debug_bundle.database.slice_views import SliceClass, slice_view_sql
from wink_debug_bundle.explore.saved_queries import SavedQuery, saved_queries

PAGE = Path(__file__).with_name("schema.md")

INTRODUCTION = f"""\
# What lies in a bundle

A bundle is one SQLite file, schema version {SCHEMA_VERSION}. This page is generated from the SQL files that create it, by
`docs/generate_schema.py`. The same sentences stand in the bundle itself: `SELECT sql FROM sqlite_schema`.

An arrow leads to the column that a foreign key points to; every such reference holds. JSON columns hold JSON that
SQLite's `json_*` functions accept.
"""

SLICE_VIEWS = """\
## Views of slice classes

A build adds a view for each slice class that it finds, with a column for each key that any item of the class
has; [`slice_views`](#slice_views) lists them. They read `slice_items`; nothing is stored twice.

- **Names.** `slice_` and the name of the class: `travel.itinerary:Plan` is `slice_Plan`. Classes of the same name, in
  whichever case, get as much of their modules before it as tells them apart, all of them: `slice_itinerary_Plan` and
  `slice_billing_Plan`. So does a class whose name makes that of a table here (`Items`). `Outer.Inner` and
  `f.<locals>.Inner` are `slice_Inner`, `Box[int]` is `slice_Box_int`. Classes that no module tells apart get numbers.
- **Rows.** Each item of each snapshot; `WHERE is_current` leaves the last snapshot of each session.
- **Leading columns.** `id`, `run_id`, `session_id`, `snapshot_id`, `is_current`, `item_index`; then the keys in the order of
  their characters, `__type__` and its like last.
- **Columns of keys** are called as the key is, whatever it is; quote those that are no plain words. A key that is called
  as a leading column or `payload` is, in whichever case, has `payload_` before its name (`payload_session_id`), and so have `true`, `false` and the empty key.
  Keys that differ in nothing but case get numbers (`Name`, `name_2`). Characters that cannot be seen become `_`.
- **Values.** Text and numbers as they are, `true` and `false` as 1 and 0, objects and arrays as JSON; NULL where the
  item has no such key, or `null`. Text with a NUL in it ends there: SQLite's JSON functions cut it.
- **`payload`**, the whole item, is the last column where some item is no object or some key has no column: a view has
  1,993 columns for keys at most, all views together 20,000, and a key of over 300 characters or with a NUL has none.
  There are views for 1,000 classes at most.

The text is made by `database/slice_views.py` from `database/slice_view.sql`. For example:
"""

EXAMPLE = SliceClass("travel.itinerary:Plan", ("notes", "start", "steps"), key_count=3, has_others=False)


def page() -> str:
    """The text of the page."""
    relations = describe_schema()
    parts = [INTRODUCTION, *_contents(relations)]
    for kind, title in (("table", "Tables"), ("view", "Views")):
        parts.append(f"## {title}\n")
        parts += [_relation(relation) for relation in relations if relation.kind == kind]
    parts += [SLICE_VIEWS, f"```sql\n{_slice_view()}```\n"]
    parts.append("## Ready queries\n")
    parts.append(
        "Datasette and `query --list` list them, `query --name` runs one. Each `:name` is a parameter; it may be left empty.\n"
    )
    parts += [_query(query) for query in saved_queries()]
    return "\n".join(parts)


def _slice_view() -> str:
    return slice_view_sql(view_names([EXAMPLE.slice_type], ())[EXAMPLE.slice_type], EXAMPLE)


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


def _query(query: SavedQuery) -> str:
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
