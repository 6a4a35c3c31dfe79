"""Turn SQLite's errors into the project's own, with a message that says what was wrong."""

from __future__ import annotations

import sqlite3

from ..database.connection import is_damage
from ..errors import BundleError, BundleQueryError, DamagedBundleError

_REFUSALS = ("not authorized", "authorization denied", "prohibited", "unsafe use", "too many attached")


def query_error(error: Exception, advice: str = "") -> BundleError:
    """Return the project's own error for a failed query: a damaged bundle, a wrong query, or too little memory.

    `advice` is added to the message where the query is wrong.
    """
    text = str(error)
    if isinstance(error, sqlite3.Error) and is_damage(error):
        return DamagedBundleError(f"the bundle is damaged: {text}")
    if isinstance(error, MemoryError):
        return BundleQueryError("the query needs more memory than it may have")
    if isinstance(error, sqlite3.DataError) and "too big" in text:
        return BundleQueryError(
            "the query makes a value longer than any that the bundle can hold (string or blob too big)"
        )
    if any(refusal in text for refusal in _REFUSALS):
        return BundleQueryError(f"the query was refused: a bundle can only be read ({text}){advice}")
    return BundleQueryError(text + advice)
