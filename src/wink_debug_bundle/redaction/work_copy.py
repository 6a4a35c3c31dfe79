"""Copy a bundle into a private file, in which redaction changes rows before a clean file is made of it."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import apsw

from ..database.connection import open_alone
from ..database.quoting import quoted
from ..database.schema_files import table_sql, tables_of, view_sql, views_of
from ..database.search_index import drop_search_index
from ..errors import InvalidBundleError
from ..merging.merge_progress import handle_signals
from .passes.scan_settings import Message

_BLOCK = 1 << 24


def copy_bundle(database: Path, target: Path) -> None:
    """Copy a database into a new file that only its owner can read.

    Raises:
        OSError: it cannot be read or written.
    """
    source = os.open(database, os.O_RDONLY | os.O_CLOEXEC)
    try:
        output = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            left = os.fstat(source).st_size
            while left and (count := os.sendfile(output, source, None, min(left, _BLOCK))):
                left -= count
        finally:
            os.close(output)
    finally:
        os.close(source)


def open_copy(path: Path, *, shares_text: bool) -> apsw.Connection:
    """Open the copy of a bundle, without its search index and with this release's own words in its schema.

    Comments in the schema of a stranger's bundle could say anything.

    Raises:
        InvalidBundleError: its text is not UTF-8.
    """
    connection = open_alone(path)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.pragma("trusted_schema", 0)
    connection.pragma("foreign_keys", 0)
    handle_signals(connection)
    if connection.pragma("encoding") != "UTF-8":
        raise InvalidBundleError("its text is not UTF-8")
    drop_search_index(connection)
    for name in views_of(shares_text=shares_text):
        connection.execute(f"DROP VIEW IF EXISTS {quoted(name)}")
    connection.pragma("writable_schema", 1)
    for name in tables_of(shares_text=shares_text):
        sql = table_sql(name).rstrip().removesuffix(";")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (sql, name))
    connection.pragma("writable_schema", "reset")
    for name in views_of(shares_text=shares_text):
        connection.execute(view_sql(name))
    return connection


def spooled(messages: Iterable[Message], folder: Path) -> Iterator[Message]:
    """Yield the messages when all of them are there: what they are about may be read until then."""
    with tempfile.TemporaryFile(dir=folder) as file:
        for message in messages:
            pickle.dump(message, file)
        end = file.tell()
        file.seek(0)
        while file.tell() < end:
            yield pickle.load(file)  # noqa: S301 - written by this process
