"""Read an open bundle: query it, export from it, and hold it against its sources."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self, TextIO, cast

from .artifacts.source import DEFAULT_EXPANSION, limit_of
from .building import PathLike
from .bundle_files import bundle_stem
from .database.closed_connection import ClosedConnection
from .database.quoting import quoted
from .errors import BundleError
from .explore.empty_statements import without_empty_statements
from .explore.expansion import Budget
from .explore.named_rows import name_rows
from .explore.session_tree import ListedSession, session_tree
from .explore.sql_errors import sql_errors
from .explore.statistics import BundleStatistics, read_statistics
from .explore.suggestions import advice, did_you_mean, relation_names
from .exporting.bundle_exports import BundleExports
from .packing.bundle_file import BundleFile

if TYPE_CHECKING:
    from .explore.costs.cost_rows import Costs, CostsBy
    from .explore.outcome import Outcome
    from .explore.schema_report.bundle_schema import BundleSchema
    from .explore.story.story_data import Story
    from .explore.text_search.found_texts import SearchResult
    from .fidelity.comparison.source_entries import SourceFolder
    from .fidelity.findings import Extraction, Verification
    from .packing.frame_header import ByteProgress
    from .pipeline.bundle_packing import PackedBundle
    from .redaction.secret_counts import SecretCounts

Parameters = Sequence[object] | Mapping[str, object]
"""Values for the placeholders of a statement: a sequence for `?`, a mapping for `:name`."""

_UNPACKED_TIMES = 4
"""How many times the size of its database the content of a packed bundle may have, whatever the size of the packed one:
a bundle of equal texts is packed to a hundredth, and what comes out of it is about as large as its database."""

SESSION_ORDER = """
    parent_session_id IS NOT NULL,
    source <> 'snapshot',
    CASE WHEN times.time IS NULL THEN created_at ELSE times.utc END NULLS LAST,
    session_id
