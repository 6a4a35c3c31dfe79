"""Load the SQL files of this package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def merging_sql(name: str) -> str:
    """Return the text of `sql/{name}.sql`."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
