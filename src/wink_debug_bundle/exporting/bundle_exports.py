"""What an open bundle writes for other programs; `BundleReader` has these methods, too."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..explore.sql_errors import sql_errors

if TYPE_CHECKING:
    from .atif.atif_export import ExportedTrajectories
    from .otlp.otlp_export import ExportedTraces


class BundleExports:
    """The exports of an open bundle.

    Attributes:
        path: The bundle's file.
    """

    __slots__ = ()

    path: Path
    _conn: sqlite3.Connection

    if TYPE_CHECKING:

        def select_all(self, table: str) -> str: ...

    def export_otlp(
        self, output: str | Path, *, content: bool = False, run: int | str | None = None, replace: bool = True
    ) -> ExportedTraces:
        """Write the runs as traces: a file of OTLP JSON lines, as Jaeger, OpenTelemetry's Collector and others read.

        The spans have the names of OpenTelemetry's conventions for generative AI. Two exports of the same runs are
        equal, also from bundles built apart. The file appears when it is complete.

        Example::

            bundle.export_otlp("traces.jsonl")

        Args:
            output: Path of the file.
            content: Whether to write what was said: prompts, messages, arguments, results, reasons, error messages.
            run: The only run to write, as for `show`; by default all.
            replace: Whether an existing file may be replaced.

        Returns:
            The numbers of traces and spans.

        Raises:
            BundleExistsError: the file exists and `replace` is not set.
            BundleVersionError: an earlier release built the bundle, without the views that this needs.
            BundleError: there is no such run, the file cannot be written, or the bundle is damaged.
        """
        from ..explore.export_file import output_file

        path = Path(output)
        self._require_views()
        with output_file(path, self._conn, replace=replace) as stream:
            return self.write_otlp(stream, content=content, run=run)

    def write_otlp(self, stream: TextIO, *, content: bool = False, run: int | str | None = None) -> ExportedTraces:
        """Write what `export_otlp` writes to a text stream, which has to be in UTF-8.

        Args:
            stream: Where it is written.
            content: Whether to write what was said.
            run: The only run to write, as for `show`.

        Raises:
            BundleVersionError: an earlier release built the bundle, without the views that this needs.
            BundleError: there is no such run, or the bundle is damaged.
        """
        from .otlp.otlp_export import write_otlp

        self._require_views()
        with sql_errors(self.path):
            return write_otlp(self._conn, stream, content=content, run=None if run is None else str(run))

    def export_atif(
        self, output: str | Path, *, run: int | str | None = None, force: bool = False
    ) -> ExportedTrajectories:
        """Write each run as a file in Harbor's trajectory format (ATIF), with all that was said.

        Example::

            bundle.export_atif("trajectories")

        Args:
            output: The directory to write into; it is created. Files have numbers and names of samples, and nothing is
                written outside it, whatever names the bundle holds.
            run: The only run to write, as for `show`; by default all.
            force: Whether to write into a directory that is not empty, and replace files of the same names.

        Returns:
            The directory, and the number of files.

        Raises:
            BundleExistsError: the directory is not empty and `force` is not set.
            BundleVersionError: an earlier release built the bundle, without the views that this needs.
            BundleError: there is no such run, the directory cannot be written, or the bundle is damaged.
        """
        from .atif.atif_export import write_trajectories

        self._require_views()
        with sql_errors(self.path):
            name = None if run is None else str(run)
            return write_trajectories(self._conn, Path(output), run=name, force=force)

    def export_parquet(self, rows: str | sqlite3.Cursor, output: str | Path, *, replace: bool = True) -> int:
        """Write a table, a view, or the rows of a query as a Parquet file; return the number of rows.

        Columns of tables and views have the types and comments that datasets give them. Of other rows, the values
        decide: a column of several types, or without a value, is text. The file appears when it is complete.

        Example::

            bundle.export_parquet("tool_calls", "calls.parquet")
            bundle.export_parquet(bundle.ask("sample-results"), "samples.parquet")

        Args:
            rows: Name of a table or view, or what `query` or `ask` returned.
            output: Path of the file.
            replace: Whether an existing file may be replaced.

        Raises:
            BundleExistsError: the file exists and `replace` is not set.
            BundleQueryError: the query failed while its rows were read.
            BundleError: pyarrow is not installed (the extra `dataset` has it), there is no such table, or the file
                cannot be written.
        """
        from .parquet.parquet_export import write_parquet

        table = rows if isinstance(rows, str) else None
        with sql_errors(self.path):
            cursor = self._conn.execute(self.select_all(rows)) if isinstance(rows, str) else rows
            return write_parquet(cursor, Path(output), table=table, replace=replace)

    def _require_views(self) -> None:
        """Refuse a bundle that lacks the views of results and tokens."""
        from ..explore.outcome import require_outcome

        require_outcome(self._conn, self.path)
