"""Redact a bundle: a copy of it is changed, a clean file is made of the copy, and proven."""

from __future__ import annotations

import json
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import apsw

from .._version import __version__
from ..bundle_files import has_packed_name
from ..database.connection import open_bundle, sorting_in
from ..database.search_index import create_search_index
from ..database.slices.slice_views import renew_slice_views
from ..database.writing import transaction
from ..errors import BundleBuildError, BundleError
from ..events import Event, emit
from ..merging.inputs import Input, check_unchanged, read_input
from ..packing.bundle_file import BundleFile
from ..pipeline.progress import Meter, Phase, counting
from ..pipeline.publishing.construction import Construction, under_construction
from ..pipeline.publishing.write_errors import system_errors, write_errors
from ..secret_detection.detection_extra import detection_module
from ..secret_detection.detection_settings import DetectionSettings
from .column_registry import check_registered, registry
from .passes.finders import compile_meanwhile
from .proof.bundle_proof import prove
from .redaction_options import RedactionOptions, RedactionSummary, Replaced
from .redaction_run import RedactionRun, WorkFiles
from .scan_processes.scan_pool import ScanPool
from .scan_processes.scan_process import place_of
from .tokens.secret_tokens import new_key
from .tokens.token_map import TokenMap
from .work_copy import copied_meanwhile, open_copy, write_clean

_COPY = "unredacted.db"


def redact_bundle(path: Path, output: Path | None, options: RedactionOptions) -> RedactionSummary:
    """Write a redacted bundle to `output`; with `only_counts`, count what would be replaced.

    Raises:
        InvalidBundleError: the file is not a bundle, or is damaged.
        BundleVersionError: it has the schema of another release.
        UnregisteredError: it has a table, column or view that the registry does not know.
        RedactionLeftoverError: something is left that should have been replaced.
        BundleExistsError: the output exists and `force` is not set.
        BundleBuildError: the output could not be written.
        BundleError: the extra is not installed, or rules or a map cannot be read.
    """
    detection_module("re2")
    compile_meanwhile(DetectionSettings(rules=options.rules))
    started = time.monotonic()
    with (
        closing(BundleFile.open(path, progress=counting(options.progress, Phase.UNPACKING))) as file,
        closing(started_pool(file, options)) as pool,
    ):
        source = read_input(file, counting(options.progress, Phase.CHECKING))
        if output is None or options.only_counts:
            return _counted(_Work(file, source, options, pool), options, started)
        if output.exists() and output.samefile(file.path):
            raise BundleBuildError(f"{output}: is the bundle itself, which stays as it is; name another output")
        if options.token_map is not None and options.token_map.resolve() == output.resolve():
            raise BundleBuildError(f"{output}: is the map, too; name another output")
        with (
            write_errors(output),
            under_construction(output, force=options.force, is_packed=has_packed_name(output)) as construction,
        ):
            run = redact_into(construction, file, source, options, pool)
    emit(Event.REDACT, path=str(output), profile=options.profile, count=sum(run.reasons.values()))
    return _summary(run, options, output, started)


def started_pool(file: BundleFile, options: RedactionOptions) -> ScanPool:
    """Return processes for a bundle that start meanwhile; they have to be closed."""
    pool = ScanPool(options.jobs, file.database.stat().st_size)
    pool.start()
    return pool


def redact_into(
    construction: Construction, file: BundleFile, source: Input, options: RedactionOptions, pool: ScanPool
) -> RedactionRun:
    """Write the redacted bundle into a file under construction; the run has its digest.

    Raises:
        BundleError: as `redact_bundle`.
    """
    with _without_values(file.path):
        work = _Work(file, source, options, pool)
        run = work.write(construction)
        work.keep_tokens(run)
    return run


def _counted(work: _Work, options: RedactionOptions, started: float) -> RedactionSummary:
    """Count what would be replaced, in a copy that is removed."""
    with (
        write_errors(work.file.path),
        tempfile.TemporaryDirectory(prefix="redact-") as folder,
        _without_values(work.file.path),
    ):
        meter = Meter(options.progress, work.file.path, work.source.size_bytes, Phase.COPYING)
        return _summary(work.run(Path(folder), meter), options, None, started)


@contextmanager
def _without_values(path: Path) -> Iterator[None]:
    """Keep the text of unexpected errors from being shown: it may be a value.

    Raises:
        BundleError: the block raised an error that was not made for people.
    """
    try:
        yield
    except (BundleError, OSError, apsw.Error):
        raise
    except Exception as error:  # noqa: BLE001 - its kind and its place are told
        text = f"{path}: could not be redacted: {type(error).__name__} in {place_of(error)}"
    else:
        return
    raise BundleError(text)


