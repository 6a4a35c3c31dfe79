"""Write `docs/schema.md`: every table, view, column and index of a bundle, and the saved queries, from the SQL files.

python docs/generate_schema.py            write the page
python docs/generate_schema.py --check    exit with 1 if the page is out of date
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from wink_debug_bundle.database.catalog import Column, Relation, describe_schema
from wink_debug_bundle.database.schema_files import SCHEMA_VERSION, SHARED_TABLES
from wink_debug_bundle.database.slices.slice_names import view_names
from wink_debug_bundle.database.slices.slice_views import SliceClass, slice_view_sql
from wink_debug_bundle.explore.saved_queries import SavedQuery, saved_queries

PAGE = Path(__file__).with_name("schema.md")

INTRODUCTION = f"""\
# Schema of a bundle

A bundle is one SQLite file, schema version {SCHEMA_VERSION}. `docs/generate_schema.py` writes this page from the SQL files
that create a bundle. The bundle itself contains the same descriptions: `SELECT sql FROM sqlite_schema`.

An arrow (→) names the column that a foreign key refers to; the row it refers to always exists. JSON columns contain JSON
that SQLite's `json_*` functions accept.

The last column of the tables says what [`redact`](redaction.md) does with the values: `keep` leaves them, `text`, `json` and `path`
replace the secrets in them (the profile `strict` drops those of `text` and `json` whole), `rehash` computes them again or
drops them where what they follow from changes.
"""

SHARED_TEXT = """\
## Bundles that share text

`create --share-text` stores equal texts of files once. `files` is then a view with the columns and rows of the table above,
and these tables have its rows. The indexes of `files` are those of `file_entries`.
"""

SLICE_VIEWS = """\
## Views of slice classes

A build adds a view for each of the first 1,000 slice classes that it finds, with columns for the keys that items of the
class have, within the limits below; [`slice_views`](#slice_views) lists the classes. They read `slice_items`; nothing is stored twice.

- **Names.** `slice_` and the name of the class: `travel.itinerary:Plan` is `slice_Plan`. If several classes have the same
  name, regardless of case, all of them get as many of their modules before it as make the names distinct:
  `slice_itinerary_Plan` and `slice_billing_Plan`. So does a class whose view would have the name of a table of this page
  (`Items`). `Outer.Inner` and `f.<locals>.Inner` are `slice_Inner`, `Box[int]` is `slice_Box_int`. Classes that their
  modules do not distinguish get numbers.
- **Rows.** Each item of each snapshot. `WHERE is_current` selects those of the last snapshot of each session.
- **Leading columns.** `id`, `run_id`, `session_id`, `snapshot_id`, `is_current`, `item_index`. The keys follow in the order
  of their characters; `__type__` and similar keys are last.
- **Columns of keys** have the name of the key; quote a name that is not a plain word. The name is `payload_` and the key
  (`payload_session_id`) if the key is that of a leading column or `payload`, regardless of case, and for `true`, `false`
  and the empty key. Keys that differ only in case get numbers (`Name`, `name_2`). Invisible characters become `_`.
- **Values.** Text is unchanged, and so are integers within 64 bits; SQLite's JSON functions round larger integers, and
  other numbers to a double, while `slice_items.payload` has all their digits. `true` and `false` are 1 and 0, objects and arrays are JSON. A value is NULL
  if the item lacks the key, or has `null`. Text with a NUL character ends there, because SQLite's JSON functions cut it.
  DuckDB gives all values as text, and those of the empty key and of keys with quotes or backslashes as JSON.
- **`payload`**, the whole item, is the last column if some item is not an object or some key has no column. A view has
  at most 1,993 columns for keys, all views together 20,000; a key of over 300 characters or with a NUL character has none.
  At most 1,000 classes have views.

`database/slices/slice_views.py` makes the text of the views from `database/slices/slice_view.sql`. For example:
"""

EXAMPLE = SliceClass("travel.itinerary:Plan", ("notes", "start", "steps"), key_count=3, has_others=False)


def page() -> str:
    """Return the text of the page."""
    relations = describe_schema()
    parts = [INTRODUCTION, *_contents(relations)]
    for kind, title in (("table", "Tables"), ("view", "Views")):
        parts.append(f"## {title}\n")
        parts += [_relation(relation) for relation in relations if relation.kind == kind]
    parts.append(SHARED_TEXT)
    shared = describe_schema(shares_text=True)
    parts += [_relation(relation) for relation in shared if relation.name in SHARED_TABLES]
    parts += [SLICE_VIEWS, f"```sql\n{_slice_view()}```\n"]
    parts.append("## Saved queries\n")
    parts.append(
        "`query --list` and Datasette list them, `query --name` runs one. Each `:name` is an optional parameter.\n"
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
    is_table = relation.kind == "table"
    word, line = (" Redaction |", " --- |") if is_table else ("", "")
    lines += [f"| Column | Type | Meaning |{word}", f"| --- | --- | --- |{line}"]
    lines += [
        f"| `{column.name}` | {_type(column)} | {_cell(_meaning(column))} |{f' {column.redaction} |' if is_table else ''}"
        for column in relation.columns
    ]
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
    meanings = "".join(f"- `{name}`: {meaning}\n" for name, meaning in query.meanings.items())
    about = "\n\n".join(filter(None, (f"`{query.name}` ({query.theme}): {query.description}", meanings)))
    return f"### {query.title}\n\n{about}\n\n```sql\n{query.sql}\n```\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write the page, or check it; return the exit code, 1 if it is out of date."""
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