"""


class BundleReader(BundleExports):
    """What can be done with a bundle that is open; `DebugBundle` adds the ways to build, open and serve one.

    Attributes:
        path: The bundle's file.
    """

    __slots__ = ("_file",)

    path: Path
    _conn: sqlite3.Connection
    _file: BundleFile

    def __post_init__(self) -> None:
        """Read the file at the path itself, until it is known to be packed."""
        self._file = BundleFile(self.path, self.path)

    def query(self, sql: str, params: Parameters = ()) -> sqlite3.Cursor:
        """Run one SQL query.

        Example::

            errors = bundle.query("SELECT message FROM logs WHERE level = :level", {"level": "ERROR"}).fetchall()

        Args:
            sql: A statement that reads.
            params: Values for its placeholders: a sequence for `?`, a mapping for `:name`.

        Returns:
            A cursor over the rows. These are tuples that also give their values by name: `row["message"]`, `dict(row)`.
            SQLite's errors while rows are fetched are raised by the cursor as `sqlite3.Error`.

        Raises:
            BundleQueryError: the SQL is wrong, or would change something.
            DamagedBundleError: the bundle is damaged.
        """
        with sql_errors(self.path, lambda message: advice(self._conn, sql, message)):
            return name_rows(self._conn.execute(without_empty_statements(sql), params))

    def ask(self, name: str, /, **parameters: str | float | None) -> sqlite3.Cursor:
        """Run a saved query, one of those that `wink-debug-bundle query --list` names.

        Example::

            for row in bundle.ask("conversation", run="wrong-answer"):
                print(row["entry_type"], row["text"])

        Args:
            name: Name of the saved query.
            parameters: Values of its parameters; without a value, a parameter stands for any value. A run or session may
                also be given by the beginning of its id, as for `show`.

        Returns:
            A cursor over the rows, as of `query`.

        Raises:
            BundleError: no saved query has the name, it has no such parameter, or the bundle has no such run, session,
                sample or tool. The message names those that there are.
            DamagedBundleError: the bundle is damaged.
        """
        from .explore.parameter_values import settled_parameters
        from .explore.saved_queries import saved_query

        saved = saved_query(name)
        with sql_errors(self.path):
            settled = settled_parameters(self._conn, saved, parameters)
        return self.query(saved.sql, dict.fromkeys(saved.parameters) | settled)

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the connection to the bundle, for libraries that take one, like `pandas.read_sql`.

        It can only read: statements that would change the bundle, attach a file or load code are refused. It is the one
        that this object uses, so do not change its settings, and do not close it.

        Example::

            table = pandas.read_sql("SELECT * FROM tool_summary", bundle.connection)

        Raises:
            BundleError: the bundle is closed.
        """
        if isinstance(self._conn, ClosedConnection):
            self._conn.refuse()
        return self._conn

    def search(
        self,
        words: str,
        *,
        kinds: str | Sequence[str] = (),
        run: int | str | None = None,
        tool: str | None = None,
        level: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> SearchResult:
        """Find the texts that have all of some words: failures, messages, tool calls, prompts, paths, log messages.

        A word in quotes may have spaces, and a word with a star at its end stands for all that begin so; no other
        character has a meaning. Without a full-text index every text is read, and a word may be a part of another.

        Example::

            for found in bundle.search("permission denied", kinds=["result"]).texts:
                print(found.run_id, found.tool_name, found.row_id)

        Args:
            words: The words.
            kinds: A kind of text, as in the view `search_text`, or several; by default those in the index, or the usual
                ones.
            run: Number, sample, session or id of a run.
            tool: Name of a tool.
            level: Level of log records.
            limit: How many texts to return at most; the counts are of all.
            offset: How many of the best ones to leave out.

        Raises:
            BundleError: there is no such run, tool, level or kind.
            DamagedBundleError: the bundle is damaged.
            ValueError: `limit` is less than 1, or `offset` less than 0.
        """
        from .explore.text_search.bundle_search import Search, search

        wanted = Search.of(words, kinds=kinds, run=run, tool=tool, level=level, limit=limit, offset=offset)
        with sql_errors(self.path):
            return search(self._conn, wanted)

    def export_csv(self, table: str, output: PathLike) -> Path:
        """Write all rows of a table or view to a CSV file (UTF-8, lines end in LF) with a header.

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

    def report(self, output: PathLike, *, replace: bool = True) -> Path:
        """Write one self-contained page about the outcome: tiles, charts, and the stories of the runs that failed.

        It opens without a server and without a network, and has at most 5 MB: where stories are too long or too many,
        they are shortened or left out, and the page says so. The file appears when it is complete.

        Args:
            output: Path of the page.
            replace: Whether an existing file may be replaced.

        Returns:
            The path of the page.

        Raises:
            BundleExistsError: the file exists and `replace` is not set.
            BundleVersionError: an earlier release built the bundle, without the views that this needs.
            BundleError: the file cannot be written, or the bundle is damaged.
        """
        from .explore.export_file import output_file

        self._require_outcome()
        path = Path(output)
        with output_file(path, self._conn, replace=replace) as stream:
            self.write_report(stream)
        return path

    def write_report(self, stream: TextIO) -> None:
        """Write the page of `report` to a text stream, which has to be in UTF-8.

        Args:
            stream: Where it is written.

        Raises:
            BundleVersionError: an earlier release built the bundle, without the views that this needs.
            DamagedBundleError: the bundle is damaged.
        """
        from .explore.outcome_report.report_page import write_report

        self._require_outcome()
        with sql_errors(self.path):
            write_report(self._conn, bundle_stem(self.path), stream)

    def read_file(
        self,
        path: str,
        *,
        archive: str | None = None,
        run: str | int | None = None,
        sample: str | None = None,
        session: str | None = None,
        max_expansion: int = DEFAULT_EXPANSION,
    ) -> BinaryIO:
        """Open a file that an archive in the bundle holds; the stream gives its exact bytes.

        Args:
            path: Path of the file in its archive.
            archive: The archive's id or path. It, or one of the next three, is needed if several archives hold a file of
                that path.
            run: The number of the run that left the file, or the name of its sample, session, bundle or execution.
            sample: The name of the sample that the run was for.
            session: The id of the session.
            max_expansion: How many times the size of the bundle the file may decompress to; 256 MiB are always allowed.

        Returns:
            A binary stream, to be closed by the caller.

        Raises:
            BundleError: no archive holds the file, or several do; there is no such run, sample or session.
        """
        from .explore.file_choice import FileChoice
        from .explore.stored_files import open_file

        choice = FileChoice(archive, None if run is None else str(run), sample, session)
        return open_file(self._conn, path, choice, Budget(self._limit(max_expansion)))

    def read_blob(self, sha256: str, *, max_expansion: int = DEFAULT_EXPANSION) -> BinaryIO:
        """Open a blob: bytes that the bundle stores under their hash.

        Args:
            sha256: The hash in hexadecimal, as in the columns `sha256` and `blob_sha256`.
            max_expansion: How many times the size of the bundle the blob may decompress to; 256 MiB are always allowed.

        Returns:
            A binary stream, to be closed by the caller.

        Raises:
            BundleError: the bundle has no blob of that hash.
        """
        from .explore.stored_files import open_blob

        return open_blob(self._conn, sha256, Budget(self._limit(max_expansion)))

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

    def show(self, run: int | str) -> Story:
        """Read the story of one run, or of a session outside of runs, from its prompts to its end.

        Example::

            for step in bundle.show("sample-36").steps:
                print(step.title, step.text)

        Args:
            run: The run's number (`runs.id`); its sample, session, bundle, execution or request id, or a session outside
                of runs; or the beginning of one of these, if it has four characters or more.

        Returns:
            What is known about the run as a whole, and its steps in order: prompts, messages, thoughts, each call with
            its result, warnings and errors of the log, those of sub-agents within the call that started them, and why
            it failed. Steps are read when they are asked for, so that `steps[200:400]` costs no more than it shows.

        Raises:
            BundleError: nothing has that name, or several runs do.
        """
        from .explore.story.reading import read_now
        from .explore.story.run_choice import choose
        from .explore.story.run_story import story_of

        with sql_errors(self.path):
            return story_of(self._conn, read_now(self._conn, choose(str(run))))

    def schema(self, *names: str) -> BundleSchema:
        """Describe the tables and views: what each column means, row counts, sample values, and paths in JSON columns.

        Args:
            names: Tables and views to describe; by default all of them, and the saved queries.

        Raises:
            BundleError: a table or view does not exist.
        """
        from .explore.schema_report.bundle_schema import bundle_schema

        return bundle_schema(self._conn, names)

    def verify(
        self,
        *,
        against: PathLike | None = None,
        progress: ByteProgress | None = None,
        digest: str | None = None,
        max_expansion: int = DEFAULT_EXPANSION,
    ) -> Verification:
        """Check that the bundle is complete and undamaged: every byte of its file, its rows, its schema, its artifacts.

        Args:
            against: A directory with the artifacts that the bundle was built from, or its URL, or one with the files that `extract`
                wrote. Each record and each file is compared with it. An artifact with an absolute path is looked for
                below the directory, where `extract` writes it; "/" finds it at its original path.
            progress: Called with the number of bytes of artifacts checked so far, and of all artifacts.
            digest: The digest that the bundle had when it was built, with or without `sha256:` before it.
            max_expansion: How many times the size of the bundle its content may decompress to; 256 MiB are always
                allowed.

        Returns:
            The findings, none if nothing is wrong, and the artifacts that were not proven byte for byte.

        Raises:
            BundleError: `against` is not a directory that can be listed, or a package is missing that its URL needs.
            ValueError: `digest` is not a SHA-256, or `max_expansion` is less than 1.
        """
        from .database.table_digests import normal_digest
        from .fidelity.verification import verify

        expected = None if digest is None else normal_digest(digest)
        limit = self._limit(max_expansion)
        with ExitStack() as stack:
            folder = None if against is None else _source_folder(against, stack)
            return verify(self.connection, against=folder, progress=progress, digest=expected, limit=limit)

    def extract(
        self,
        output: PathLike,
        *,
        force: bool = False,
        progress: ByteProgress | None = None,
        max_expansion: int = DEFAULT_EXPANSION,
    ) -> Extraction:
        """Write the artifacts of the bundle back as files.

        JSON lines have the same values in the same order, and the same bytes if the library wrote them. Malformed
        lines and all other files have the same bytes. Zips and compressed files are compressed again, so that their own
        bytes may differ.

        Args:
            output: The directory to write into; it is created. Nothing is written outside it, whatever names the bundle
                holds.
            force: Whether to write into a directory that is not empty, and replace files of the same names.
            progress: Called with the number of bytes of artifacts written so far, and of all artifacts.
            max_expansion: How many times the size of the bundle may be written; 256 MiB are always allowed.

        Returns:
            The number and size of the files, and a finding for each artifact that could not be written back unchanged.

        Raises:
            BundleExistsError: the directory is not empty and `force` is not set.
            BundleError: the directory cannot be written.
            DamagedBundleError: the bundle is damaged.
        """
        from .fidelity.extraction import extract

        limit = self._limit(max_expansion)
        return extract(self._conn, Path(output), force=force, progress=progress, limit=limit)

    def pack(
        self,
        output: PathLike | None = None,
        *,
        best: bool = False,
        force: bool = False,
        progress: ByteProgress | None = None,
    ) -> PackedBundle:
        """Write the bundle as one file compressed with zstd, for storing it and sending it; `open` takes it, too.

        Example::

            packed = bundle.pack()
            print(packed.path, packed.ratio)

        Args:
            output: Path of the packed bundle; by default that of the bundle with `.zst` added.
            best: Whether to take several times as long, for a smaller file.
            force: Whether to replace an output that exists.
            progress: Called with the number of bytes done so far, and of all bytes of the bundle.

        Returns:
            The path of the packed bundle, its size, and how much smaller it is.

        Raises:
            BundleExistsError: the output exists and `force` is not set.
            BundleBuildError: the output could not be written, or the bundle is packed already and no output is named.
            DamagedBundleError: the bundle is damaged.
        """
        from .pipeline.bundle_packing import pack_bundle

        _ = self.connection  # a closed bundle is not packed
        target = None if output is None else Path(output)
        return pack_bundle(self._file, target, best=best, force=force, progress=progress)

    @property
    def digest(self) -> str | None:
        """Return the digest that the build stored: `sha256:` and a hash of all rows and of the schema.

        It stays the same when SQLite copies or rewrites the file. None if an earlier release built the bundle.
        """
        from .database.table_digests import stored_digests, whole_digest

        if "digests" not in relation_names(self._conn):
            return None
        with sql_errors(self.path, lambda message: message):
            return whole_digest(stored_digests(self._conn))

    @property
    def shares_text(self) -> bool:
        """Return whether equal texts of files are stored once, so that `files` is a view."""
        from .database.shared_text import has_shared_text

        with sql_errors(self.path, lambda message: message):
            return has_shared_text(self._conn)

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
        sql = f"SELECT session_id FROM sessions LEFT JOIN times ON times.time = created_at ORDER BY {SESSION_ORDER}"
        return [session for (session,) in self.query(sql)]

    def session_tree(self) -> Iterator[ListedSession]:
        """Yield each session with its depth below its root, parents before their children."""
        return session_tree(self.connection)

    @property
    def statistics(self) -> BundleStatistics:
        """Return how many sessions, log records, tool calls, prompt events, files and tokens the bundle holds."""
        return read_statistics(self._conn, self.path)

    @property
    def outcome(self) -> Outcome:
        """Return what happened: how runs and samples ended, why some failed, and what they used.

        Raises:
            BundleVersionError: an earlier release built the bundle, without the views that this needs.
            BundleError: the bundle is damaged.
        """
        from .explore.outcome import read_outcome

        self._require_outcome()
        with sql_errors(self.path, lambda message: message):
            return read_outcome(self._conn)

    def costs(self, by: CostsBy = "run", *, prices: PathLike | None = None, model: str | None = None) -> Costs:
        """Return what the tokens cost.

        Args:
            by: What a row stands for: a run (or a session outside of runs), an experiment, a turn, or a model; in any
                case of one evaluation.
            prices: A table of prices in JSON; by default the one of the package, which has a date.
            model: The model of tokens for which nothing names one.

        Raises:
            BundleVersionError: an earlier release built the bundle, without the views that this needs.
            BundleError: the table cannot be read, or the bundle is damaged.
            ValueError: `by` is not one of the four.
        """
        from .explore.costs.cost_rows import COSTS_BY, costs_of
        from .explore.costs.price_table import read_prices

        if by not in COSTS_BY:
            raise ValueError(f"by must be one of {', '.join(COSTS_BY)}, not {by!r}")
        table = read_prices(None if prices is None else Path(prices))
        self._require_outcome()
        with sql_errors(self.path, lambda message: message):
            return costs_of(self._conn, by, table, model)

    def count_secrets(self, *, most_bytes: int = 16 << 20, most_seconds: float = 5.0) -> SecretCounts | None:
        """Count what looks like a secret, without showing it; None without the extra `redact`, which has the rules.

        Args:
            most_bytes: About how many bytes of text are searched, a part of them in each column.
            most_seconds: How long.

        Raises:
            BundleVersionError: an earlier release built the bundle.
            BundleError: the bundle is damaged.
        """
        from .redaction.secret_counts import count_secrets

        with sql_errors(self.path, lambda message: message):
            return count_secrets(self._conn, most_bytes, most_seconds)

    def _require_outcome(self) -> None:
        """Refuse a bundle that lacks the views of results and tokens."""
        from .explore.outcome import require_outcome

        require_outcome(self._conn, self.path)

    def _limit(self, max_expansion: int) -> int:
        """Return how many bytes may come out of the bundle.

        Raises:
            ValueError: `max_expansion` is less than 1.
        """
        if max_expansion < 1:
            raise ValueError(f"max_expansion must be at least 1, not {max_expansion}")
        limit = limit_of(self.path.stat().st_size, max_expansion)
        if self._file.copy is None:
            return limit
        return max(limit, _UNPACKED_TIMES * self._file.database.stat().st_size)

    def close(self) -> None:
        """Close the database connection; every other method raises a `BundleError` after it."""
        self._conn.close()
        self._file.close()
        # A slot of DebugBundle.
        self._conn = cast("sqlite3.Connection", ClosedConnection(self.path))  # type: ignore[misc]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _source_folder(against: PathLike, stack: ExitStack) -> SourceFolder:
    """Return what a bundle is compared with; of a URL, one file at a time is on this machine until the stack is closed.

    Raises:
        BundleError: it is no directory, or the URL cannot be listed.
    """
    from .dataset.dataset_paths import url_in
    from .fidelity.comparison.source_entries import LocalFolder

    if (url := url_in(os.fspath(against))) is not None:
        from .dataset.downloading import remote_sources

        return stack.enter_context(remote_sources(url))
    if not Path(against).is_dir():
        raise BundleError(f"{against}: is not a directory")
    return LocalFolder(Path(against))
