"""Set Datasette up for one bundle. Slow to import, so the server imports it only when it starts."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.sqlite import sqlite3 as datasette_sqlite3
from jinja2.ext import Extension

from ...database.connection import open_bundle
from ...database.query_guard import allow_reading_only
from ...database.quoting import quoted
from ..sql_errors import sql_errors
from .datasette_metadata import metadata
from .request_guard import Application, Guard, script_nonce

_SETTINGS = {
    "allow_download": False,
    "default_facet_size": 8,
    "default_cache_ttl": 0,  # the next server at this address may serve another bundle
    "facet_time_limit_ms": 1000,
    "sql_time_limit_ms": 10_000,
    "truncate_cells_html": 400,
}

_PAGES = Path(__file__).parent / "pages"

_COUNTING_SECONDS = 2.0
"""How long counting rows may delay the start; Datasette shows "many" for tables not counted by then."""

_RESERVED_NAMES = {"", "-", "_internal", "_memory"}


class InternalDatabase(Database):  # type: ignore[misc]  # Datasette has no types
    """Datasette's own catalog of schemas, in memory; keeps its connections so that they can be closed."""

    def __init__(self, datasette: Datasette) -> None:
        super().__init__(datasette, memory_name=secrets.token_hex())
        self.connections: list[sqlite3.Connection] = []

    def connect(self, write: bool = False) -> sqlite3.Connection:  # noqa: FBT001, FBT002 - Datasette's signature
        """Open a connection for one of Datasette's threads."""
        connection: sqlite3.Connection = super().connect(write=write)
        self.connections.append(connection)
        return connection


class BundleDatabase(Database):  # type: ignore[misc]
    """A bundle opened for Datasette: any path works, all SQL can only read, wrong SQL is not logged."""

    def __init__(self, datasette: Datasette, path: Path) -> None:
        # Datasette shows and stores the path as text. A file name may not be text, and the folder is kept private.
        super().__init__(datasette, _as_text(path.name), is_mutable=False)
        self._uri = f"file:{quote(os.fsencode(path.absolute()))}?immutable=1"
        self.connections: list[sqlite3.Connection] = []

    def connect(self, write: bool = False) -> sqlite3.Connection:  # noqa: FBT001, FBT002 - Datasette's signature
        """Open a connection for one of Datasette's threads."""
        if write:
            raise ValueError("a bundle can only be read")
        # Datasette prefers another build of the sqlite3 module where one is installed, and catches its errors.
        connection: sqlite3.Connection = datasette_sqlite3.connect(self._uri, uri=True, check_same_thread=False)
        allow_reading_only(connection, self.size)
        self.connections.append(connection)
        return connection

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        """Run a query; show its error on the page only, not in the terminal."""
        return await super().execute(*arguments, **{**options, "log_sql_errors": False})


class ScriptNonces(Extension):
    """Adds the page's nonce to the templates' own scripts, before any data is filled in."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Add the nonce to each script element of a template's text."""
        return re.sub(r"<script(?=[\s>{])", '<script nonce="{{ script_nonce() }}"', source)


class BundleServer:
    """Datasette for one bundle, protected by the request guard."""

    def __init__(self, path: Path, host: str) -> None:
        _print_no_tracebacks()
        self._database_name = served_name(path)
        with closing(open_bundle(path)) as connection, sql_errors(path):
            about = metadata(connection, self._database_name)
            inspected = {self._database_name: inspect(connection, path)}
        self._datasette = Datasette(
            metadata={**about, "extra_css_urls": ["/-/bundle/bundle.css"]},
            inspect_data=inspected,
            settings=_SETTINGS,
            template_dir=str(_PAGES / "templates"),
            static_mounts=[("-/bundle", str(_PAGES / "static"))],
        )
        self._datasette.remove_database("_memory")
        self._datasette.remove_database("_internal")
        self._internal = InternalDatabase(self._datasette)
        self._datasette.add_database(self._internal, name="_internal")
        self._database = BundleDatabase(self._datasette, path)
        self._datasette.add_database(self._database, name=self._database_name)
        self._datasette.jinja_env.add_extension(ScriptNonces)
        self._datasette.jinja_env.globals["script_nonce"] = script_nonce
        self.application: Application = Guard(self._datasette.app(), host)

    def interrupt(self) -> None:
        """Interrupt the running queries, so that the shutdown does not wait for them."""
        for connection in self._database.connections:
            connection.interrupt()

    def close(self) -> None:
        """Interrupt the running queries and close every connection."""
        self.interrupt()
        self._datasette.executor.shutdown(wait=True, cancel_futures=True)
        for connection in (*self._database.connections, *self._internal.connections):
            connection.close()


def _print_no_tracebacks() -> None:
    """Keep Datasette from printing a traceback with all variables for each missing page, as it does if it finds `rich`."""
    from datasette import handle_exception  # imported before `datasette.app`, it would not become a plugin

    handle_exception.rich = None


def served_name(path: Path) -> str:
    """Return the bundle's name in Datasette's paths: the file's stem, or "bundle" where Datasette reserves the stem."""
    stem = _as_text(path.stem)
    return "bundle" if stem in _RESERVED_NAMES else stem


def _as_text(name: str) -> str:
    """Return a file name as valid Unicode, with bytes that are not UTF-8 replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


def inspect(connection: sqlite3.Connection, path: Path) -> dict[str, object]:
    """Return the hash, size and row counts that Datasette would otherwise find by reading the whole file."""
    (identity,) = connection.execute("SELECT bundle_id FROM bundle_meta").fetchone()
    return {
        "hash": hashlib.sha256(str(identity).encode()).hexdigest(),
        "size": path.stat().st_size,
        "file": path.name,
        "tables": {name: {"count": count} for name, count in count_rows(connection, _COUNTING_SECONDS).items()},
    }


def count_rows(connection: sqlite3.Connection, seconds: float) -> dict[str, int | None]:
    """Count the rows of each table; None for tables that could not be counted in time."""
    deadline = time.monotonic() + seconds
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    timer = threading.Timer(seconds, connection.interrupt)  # a progress handler is not called while SQLite counts
    timer.start()
    try:
        return {table: _count(connection, table) if time.monotonic() < deadline else None for table in tables}
    finally:
        timer.cancel()
        timer.join()


def _count(connection: sqlite3.Connection, table: str) -> int | None:
    """Return the number of rows, or None if counting failed or was interrupted."""
    try:
        (count,) = connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()
    except sqlite3.DatabaseError:  # interrupted, or damaged, which the table's page reports
        return None
    return int(count)
