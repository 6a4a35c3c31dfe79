"""Open bundles: with apsw for building, with Python's own sqlite3 for reading. No other module opens databases.

Readers use what every Python has, because a bundle must be readable without this package. The two libraries never have
the same file open in one process at the same time: closing a file in one of them drops the locks of the other
(sqlite.org/howtocorrupt.html, 2.2.1).
"""

from __future__ import annotations

import os
import shlex
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..bundle_files import APPLICATION_ID, DATABASE_START
from ..errors import BundleVersionError, DamagedBundleError, InvalidBundleError
from ..packing.private_copy import origin_of
from ..timestamps import utc
from .query_guard import allow_reading_only
from .schema_files import SCHEMA_VERSION

if TYPE_CHECKING:
    import apsw  # only builders need it; readers start without it

_APPLICATION_ID = int.from_bytes(APPLICATION_ID, "big")

SMALL_PAGE, LARGE_PAGE = 4096, 32768
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR}

_TEMPORARY = {
    sqlite3.SQLITE_IOERR_DELETE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_GETTEMPPATH,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_WRITE,
}
"""Errors of writing."""

_IS_BUNDLE = "SELECT 1 FROM sqlite_master WHERE name = 'bundle_meta' AND type = 'table' AND rootpage > 0"

_VERSION_SECONDS = 10
"""Time limit for reading the version of a bundle: a crafted schema could make the query endless."""

_SHARED_JOURNAL = "persist"
"""The journal that stays between transactions: to create and remove the file for each would take longer."""

_LARGE_BUILD = 64 << 20
"""Bytes of artifacts from which large pages pay: they load faster, but each table and index takes at least one page."""


def open_new(path: Path, source_bytes: int, *, is_shared: bool) -> apsw.Connection:
    """Open an empty file for a build from `source_bytes` bytes of artifacts, and make it a bundle without tables.

    With `is_shared`, other processes write to it as well, one after the other.
    """
    import apsw

    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs="unix-none")
    _initialise(connection, source_bytes)
    _set_journal(connection, _SHARED_JOURNAL if is_shared else "off")
    return connection


def open_new_alone(path: Path, source_bytes: int) -> apsw.Connection:
    """Open an empty file that no other process uses, without locks and journal, and make it a bundle without tables.

    Finished bundles can be attached to it.
    """
    import apsw

    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"file:{quote(os.fsencode(path.absolute()))}", flags=flags, vfs="unix-none")
    _initialise(connection, source_bytes)
    _set_journal(connection, "off")
    # Other bundles may be a stranger's: of their schema, nothing but tables is used.
    connection.pragma("trusted_schema", 0)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    return connection


def attach_bundle(connection: apsw.Connection, path: Path, name: str) -> None:
    """Attach a finished bundle as `name`, for reading only, with locks that keep others from writing to it."""
    connection.execute(f"ATTACH ? AS {name}", (f"{_read_only_uri(path)}&vfs=unix",))


def open_shared(path: Path) -> apsw.Connection:
    """Open a bundle under construction from another process, which writes to it in turns with others.

    The turns take the place of locks: the connection may be opened and used in a turn alone. SQLite sees by the change
    counter of the file that another process has written. It takes a journal that it finds for that of a process that
    died, and undoes its transaction.
    """
    import apsw

    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs="unix-none")
    _tune(connection)
    _set_journal(connection, _SHARED_JOURNAL)
    return connection


def open_alone(path: Path) -> apsw.Connection:
    """Open a file without locks and journal: no other process uses it, and it is discarded if a statement fails.

    This also works on file systems without the shared memory or the locks that sharing a database needs.
    """
    import apsw

    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs="unix-none")
    _tune(connection)
    _set_journal(connection, "off")
    return connection


