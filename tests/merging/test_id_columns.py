"""Every column of the schema is known to a merge: as an id that is shifted, or as a value that is copied."""

from __future__ import annotations

import pytest

from wink_debug_bundle.database.catalog import Relation, describe_schema
from wink_debug_bundle.database.schema_files import TABLES
from wink_debug_bundle.merging.id_columns import ID_COLUMNS, NEW_TABLES, OWNER, SHARED_TABLES

RELATIONS = {relation.name: relation for relation in describe_schema() if relation.kind == "table"}

NUMBERS = {
    "artifacts": "size_bytes record_count problem_count member is_exact is_folder archive_member",
    "calls": "success ends_before_start",
    "duplicate_lines": "first last original",
    "entries": "block sequence_number is_error input_tokens output_tokens cached_tokens cache_write_tokens is_inner",
    "files": "size_bytes is_binary member mode",
    "ledger": "first last offset length",
    "line_forms": "first last is_ascii",
    "logs": "line",
    "problems": "line offset last_line",
    "prompt_events": "char_count tool_count input_tokens output_tokens total_tokens cached_tokens item_index",
    "raw_records": "line",
    "run_members": "member size_bytes is_json",
    "runs": "attempt input_tokens output_tokens cached_tokens total_tokens prompt_count passed latency_ms"
    " filesystem_truncated log_count entry_count tool_call_count failed_call_count file_count problem_count"
    " ends_before_start",
    "slice_items": "item_index",
    "snapshots": "slice_count item_count line",
    "tool_invocations": "result_success input_tokens output_tokens cached_tokens item_index",
    "zip_parts": "offset length",
}
"""The columns of each table with integers that are no ids. A new column belongs here, or into `ID_COLUMNS`."""


def referenced(relation: Relation) -> dict[str, str]:
    """Return the columns with foreign keys to ids, and the tables whose rows these count."""
    keys = {column.name: column.references for column in relation.columns}
    return {
        name: "artifacts" if key.table == "runs" else key.table
        for name, key in keys.items()
        if key is not None and key.column == "id"
    }


def test_every_table_is_copied_once_or_written_anew() -> None:
    """A new table has to be added to one of the lists, or its rows would be lost in silence."""
    assert sorted((*ID_COLUMNS, *SHARED_TABLES, *NEW_TABLES)) == sorted(TABLES)
    assert OWNER.keys() == ID_COLUMNS.keys()


@pytest.mark.parametrize("table", ID_COLUMNS)
def test_every_foreign_key_to_an_id_is_shifted(table: str) -> None:
    """The schema says which rows a column names."""
    assert referenced(RELATIONS[table]).items() <= ID_COLUMNS[table].items()


@pytest.mark.parametrize("table", ID_COLUMNS)
def test_every_other_integer_is_a_number(table: str) -> None:
    """A column with ids that declares no foreign key would be noticed as an integer that is not listed."""
    integers = {column.name for column in RELATIONS[table].columns if column.type == "INTEGER"}
    assert integers - ID_COLUMNS[table].keys() == set(NUMBERS.get(table, "").split())


@pytest.mark.parametrize("table", SHARED_TABLES)
def test_tables_that_are_not_shifted_have_no_ids(table: str) -> None:
    """Their keys mean the same in every bundle."""
    assert not referenced(RELATIONS[table])
    assert "id" not in {column.name for column in RELATIONS[table].columns}
