"""Copy a bundle into a private file, in which redaction changes rows before a clean file is made of it."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import apsw

from ..database.connection import open_alone, open_unlocked
from ..database.quoting import quoted
from ..database.schema_files import table_sql, tables_of, view_sql, views_of
from ..database.schema_renewal import digests_of, store_digests
from ..database.search_index import drop_search_index
from ..database.table_digests import whole_digest
from ..database.writing import transaction
from ..errors import InvalidBundleError
from ..merging.merge_progress import handle_signals
from ..pipeline.publishing.write_errors import system_errors
from ..processes.meanwhile import IsStopped, meanwhile
from ..rows import DigestRow
from .passes.scan_settings import Message

_BLOCK = 1 << 24


@contextmanager
def copied_meanwhile(database: Path, target: Path) -> Iterator[None]:
    """Copy a database into a new file that only its owner can read, while the block runs; wait for the copy after it.

    Raises:
        OSError: it cannot be read or written.
    """
    with meanwhile(partial(_copy, database, target)) as copied:
        yield
        copied.result()


def _copy(database: Path, target: Path, is_stopped: IsStopped) -> None:
    """Copy a database, unless it is not needed any more."""
    source = os.open(database, os.O_RDONLY | os.O_CLOEXEC)
    try:
        output = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            left = os.fstat(source).st_size
            while left and not is_stopped():
                if not (count := os.sendfile(output, source, None, min(left, _BLOCK))):
                    break
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


def write_clean(connection: apsw.Connection, copy: Path, output: Path) -> str:
    """Write a file without anything that the copy does not show, and with the digests of its tables; return the whole digest.

    Raises:
        OSError: it could not be read or written.
        apsw.Error: the same, as SQLite says it.
    """
    with transaction(connection):
        connection.execute("DELETE FROM digests")
    with meanwhile(partial(_digests_of, copy)) as hashed:
        connection.execute("VACUUM INTO ?", (str(output),))
        digests = hashed.result()
    with closing(open_alone(output)) as clean, system_errors(clean), transaction(clean):
        store_digests(clean, digests)
    return whole_digest(digests)


def _digests_of(copy: Path, is_stopped: IsStopped) -> list[DigestRow]:
    with closing(open_unlocked(copy)) as connection:
        return digests_of(connection, is_stopped)


def spooled(messages: Iterable[Message], folder: Path) -> Iterator[Message]:
    """Yield the messages when all of them are there: what they are about may be read until then."""
    with tempfile.TemporaryFile(dir=folder) as file:
        for message in messages:
            pickle.dump(message, file)
        end = file.tell()
        file.seek(0)
        while file.tell() < end:
            yield pickle.load(file)  # noqa: S301 - written by this process