def open_unlocked(path: Path) -> apsw.Connection:
    """Open a bundle under construction for reading it as it is now, without locks and while this process writes to it.

    What was read of the schema stays in use, and so do the pages of tables that do not change.
    """
    import apsw

    connection = apsw.Connection(
        f"{_read_only_uri(path)}&immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    connection.pragma("cache_size", -2048)
    connection.execute("BEGIN; SELECT count(*) FROM sqlite_schema")
    return connection


@contextmanager
def sorting_in(connection: apsw.Connection, folder: Path) -> Iterator[None]:
    """Let SQLite put temporary files for sorting into `folder` instead of a directory shared by all users.

    The setting is global to the process: one of two simultaneous builds may use the folder of the other.
    """
    before = connection.pragma("temp_store_directory") or ""
    connection.pragma("temp_store_directory", str(folder))
    try:
        yield
    finally:
        if connection.pragma("temp_store_directory") == str(folder):
            connection.pragma("temp_store_directory", before if os.path.isdir(before) else "")


def end_sharing(connection: apsw.Connection) -> None:
    """Write without a journal from now on, as the only connection: the file is discarded if a statement fails.

    Raises:
        apsw.Error: the journal could not be removed.
    """
    _set_journal(connection, "off")


def close_finished(connection: apsw.Connection) -> None:
    """Close a bundle so that it is a single file that can be opened read-only anywhere.

    Raises:
        apsw.Error: another connection is open.
    """
    _set_journal(connection, "delete")
    connection.close()


def _set_journal(connection: apsw.Connection, mode: str) -> None:
    import apsw

    if connection.pragma("journal_mode", mode) != mode:
        raise apsw.BusyError("another connection still has the bundle open")


def open_bundle(database: Path, path: Path | None = None) -> sqlite3.Connection:
    """Open a finished bundle for reading.

    Args:
        database: Its SQLite file.
        path: The file that messages name, if it is another one: the packed bundle.

    Raises:
        InvalidBundleError: the file cannot be read, or is not a bundle.
        BundleVersionError: its schema version is newer or older than this release's.
    """
    connection, version = _open_any(database, path or database)
    if version != SCHEMA_VERSION:
        connection.close()
        raise BundleVersionError(_version_message(path or database, version))
    return connection


def open_immutable(path: Path) -> sqlite3.Connection:
    """Open a file that was checked before, and that does not change: without locks, and without looking for a journal.

    Raises:
        sqlite3.OperationalError: there is no such file; none is created.
    """
    connection = sqlite3.connect(
        f"{_read_only_uri(path)}&immutable=1",
        uri=True,
        check_same_thread=False,
        cached_statements=0,  # a statement on a view of 2,000 columns takes a megabyte
    )
    allow_reading_only(connection, path.stat().st_size)
    return connection


def open_plain(path: Path) -> sqlite3.Connection:
    """Open an empty file for tables that are no bundle, without a journal: it is discarded if a statement fails."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = off")
    connection.execute("PRAGMA synchronous = off")
    return connection


def version_of(database: Path, path: Path | None = None) -> int:
    """Return the schema version of a finished bundle of any release; messages name `path`, as for `open_bundle`.

    Raises:
        InvalidBundleError: the file cannot be read, or is not a bundle.
    """
    connection, version = _open_any(database, path or database)
    connection.close()
    return version


def files_of(connection: sqlite3.Connection) -> list[Path]:
    """Return the files that a connection reads; their names need not be UTF-8."""
    names = connection.execute("SELECT CAST(file AS BLOB) FROM pragma_database_list")
    return [Path(os.fsdecode(name)) for (name,) in names if name]


def protected_files(connection: sqlite3.Connection) -> list[Path]:
    """Return the files that are not replaced while a bundle is read: its database, and the packed bundle of that."""
    databases = files_of(connection)
    found = [*databases, *filter(None, map(origin_of, databases))]
    return [file for file in found if file.exists()]


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether the error means that the file is damaged, rather than that the statement is wrong."""
    return _code(error) & 0xFF in _DAMAGE and not is_temporary(error)


def is_temporary(error: sqlite3.Error) -> bool:
    """Return whether the error is about SQLite's temporary files: nothing else is written while a bundle is read."""
    return _code(error) in _TEMPORARY or _code(error) & 0xFF == sqlite3.SQLITE_FULL


def temporary_folder() -> str:
    """Return the folder in which SQLite puts temporary files for sorting."""
    wanted = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108
    return next((folder for folder in wanted if folder and os.path.isdir(folder) and os.access(folder, 3)), ".")


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's extended error code."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)


def check_header(path: Path) -> None:
    """Check that a file can be read and begins like a SQLite database.

    Raises:
        InvalidBundleError: the file cannot be read, or is not a database.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InvalidBundleError(f"{path}: is a directory; name the bundle file in it")
        if not stat.S_ISREG(mode):
            # Opening a pipe would wait for its writer.
            raise InvalidBundleError(f"{path}: is not a regular file; save the bundle as one first")
        with path.open("rb") as stream:
            head = stream.read(72)
    except OSError as error:
        raise InvalidBundleError(f"{path}: cannot be opened: {error.strerror}") from None
    if not head:
        raise InvalidBundleError(f"{path}: the file is empty")
    if not head.startswith(DATABASE_START):
        raise InvalidBundleError(f"{path}: is not a SQLite database")


def _initialise(connection: apsw.Connection, source_bytes: int) -> None:
    """Make an empty file a bundle without tables."""
    connection.pragma("page_size", LARGE_PAGE if source_bytes >= _LARGE_BUILD else SMALL_PAGE)
    connection.pragma("application_id", _APPLICATION_ID)
    connection.pragma("user_version", SCHEMA_VERSION)
    _tune(connection)


def _tune(connection: apsw.Connection) -> None:
    """Set up a connection for building."""
    # The finished file is synced before it is renamed, so no single write needs to wait for the disk.
    connection.pragma("synchronous", "off")
    # Small on purpose: rows are appended, and sorting for an index is fastest in portions that fit the processor's cache.
    connection.pragma("cache_size", -2048)
    connection.set_busy_timeout(60_000)
    connection.create_scalar_function("utc", utc, 1, deterministic=True)  # type: ignore[arg-type]


def _open_any(database: Path, path: Path) -> tuple[sqlite3.Connection, int]:
    """Open a bundle of any release for reading, and return it with its schema version; messages name `path`."""
    check_header(database)
    # Datasette serves from several threads, and so may a caller; the connection only reads.
    connection = sqlite3.connect(_read_only_uri(database), uri=True, check_same_thread=False)
    try:
        allow_reading_only(connection, database.stat().st_size)
        return connection, _schema_version(connection, path)
    except BaseException:
        connection.close()
        raise


def _read_only_uri(path: Path) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"


def _schema_version(connection: sqlite3.Connection, path: Path) -> int:
    deadline = time.monotonic() + _VERSION_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
    try:
        if connection.execute(_IS_BUNDLE).fetchone() is None:
            raise InvalidBundleError(f"{path}: is a SQLite database, but not a debug bundle")
        row = connection.execute("SELECT schema_version FROM bundle_meta").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # a name in its schema may not be UTF-8
        if isinstance(error, UnicodeDecodeError) or is_damage(error):
            raise DamagedBundleError(f"{path}: the bundle is damaged: {error}") from None
        raise InvalidBundleError(f"{path}: is a SQLite database, but not a debug bundle ({error})") from None
    finally:
        connection.set_progress_handler(None, 0)
    if row is None or not isinstance(row[0], int):
        raise InvalidBundleError(f"{path}: the bundle has no schema version: bundle_meta is empty or damaged")
    return row[0]


def newer_message(version: int, supported: int) -> str:
    """Return the message for a bundle that a newer release wrote."""
    return f"bundle schema v{version} is newer than supported v{supported}; install a newer wink-debug-bundle"


def _version_message(path: Path, version: int) -> str:
    if version > SCHEMA_VERSION:
        return f"{path}: {newer_message(version, SCHEMA_VERSION)}"
    remedy = f"run: wink-debug-bundle migrate {shlex.quote(str(path))}"
    return f"{path}: bundle schema v{version} is older than v{SCHEMA_VERSION}; {remedy}"
