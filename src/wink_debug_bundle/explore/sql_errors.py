"""Turn SQLite's errors into the project's own, with a message that says what was wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..database.connection import is_damage, is_temporary, temporary_folder
from ..errors import BundleError, BundleQueryError, DamagedBundleError

_REFUSALS = ("not authorized", "authorization denied", "prohibited", "unsafe use", "too many attached")


def query_error(error: Exception, advice: str = "") -> BundleError:
    """Return the project's own error for a failed query: a damaged bundle, a wrong query, or too little memory.

    `advice` is added to the message where the query is wrong.
    """
    text = str(error)
    if isinstance(error, sqlite3.Error) and is_temporary(error):
        return BundleError(
            f"the folder for SQLite's temporary files, {temporary_folder()}, cannot be written to ({text}): "
            "free space there, or name another folder in the variable SQLITE_TMPDIR"
        )
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


@contextmanager
def sql_errors(path: Path | None = None, advise: Callable[[str], str] = lambda _: "") -> Iterator[None]:
    """Turn errors of SQLite in the block into errors of this package, and put the bundle's name before their messages.

    Args:
        path: The bundle. Without it the message has no name, and a block further out can add it.
        advise: Returns what to add to SQLite's message about a query.

    Raises:
        DamagedBundleError: the bundle is damaged.
        BundleQueryError: a query is wrong, was refused, or needs more memory than it may have; or a value is not UTF-8.
    """
    try:
        yield
    except (BundleQueryError, DamagedBundleError) as error:
        if path is None or error.names_bundle or str(error).startswith(f"{path}: "):
            raise
        raise _named(error, path) from error
    except UnicodeDecodeError as error:  # a name in the schema of a damaged bundle
        raise _named(DamagedBundleError(f"the bundle is damaged: {error}"), path) from error
    except UnicodeEncodeError as error:  # a name or value that somebody gave
        raise _named(BundleQueryError(f"{error.object[:80]!r} is not text in UTF-8"), path) from error
    except (sqlite3.Error, sqlite3.Warning, MemoryError) as error:
        raise _named(query_error(error, advise(str(error))), path) from error


def _named(error: BundleError, path: Path | None) -> BundleError:
    if path is None:
        return error
    named = type(error)(f"{path}: {error}")
    named.names_bundle = True
    return named
