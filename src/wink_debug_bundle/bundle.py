"""The public class `DebugBundle`: build, open, explore, verify and extract debug bundles."""

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
from .explore.sql_errors import sql_errors
from .explore.statistics import BundleStatistics, read_statistics
from .explore.suggestions import advice, did_you_mean, relation_names

if TYPE_CHECKING:
    from .explore.schema_report.bundle_schema import BundleSchema
    from .fidelity.findings import ByteProgress, Extraction, Verification
    from .pipeline.progress import ProgressCallback

Parameters = Sequence[object] | Mapping[str, object]
"""Values for the placeholders of a statement: a sequence for `?`, a mapping for `:name`."""

SESSION_ORDER = "parent_session_id IS NOT NULL, source <> 'snapshot', created_at, session_id"


@dataclass(slots=True)
class DebugBundle:
    """A SQLite database built from the debugging artifacts of an agent's runs, open for reading.

    It holds sessions, log records, tool calls, prompts, transcripts and files in tables that SQL can join. A bundle is
    one file. It can only be read: a statement that would change it is refused. Close it after use, best by a `with`
    block.

    Example::

        with DebugBundle.from_directory("./debug/abc123/") as bundle:
            for tool, count in bundle.query("SELECT tool_name, count(*) FROM tool_invocations GROUP BY tool_name"):
                print(tool, count)

    Attributes:
        path: The bundle's file.
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
        """Build a bundle from all artifacts in a directory, and open it.

        Files with the endings `.jsonl`, `.log` and `.zip`, also followed by `.gz` or `.zst`, are read. Their content
        decides what they are: session snapshots, log records, a filesystem archive, or a run's zip. What cannot be
        read does not fail the build: it is stored unchanged, with a row in the table `problems`.

        Example::

            bundle = DebugBundle.from_directory("./runs", output="runs.db", recursive=True, tags={"model": "a"})

        Args:
            directory: The directory that holds the artifacts.
            output: Path of the bundle; `bundle.db` in the directory by default.
            description: What the bundle is about; stored in it.
            recursive: Whether to read the folders below the directory, too.
            tags: Names and values; stored in the bundle.
            force: Whether to replace an output that exists.
            jobs: Number of worker processes; by default the processors that this process may use, up to 8. Small
                inputs are read in this process.
            progress: Called with a `Progress` after each step of the work, from the calling thread.
            max_expansion: How many times its size on disk a `.zip`, `.gz` or `.zst` file may decompress to; 256 MiB
                are always allowed. Content above the limit is stored compressed.

        Raises:
            BundleError: the directory does not exist, or holds no artifacts.
            BundleExistsError: the output exists and `force` is not set.
            BundleBuildError: the bundle could not be written; the output path is unchanged.
            ValueError: `jobs` or `max_expansion` is less than 1.
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
        """Build a bundle from named files, and open it.

        Use this if the files are in several folders, or if a folder holds files that do not belong in the bundle.

        Example::

            bundle = DebugBundle.from_artifacts(
                "bundle.db", session_snapshots=["dump/session.jsonl"], log_files=["logs/session.log"]
            )

        Args:
            output: Path of the bundle.
            session_snapshots: JSONL files that the library's `dump_session` wrote.
            log_files: JSONL files that its `collect_all_logs` wrote.
            filesystem_archives: Zip files that its `archive_filesystem` wrote, or zips of runs.
            description: As for `from_directory`, like all that follow.
            tags: Names and values; stored in the bundle.
            force: Whether to replace an output that exists.
            jobs: Number of worker processes.
            progress: Called with a `Progress` after each step of the work.
            max_expansion: How many times its size on disk a compressed file may decompress to.

        Raises:
            BundleError: a file does not exist, or no file is given.
            BundleExistsError: the output exists and `force` is not set.
            BundleBuildError: the bundle could not be written; the output path is unchanged.
            ValueError: `jobs` or `max_expansion` is less than 1.
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
        """Open an existing bundle for reading.

        Args:
            path: The bundle's file.

        Raises:
            InvalidBundleError: the file cannot be read, or is not a bundle.
            DamagedBundleError: the file is a bundle, and is damaged.
            BundleVersionError: another release wrote it, with another schema. `wink-debug-bundle migrate` upgrades a
                bundle of an older release.
        """
        path = Path(path)
        connection = open_bundle(path)
        emit(Event.OPEN, path=str(path), schema_version=SCHEMA_VERSION)
        return cls(path, connection)

    def serve(self, *, host: str = "127.0.0.1", port: int = 8001, open_browser: bool = True) -> None:
        """Serve the bundle as web pages with Datasette; return when the process is interrupted (Ctrl-C).

        The address is printed to standard output. Anyone who can reach it can read the whole bundle.

        Args:
            host: Interface to listen on; by default only this machine can connect.
            port: Port to listen on; 0 takes a free one.
            open_browser: Whether to open the page in a browser.

        Raises:
            BundleError: the port is in use, or the host is not an interface of this machine.
        """
        from .explore.web.server import serve  # Datasette takes long to import

        serve(self.path, host=host, port=port, open_browser=open_browser)

    def query(self, sql: str, params: Parameters = ()) -> sqlite3.Cursor:
        """Run one SQL query.

        Example::

            errors = bundle.query("SELECT message FROM logs WHERE level = :level", {"level": "ERROR"}).fetchall()

        Args:
            sql: A statement that reads.
            params: Values for its placeholders: a sequence for `?`, a mapping for `:name`.

        Returns:
            A cursor over the rows, which are tuples. SQLite's errors while rows are fetched are raised by the cursor as
            `sqlite3.Error`.

        Raises:
            BundleQueryError: the SQL is wrong, or would change something.
            DamagedBundleError: the bundle is damaged.
        """
        with sql_errors(self.path, lambda message: advice(self._conn, sql, message)):
            return self._conn.execute(sql, params)

    def export_csv(self, table: str, output: PathLike) -> Path:
        """Write all rows of a table or view to a CSV file (RFC 4180, UTF-8) with a header.

        NULL becomes an empty cell, and a BLOB Base64. The file appears when it is complete.

        Args:
            table: Name of the table or view.
            output: Path of the file; an existing file is replaced.

        Returns:
            The path of the file.

        Raises:
            BundleError: the table or view does not exist, or the file cannot be written.
        """
        from .explore.export_file import export_file

        return export_file(self.query(self.select_all(table)), Path(output), "csv")

    def export_json(self, sql: str, output: PathLike) -> Path:
        """Write the rows of a query to a file, as a JSON array with an object for each row.

        A BLOB becomes `{"$base64": true, "encoded": "..."}`. The file appears when it is complete.

        Args:
            sql: A statement that reads.
            output: Path of the file; an existing file is replaced.

        Returns:
            The path of the file.

        Raises:
            BundleQueryError: the SQL is wrong, or would change something.
            BundleError: the file cannot be written.
        """
        from .explore.export_file import export_file

        return export_file(self.query(sql), Path(output), "json")

    def read_file(self, path: str, *, archive: str | None = None) -> BinaryIO:
        """Open a file that an archive in the bundle holds; the stream gives its exact bytes.

        Args:
            path: Path of the file in its archive.
            archive: The archive's id or path; needed if several archives hold a file of that path.

        Returns:
            A binary stream, to be closed by the caller.

        Raises:
            BundleError: no archive holds the file, or several do.
        """
        from .explore.stored_files import open_file

        return open_file(self._conn, path, archive)

    def read_blob(self, sha256: str) -> BinaryIO:
        """Open a blob: bytes that the bundle stores under their hash.

        Args:
            sha256: The hash in hexadecimal, as in the columns `sha256` and `blob_sha256`.

        Returns:
            A binary stream, to be closed by the caller.

        Raises:
            BundleError: the bundle has no blob of that hash.
        """
        from .explore.stored_files import open_blob

        return open_blob(self._conn, sha256)

    def cell(self, handle: str, sql: str | None = None, params: Parameters = ()) -> object:
        """Read the whole value that a handle names.

        `wink-debug-bundle query --budget` shortens long values and gives a handle for each.

        Args:
            handle: The table, rowid and column of a cell, like `logs.4711.context`, or the row and column of a query's
                result with a checksum, like `r3c2-9f2c41`.
            sql: The query that a handle of the second kind is from.
            params: Values for its placeholders.

        Returns:
            The value as SQLite stores it: text, a number, None, or bytes (for a BLOB, and for text that is not UTF-8).

        Raises:
            BundleError: the handle is malformed, or its checksum shows that the value is another one now.
            BundleQueryError: the SQL is wrong, or would change something.
        """
        from .explore.row_output.handles import read_cell

        return read_cell(self._conn, handle, None if sql is None else self.query(sql, params))

    def schema(self, *names: str) -> BundleSchema:
        """Describe the tables and views: what each column means, row counts, sample values, and paths in JSON columns.

        Args:
            names: Tables and views to describe; by default all of them, and the saved queries.

        Raises:
            BundleError: a table or view does not exist.
        """
        from .explore.schema_report.bundle_schema import bundle_schema

        return bundle_schema(self._conn, names)

    def verify(self, *, against: PathLike | None = None, progress: ByteProgress | None = None) -> Verification:
        """Check that the bundle is complete and undamaged: database, schema, references, ledger, blobs and files.

        Args:
            against: A directory with the artifacts that the bundle was built from, or with the files that `extract`
                wrote. Each record and each file is compared with it. An artifact with an absolute path is looked for
                below the directory, where `extract` writes it; "/" finds it at its original path.
            progress: Called with the number of bytes of artifacts checked so far, and of all artifacts.

        Returns:
            The findings, none if nothing is wrong, and the artifacts that were not proven byte for byte.

        Raises:
            BundleError: `against` is not a directory that can be listed.
        """
        from .fidelity.verification import verify

        return verify(self._conn, against=None if against is None else Path(against), progress=progress)

    def extract(self, output: PathLike, *, force: bool = False, progress: ByteProgress | None = None) -> Extraction:
        """Write the artifacts of the bundle back as files.

        JSON lines have the same values in the same order, and the same bytes if the library wrote them. Malformed
        lines and all other files have the same bytes. Zips and compressed files are compressed again, so that their own
        bytes may differ.

        Args:
            output: The directory to write into; it is created. Nothing is written outside it, whatever names the bundle
                holds.
            force: Whether to write into a directory that is not empty, and replace files of the same names.
            progress: Called with the number of bytes of artifacts written so far, and of all artifacts.

        Returns:
            The number and size of the files, and a finding for each artifact that could not be written back unchanged.

        Raises:
            BundleExistsError: the directory is not empty and `force` is not set.
            BundleError: the directory cannot be written.
            DamagedBundleError: the bundle is damaged.
        """
        from .fidelity.extraction import extract

        return extract(self._conn, Path(output), force=force, progress=progress)

    def select_all(self, table: str) -> str:
        """Return the SQL that selects every row of a table or view, its name quoted.

        Raises:
            BundleError: the table or view does not exist.
        """
        names = relation_names(self._conn)
        if table not in names:
            raise BundleError(f"{self.path}: no table or view is called {table!r}{did_you_mean(table, names)}")
        return f"SELECT * FROM {quoted(table)}"

    @property
    def session_ids(self) -> list[str]:
        """Return the ids of all sessions: root sessions first, then those with snapshots, then by time of creation."""
        sql = f"SELECT session_id FROM sessions ORDER BY {SESSION_ORDER}"
        return [session for (session,) in self.query(sql)]

    @property
    def statistics(self) -> BundleStatistics:
        """Return how many sessions, log records, tool calls, prompt events, files and tokens the bundle holds."""
        return read_statistics(self._conn, self.path)

    def close(self) -> None:
        """Close the database connection; no other method can be used after it."""
        self._conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
