"""The SQL files beside this package's code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def derive_sql(name: str) -> str:
    """Return the text of the SQL file `name` (without its ending) that this package runs."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
