"""Copy the rows of one bundle into the merged one, with the ids that they get there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from ..database.connection import attach_bundle
from ..database.inserts.row_writer import insert_sql
from ..database.shared_text import FILES, TEXTS, has_shared_text, stored_table
from ..database.writing import transaction
from .id_columns import ID_COLUMNS, OWNER
from .merging_sql import merging_sql
from .overlap.held_twice import Share

_ARTIFACTS = "artifacts"

_CREATE_EXCLUDED = """
CREATE TEMP TABLE excluded (id INTEGER PRIMARY KEY, new_id INTEGER, new_path TEXT, has_row INTEGER NOT NULL)
"""

_COPY_SESSIONS = "INSERT OR IGNORE INTO main.sessions (session_id, parent_session_id, created_at, tags, source)"

_COPY_TEXTS = """
INSERT OR IGNORE INTO main.texts(sha256, content)
SELECT sha256, content FROM source.{table} WHERE content IS NOT NULL ORDER BY rowid
"""

_STAND_IN = """
CASE
    WHEN {column} IN (SELECT id FROM temp.excluded) THEN (SELECT new_id FROM temp.excluded WHERE id = {column})
    ELSE {column} + {base}
END
"""

Bases = Mapping[str, int]
"""What is added to the ids of a bundle's rows, by the table whose rows they count."""


@contextmanager
def attached(connection: apsw.Connection, path: Path) -> Iterator[None]:
    """Attach the bundle at `path` as `source`, for reading only."""
    attach_bundle(connection, path, "source")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("DETACH source")


def bases_of(connection: apsw.Connection, artifact_base: int) -> Bases:
    """Return what is added to the ids of the next bundle's rows: the highest id that the merged bundle has so far.

    Ids of artifacts are planned before any is copied, because one may name an artifact of a later bundle.
    """
    tables = {table for columns in ID_COLUMNS.values() for table in columns.values()} - {_ARTIFACTS}
    counted = {table: connection.execute(f"SELECT coalesce(max(id), 0) FROM main.{table}").get for table in tables}
    return {**counted, _ARTIFACTS: artifact_base}


def copy_rows(
    connection: apsw.Connection,
    share: Share,
    bases: Bases,
    stand_ins: Mapping[int, tuple[int, str]],
    *,
    is_first: bool,
) -> int:
    """Copy the rows of the bundle that is attached as `source`; return how many of its sessions are known already.

    The reason of a duplicate names the artifact that is imported now.

    Args:
        connection: The merged bundle under construction.
        share: What is copied.
        bases: What is added to ids.
        stand_ins: The new id and the path of what stands for each excluded artifact that has a stand-in.
        is_first: Whether the merged bundle has no rows yet.

    Raises:
        apsw.Error: a row could not be read or written.
    """
    connection.execute("DROP TABLE IF EXISTS temp.excluded")
    connection.execute(_CREATE_EXCLUDED)
    with transaction(connection):
        rows = [(each, *stand_ins.get(each, (None, None)), each in share.duplicates) for each in sorted(share.excluded)]
        connection.executemany("INSERT INTO temp.excluded VALUES (?, ?, ?, ?)", rows)
        for table in ID_COLUMNS:
            connection.execute(_copy_sql(connection, table, bases, is_whole=not rows))
        if rows:
            connection.execute(merging_sql("renamed_originals"), {"base": bases[_ARTIFACTS]})
        shared = [] if is_first else _shared_sessions(connection)
        connection.execute(f"{_COPY_SESSIONS} {_known_sessions()} ORDER BY rowid")
        connection.execute(merging_sql("copy_shared"))
        if has_shared_text(connection):
            connection.execute(_COPY_TEXTS.format(table=TEXTS if has_shared_text(connection, "source") else FILES))
        connection.executemany(insert_sql("sessions"), shared)
    return len(shared)


def _copy_sql(connection: apsw.Connection, table: str, bases: Bases, *, is_whole: bool) -> str:
    """Return the statement that copies the rows of a table, all of them if the bundle `is_whole`."""
    ids = ID_COLUMNS[table]
    target, source = stored_table(connection, table), stored_table(connection, table, "source")
    columns = [str(row[1]) for row in connection.execute(f"PRAGMA main.table_info({target})")]
    values = [f"{name} + {bases[ids[name]]}" if name in ids else name for name in columns]
    condition = ""
    if not is_whole:
        excluded = "SELECT id FROM temp.excluded"
        if table == _ARTIFACTS:
            excluded += " WHERE NOT has_row"
            place = columns.index("original_id")
            values[place] = _STAND_IN.format(column="original_id", base=bases[_ARTIFACTS])
        condition = f" WHERE coalesce({OWNER[table]} NOT IN ({excluded}), 1)"
    return f"INSERT INTO main.{target}({', '.join(columns)}) SELECT {', '.join(values)} FROM source.{source}{condition}"


def _shared_sessions(connection: apsw.Connection) -> Sequence[tuple[object, ...]]:
    """Return what the attached bundle knows of sessions that an earlier one has, too."""
    sql = f"SELECT * FROM ({_known_sessions()}) WHERE session_id IN (SELECT session_id FROM main.sessions)"
    return connection.execute(sql).fetchall()


def _known_sessions() -> str:
    """Return the query for what the attached bundle knows of its sessions, to be put into a statement."""
    return merging_sql("known_sessions").rstrip().removesuffix(";")
