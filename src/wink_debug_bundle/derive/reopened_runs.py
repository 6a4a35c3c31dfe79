"""Find the runs that were settled too early, because another artifact has one of their events as well."""

from __future__ import annotations

import apsw
import orjson

from ..run_rows import CallFragmentRow
from .sql_files import derive_sql

_FRAGMENT_COLUMNS = ", ".join(CallFragmentRow._fields)
_FRAGMENT_VALUES = ", ".join(
    f"?{number}" + ("+?" + str(len(CallFragmentRow._fields) + 1) if name.endswith("_log_id") else "")
    for number, name in enumerate(CallFragmentRow._fields, 1)
)
_INSERT = f"INSERT INTO call_fragments ({_FRAGMENT_COLUMNS}) VALUES ({_FRAGMENT_VALUES})"


def settled_runs(connection: apsw.Connection) -> dict[int, int]:
    """Return the ids of settled runs, each with the number of its prompt descriptors that are incomplete."""
    return dict(connection.execute("SELECT run_id, incomplete_prompts FROM settled_runs"))


def reopen_runs(connection: apsw.Connection) -> None:
    """Delete what was settled of these runs, and give them their call fragments back.

    An event belongs to the artifact that has it first, so these runs have fewer events in the bundle than they were read
    with. The other artifact may be read by another process, so this is known only when all artifacts are loaded.

    Raises:
        apsw.Error: the rows could not be written.
    """
    repeated = connection.execute(derive_sql("repeated_events")).fetchall()
    for run_id, log_id, fragments in repeated:
        connection.executemany(_INSERT, [(*fragment, log_id) for fragment in orjson.loads(fragments)])  # type: ignore[arg-type]
        connection.execute(derive_sql("reopen_run"), {"run_id": run_id})
    if repeated:
        connection.execute("DELETE FROM calls WHERE run_id NOT IN (SELECT run_id FROM settled_runs)")
