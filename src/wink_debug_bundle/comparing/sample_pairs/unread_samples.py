"""Count what may have been a sample, and is too damaged to say so."""

from __future__ import annotations

from importlib.resources import files

from .open_side import OpenSide


def count_unread(side: OpenSide, evaluation: str | None) -> int:
    """Return how many zips and runs are damaged so much that nothing says which sample they belong to.

    Args:
        side: An open bundle.
        evaluation: The chosen evaluation; what belongs to no evaluation may belong to this one.
    """
    sql = files(__package__).joinpath("sql", "unread_samples.sql").read_text("utf-8")
    if not any(side.rows("SELECT 1 FROM pragma_table_info('artifacts') WHERE name = 'evaluation'")):
        sql = sql.replace("artifacts.evaluation", "NULL")  # bundles of earlier releases
    [[count]] = side.rows(sql, {"evaluation": evaluation})
    return int(count)