class _Work:
    """The work on one bundle."""

    def __init__(self, file: BundleFile, source: Input, options: RedactionOptions, pool: ScanPool) -> None:
        """Read the map and the registry.

        Raises:
            BundleError: the bundle has what the registry does not know, or the map cannot be read.
        """
        with closing(open_bundle(file.database, file.path)) as connection:
            check_registered(connection, shares_text=source.shares_text)
        self.file = file
        self.source = source
        self._tables = registry(shares_text=source.shares_text)
        self._options = options
        self._map = None if options.token_map is None else TokenMap.read(options.token_map)
        self._key = new_key() if self._map is None else self._map.key
        self._pool = pool

    def keep_tokens(self, run: RedactionRun) -> None:
        """Add the tokens to the map, if there is one.

        Raises:
            BundleError: it cannot be written.
        """
        if self._map is not None:
            self._map.add(run.tokens)
            self._map.write()

    def run(self, folder: Path, meter: Meter) -> RedactionRun:
        """Redact a copy in a folder, and leave it there unfinished."""
        connection, run = self._redacted_copy(folder, meter)
        connection.close(force=True)
        return run

    def write(self, construction: Construction) -> RedactionRun:
        """Write the redacted bundle into the file under construction, and prove it."""
        meter = Meter(self._options.progress, construction.path, self.source.size_bytes, Phase.COPYING)
        connection, run = self._redacted_copy(construction.scratch, meter)
        try:
            with system_errors(connection), sorting_in(connection, construction.scratch):
                self._finish(connection, run)
                run.digest = write_clean(connection, construction.scratch / _COPY, construction.path)
        finally:
            connection.close(force=True)
            (construction.scratch / _COPY).unlink()
        construction.sync_early()
        check_unchanged([self.source])
        meter.enter(Phase.PROVING, construction.size())
        settings = replace(run.settings, aim="prove", database=construction.path)
        prove(settings, run.scan_all(settings), construction.path, meter, self._options.jobs)
        construction.seal()
        if construction.is_packed:
            meter.enter(Phase.PACKING, construction.size())
            construction.pack(meter.reach)
        meter.enter(Phase.SYNCING, construction.size())
        meter.advance(construction.size())
        return run

    def _redacted_copy(self, folder: Path, meter: Meter) -> tuple[apsw.Connection, RedactionRun]:
        copy = folder / _COPY
        files = WorkFiles(self.file.database, copy, folder)
        run = RedactionRun(files, self._tables, self._options, key=self._key, meter=meter, pool=self._pool)
        with copied_meanwhile(self.file.database, copy):
            if self._options.profile == "share":
                run.survey()
        connection = open_copy(copy, shares_text=self.source.shares_text)
        try:
            with system_errors(connection), sorting_in(connection, folder):
                run.redact(connection)
        except BaseException:
            connection.close(force=True)
            raise
        return connection, run

    def _finish(self, connection: apsw.Connection, run: RedactionRun) -> None:
        """Write what is made of all rows, and the mark of the redaction."""
        with transaction(connection):
            renew_slice_views(connection)
            _write_mark(connection, run.reasons, self._options)
        if self.source.search is not None:
            create_search_index(connection, self.source.search)


def _write_mark(connection: apsw.Connection, reasons: Counter[tuple[str, str, str]], options: RedactionOptions) -> None:
    """Say in the bundle that it is redacted, and how; counts of an earlier redaction are added."""
    connection.executemany(
        "INSERT INTO redactions VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET count = redactions.count + excluded.count",
        [(*reason, count) for reason, count in sorted(reasons.items())],
    )
    mark = {
        "profile": options.profile,
        "version": __version__,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "count": connection.execute("SELECT coalesce(sum(count), 0) FROM redactions").get,
    }
    connection.execute("UPDATE bundle_meta SET bundle_id = ?, redaction = ?", (str(uuid.uuid4()), json.dumps(mark)))


def _summary(run: RedactionRun, options: RedactionOptions, output: Path | None, started: float) -> RedactionSummary:
    ordered = sorted(run.reasons.items(), key=lambda item: (-item[1], item[0]))
    return RedactionSummary(
        path=output,
        profile=options.profile,
        replaced=tuple(Replaced(*reason, count) for reason, count in ordered),
        value_count=len(run.tokens),
        size_bytes=0 if output is None else output.stat().st_size,
        scanned_bytes=run.scanned,
        seconds=time.monotonic() - started,
        digest=run.digest,
    )
