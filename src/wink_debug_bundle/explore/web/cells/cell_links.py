"""Know which column leads where: by the foreign keys of the schema, and by a short list of names in views and queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..datasette_release import tilde_encode


class Target(NamedTuple):
    """A kind of row that the values of a column name.

    Attributes:
        table: The table that has the rows.
        key: The column that has the values.
        label: SQL for a short text that says more about a row than its key; NULL for none.
        page: The part of the row's address between the bundle and the key.
    """

    table: str
    key: str
    label: str
    page: str

    def address(self, bundle: str, value: object) -> str:
        """Return the address of the row's page."""
        return f"/{tilde_encode(bundle)}/{self.page}/{tilde_encode(str(value))}"


class CellLink(NamedTuple):
    """Where a column leads.

    Attributes:
        target: What it leads to; None if that differs from row to row.
        key_column: The column of the same row whose value is the key.
        table_column: The column of the same row that names the table, if there is no target.
    """

    target: Target | None
    key_column: str
    table_column: str = ""

    def target_in(self, table: object) -> Target | None:
        """Return the target in a row whose column for the table has this value."""
        return self.target or _TARGETS.get(str(table))


Outgoing = Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]]
"""The references of all tables, as Datasette has them."""

_RUN = Target("runs", "id", "coalesce(sample_id, bundle_id)", "run")
_FILE = Target("files", "id", "path", "file")
_ARTIFACT = Target("artifacts", "id", "path", "artifacts")
_SESSION = Target("sessions", "session_id", "NULL", "sessions")
_CALL = Target("calls", "id", "tool_name", "calls")
_EVENT = Target("tool_invocations", "event_id", "tool_name", "tool_invocations")

_TARGETS = {
    target.table: target
    for target in (
        _RUN,
        _FILE,
        _ARTIFACT,
        _SESSION,
        _CALL,
        _EVENT,
        Target("blobs", "sha256", "size_bytes || ' bytes'", "blob"),
        Target("entries", "id", "entry_type", "entries"),
        Target("failures", "id", "signature", "failures"),
        Target("logs", "id", "coalesce(nullif(event, ''), level)", "logs"),
        Target("problems", "id", "kind", "problems"),
        Target("prompt_events", "event_id", "prompt_name", "prompt_events"),
        Target("slice_items", "id", "item_type", "slice_items"),
        Target("snapshots", "id", "created_at", "snapshots"),
    )
}

_NAMES = {
    "entry_id": "entries",
    "event_id": "tool_invocations",
    "example_id": "failures",
    "example_run_id": "runs",
    "file_id": "files",
    "first_call_id": "calls",
    "last_call_id": "calls",
    "payload_session_id": "sessions",
    "problem_id": "problems",
    "root_session_id": "sessions",
    "sha256": "blobs",
    "slowest_call_id": "calls",
    "slowest_run_id": "runs",
    "tool_call_id": "calls",
}
"""Names that views and queries give to ids, and columns that refer to a table without a foreign key."""

_TABLE_COLUMNS = {"row_key": "found_in", "row_id": "table_name"}
"""Columns with keys of several tables, and the columns that name the table."""

_OTHER_MEANINGS = {"id", "call_id", "archive_id"}
"""Names of foreign keys that mean something else in other tables: their own key, a provider's id, a zip's name."""

_OWN_KEYS = {
    "current_slice_items": "slice_items",
    "last_snapshots": "snapshots",
    "tool_calls": "calls",
    "transcript_entries": "entries",
}
"""Views whose column `id` is the key of a table; all views of slice classes have the id of an item."""

_BESIDE = {
    ("files", "path"): CellLink(_FILE, "id"),
    ("failed_runs", "path"): CellLink(_ARTIFACT, "run_id"),
    ("runs", "bundle_id"): CellLink(_RUN, "id"),
    ("runs", "path"): CellLink(_ARTIFACT, "id"),
    ("runs", "sample_id"): CellLink(_RUN, "id"),
    ("sample_results", "path"): CellLink(_ARTIFACT, "run_id"),
}
"""Columns of a table that are shown as links to what another column of their row names."""


class ColumnLinks:
    """What the columns of a bundle's tables, views and queries lead to."""

    def __init__(self, references: Outgoing) -> None:
        self._of_tables: dict[tuple[str, str], Target] = {}
        by_name: dict[str, set[str]] = {}
        for table, found in references.items():
            for reference in found["outgoing"]:
                column, other = reference["column"], reference["other_table"]
                by_name.setdefault(column, set()).add(other)
                if other in _TARGETS and reference["other_column"] == _TARGETS[other].key:
                    self._of_tables[table, column] = _TARGETS[other]
        agreed = {name: others.pop() for name, others in by_name.items() if len(others) == 1}
        self._by_name = {
            name: _TARGETS[table]
            for name, table in {**agreed, **_NAMES}.items()
            if table in _TARGETS and name not in _OTHER_MEANINGS
        }

    def of(self, table: str | None, columns: Collection[str]) -> dict[str, CellLink]:
        """Return the links of a page's columns, by their names; `table` is None for a query."""
        found = {}
        for column in columns:
            if link := self._link(table, column, columns):
                found[column] = link
        return found

    def _link(self, table: str | None, column: str, columns: Collection[str]) -> CellLink | None:
        beside = _BESIDE.get((table or "", column))
        if beside and beside.key_column in columns:
            return beside
        if _TABLE_COLUMNS.get(column) in columns:
            return CellLink(None, column, _TABLE_COLUMNS[column])
        if column == "sample_id" and "run_id" in columns:
            return CellLink(_RUN, "run_id")
        if column == "id":
            target = _TARGETS.get(_own_key(table))
        else:
            target = self._of_tables.get((table or "", column)) or self._by_name.get(column)
        is_own_key = target and (target.table, target.page) == (table, table) and target.key == column
        return CellLink(target, column) if target and not is_own_key else None


def _own_key(view: str | None) -> str:
    """Return the table whose ids the column `id` of a view holds; an empty name if it is not known."""
    if view and view.startswith("slice_") and view not in {"slice_items", "slice_views"}:
        return "slice_items"
    return _OWN_KEYS.get(view or "", "")
