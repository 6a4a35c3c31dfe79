"""Find the SQL files of this room."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def following_sql(name: str) -> str:
    """Return the text of the SQL file with this name."""
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
