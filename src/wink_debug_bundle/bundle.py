"""Build, open and explore debug bundles."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from .artifacts.source import DEFAULT_EXPANSION
from .building import PathLike, build_from_artifacts, build_from_directory, build_options
from .database.connection import open_bundle
from .database.quoting import quoted
from .database.schema_files import SCHEMA_VERSION
from .errors import BundleError
from .events import Event, emit
from .explore.sql_errors import query_error
from .explore.statistics import BundleStatistics, read_statistics
from .explore.suggestions import advice, did_you_mean, relation_names

if TYPE_CHECKING:
    from .explore.schema_report.bundle_schema import BundleSchema
    from .fidelity.findings import ByteProgress, Extraction, Verification
    from .pipeline.progress import ProgressCallback

Parameters = Sequence[object] | Mapping[str, object]

SESSION_ORDER = "parent_session_id IS NOT NULL, source <> 'snapshot', created_at, session_id"


@dataclass(slots=True)
class DebugBundle:
    """A SQLite database assembled from debugging artifacts, open for reading.

    Usage::

        bundle = DebugBundle.from_directory("./debug/abc123/")
        for row in bundle.query("SELECT tool_name, count(*) FROM tool_invocations GROUP BY tool_name"):
            print(row)
        bundle.serve()
    """

    path: Path
    _conn: sqlite3.Connection

    @classmethod
    def from_directory(
        cls,
        directory: PathLike,
        *,
        output: PathLike | None = None,
        description: str | None = None,
        recursive: bool = False,
        tags: Mapping[str, str] | None = None,
        force: bool = False,
        jobs: int | None = None,
        progress: ProgressCallback | None = None,
        max_expansion: int = DEFAULT_EXPANSION,
    ) -> DebugBundle:
        """Assemble a bundle from all artifacts in a directory.

        Session snapshots, logs (`*.jsonl`, `*.log`, also packed as `.gz` or `.zst`) and filesystem archives
        (`*.zip`) are recognised by their content.

        Args:
            directory: Directory that holds the artifacts.
            output: Path of the bundle; `<directory>/bundle.db` by default.
            description: Stored in the bundle.
            recursive: Whether to read the whole tree, as an evaluation run leaves it.
            tags: Stored in the bundle.
            force: Whether to replace an output that is there already.
            jobs: Worker processes; by default as many as this process may use processors. Small inputs need none.
            progress: Called with a `Progress` now and then, from this thread.
            max_expansion: How many times its size on disk a zip, `.gz` or `.zst` may unpack to, and 256 MiB in any
                case. What would be more is kept as it is packed.

        Raises:
            BundleError: there is no artifact in the directory, or no such directory.
            BundleExistsError: the output is there already.
            BundleBuildError: the bundle could not be written; the output is as it was.
        """
        options = build_options(description, tags, jobs, progress, max_expansion, force=force)
        summary = build_from_directory(directory, output, options, recursive=recursive)
        return cls.open(summary.path)

    @classmethod
    def from_artifacts(
        cls,
        output: PathLike,
        *,
        session_snapshots: Sequence[PathLike] = (),
        log_files: Sequence[PathLike] = (),
        filesystem_archives: Sequence[PathLike] = (),
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        force: bool = False,
        jobs: int | None = None,
        progress: ProgressCallback | None = None,
        max_expansion: int = DEFAULT_EXPANSION,
    ) -> DebugBundle:
        """Assemble a bundle from the files that are named.

        Args:
            output: Path of the bundle.
            session_snapshots: JSONL files from the library's `dump_session`.
            log_files: JSONL files from its `collect_all_logs`.
            filesystem_archives: Zip files from its `archive_filesystem`.
            description: Stored in the bundle.
            tags: Stored in the bundle.
            force: Whether to replace an output that is there already.
            jobs: Worker processes; by default as many as this process may use processors. Small inputs need none.
            progress: Called with a `Progress` now and then, from this thread.
            max_expansion: How many times its size on disk a zip, `.gz` or `.zst` may unpack to, and 256 MiB in any
                case. What would be more is kept as it is packed.

        Raises:
            BundleError: a file does not exist, or none is named.
            BundleExistsError: the output is there already.
            BundleBuildError: the bundle could not be written; the output is as it was.
        """
        options = build_options(description, tags, jobs, progress, max_expansion, force=force)
        summary = build_from_artifacts(
            Path(output),
            options,
            session_snapshots=session_snapshots,
            log_files=log_files,
            filesystem_archives=filesystem_archives,
        )
        return cls.open(summary.path)

    @classmethod
    def open(cls, path: PathLike) -> DebugBundle:
        """Open an existing bundle for exploration.

        Raises:
            InvalidBundleError: the file cannot be read, or is not a bundle.
            BundleVersionError: a newer or an older release wrote it.
        """
        path = Path(path)
        connection = open_bundle(path)
        emit(Event.OPEN, path=str(path), schema_version=SCHEMA_VERSION)
        return cls(path, connection)

    def serve(self, *, host: str = "127.0.0.1", port: int = 8001, open_browser: bool = True) -> None:
        """Explore the bundle in Datasette, until it is interrupted.

        Args:
            host: Interface to listen on.
            port: Port to listen on.
            open_browser: Whether to open the page in a browser.

        Raises:
            BundleError: the port is in use.
        """
        from .explore.web.server import serve  # Datasette takes long to import

        serve(self.path, host=host, port=port, open_browser=open_browser)

    def query(self, sql: str, params: Parameters = ()) -> sqlite3.Cursor:
        """Run one SQL query and return its cursor.

        Args:
            sql: A statement that reads.
            params: Values for its placeholders: a sequence for `?`, a mapping for `:name`.

        Raises:
            BundleQueryError: the SQL is wrong, or would do more than read.
        """
        try:
            return self._conn.execute(sql, params)
        except (sqlite3.Error, sqlite3.Warning, MemoryError) as error:
            raise query_error(error, advice(self._conn, sql, str(error))) from error

    def export_csv(self, table: str, output: PathLike) -> Path:
        """Write a table or view to a CSV file with a header.

        Raises:
            BundleError: there is no such table or view, or the file cannot be written.
        """
        from .explore.export_file import export_file

        return export_file(self.query(self.select_all(table)), Path(output), "csv")

    def export_json(self, sql: str, output: PathLike) -> Path:
        """Write the rows of a query to a file, as a JSON array of objects.

        Raises:
            BundleQueryError: the SQL is wrong, or would do more than read.
            BundleError: the file cannot be written.
        """
        from .explore.export_file import export_file

        return export_file(self.query(sql), Path(output), "json")

    def read_file(self, path: str, *, archive: str | None = None) -> BinaryIO:
        """Read a file of an archive back, byte for byte, as a stream.

        Args:
            path: Path of the file in its archive.
            archive: The archive's id or its path, where several archives hold a file of that path.

        Raises:
            BundleError: there is no such file, or several archives hold one.
        """
        from .explore.stored_files import open_file

        return open_file(self._conn, path, archive)

    def read_blob(self, sha256: str) -> BinaryIO:
        """Read a blob back as a stream; its hash stands in a column `sha256` or `blob_sha256`.

        Raises:
            BundleError: there is no such blob.
        """
        from .explore.stored_files import open_blob

        return open_blob(self._conn, sha256)

    def cell(self, handle: str, sql: str | None = None, params: Parameters = ()) -> object:
        """Read the whole value that a handle names.

        Args:
            handle: As `wink debug-bundle query --budget` gave it, or a cell of a table, like `logs.4711.context`.
            sql: The query that the handle comes from; one like `r3c2-9f2c41` needs it.
            params: Values for its placeholders.

        Returns:
            What SQLite holds: text, bytes (also of text that is not UTF-8), a number, or None.

        Raises:
            BundleError: it is no handle, or another value stands there now.
            BundleQueryError: the SQL is wrong, or would do more than read.
        """
        from .explore.row_output.handles import read_cell

        return read_cell(self._conn, handle, None if sql is None else self.query(sql, params))

    def schema(self, *names: str) -> BundleSchema:
        """What lies in the bundle: tables, views and columns with sentences, row counts, samples and JSON paths.

        Args:
            names: Tables and views to describe; without any, all of them and the ready queries.

        Raises:
            BundleError: there is no such table or view.
        """
        from .explore.schema_report.bundle_schema import bundle_schema

        return bundle_schema(self._conn, names)

    def verify(self, *, against: PathLike | None = None, progress: ByteProgress | None = None) -> Verification:
        """Check that the bundle is whole: the database, its schema and references, the ledger, every blob and file.

        Args:
            against: A directory with the artifacts that the bundle was built from, or with what `extract` wrote: every
                record and every file's bytes are compared with it, too. Artifacts that were named by absolute paths are
                looked for below it, as `extract` writes them; "/" finds them where they were.
            progress: Called with the bytes of the artifacts that are checked, and of all.

        Raises:
            BundleError: `against` is not a directory that can be listed.
        """
        from .fidelity.verification import verify

        return verify(self._conn, against=None if against is None else Path(against), progress=progress)

    def extract(self, output: PathLike, *, force: bool = False, progress: ByteProgress | None = None) -> Extraction:
        """Write the artifacts back below the directory `output`, which is made; never anything beside it.

        JSON lines are equal in value and order, and to the byte where the library wrote them; malformed lines and all
        other files to the byte. Zips and compressed files are packed anew.

        Args:
            output: The directory.
            force: Whether to write into a directory that is not empty, over files of the same names.
            progress: Called with the bytes of the artifacts that are written, and of all.

        Raises:
            BundleExistsError: the directory is not empty and `force` is not set.
            BundleError: it cannot be written.
            InvalidBundleError: the bundle is damaged.
        """
        from .fidelity.extraction import extract

        return extract(self._conn, Path(output), force=force, progress=progress)

    def select_all(self, table: str) -> str:
        """The query for every row of `table`, which may be a view.

        Raises:
            BundleError: there is no such table or view.
        """
        names = relation_names(self._conn)
        if table not in names:
            raise BundleError(f"{self.path}: no table or view is called {table!r}{did_you_mean(table, names)}")
        return f"SELECT * FROM {quoted(table)}"

    @property
    def session_ids(self) -> list[str]:
        """The ids of all sessions: roots first, dumped ones before those that only logs know, then by time."""
        order = f"SELECT session_id FROM sessions ORDER BY {SESSION_ORDER}"
        return [session for (session,) in self.query(order)]

    @property
    def statistics(self) -> BundleStatistics:
        """What the bundle holds, in numbers."""
        return read_statistics(self._conn, self.path)

    def close(self) -> None:
        """Close the database connection."""
        self._conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
