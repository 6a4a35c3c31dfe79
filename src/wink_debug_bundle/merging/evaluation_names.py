"""Name the evaluations of a merged bundle: a part of them may not have shown that there are several."""

from __future__ import annotations

import apsw

from ..derive.evaluations import derive_evaluations
from ..derive.sql_files import derive_sql

_HAS_LABELS = """
SELECT EXISTS (
    SELECT 1 FROM artifacts
    WHERE evaluation IS NOT NULL
        AND evaluation <> '.'
        AND instr('/' || replace(path, '!', '/') || '/', '/' || evaluation || '/') = 0
)
"""
"""Whether an evaluation has another name than a folder that its artifacts are in: a label that somebody gave."""

_FORGET = "UPDATE artifacts SET evaluation = NULL WHERE evaluation IS NOT NULL"


def name_evaluations(connection: apsw.Connection) -> None:
    """Tell evaluations apart by all folders together, unless somebody gave labels, which stay.

    Raises:
        apsw.Error: the rows could not be written.
    """
    has_labels: int = connection.execute(_HAS_LABELS).get
    if has_labels:
        pass_evaluations_on(connection)
        return
    connection.execute(_FORGET)
    connection.execute("UPDATE runs SET evaluation = NULL WHERE evaluation IS NOT NULL")
    derive_evaluations(connection, {})


def pass_evaluations_on(connection: apsw.Connection) -> None:
    """Give runs and sessions the evaluations of their artifacts, which keep theirs.

    Raises:
        apsw.Error: the rows could not be written.
    """
    connection.execute(derive_sql("evaluations"))
