"""Build a bundle from start to end: plan the work, load rows, finish the tables, publish the file."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import apsw

from .._version import __version__
from ..artifacts.lossless_json import clean
from ..artifacts.sets.run_folders import group_runs
from ..artifacts.sets.shards import sources_of_shard
from ..artifacts.source import Source
from ..artifacts.split_reader import Split
from ..bundle_files import has_packed_name
from ..column_values import ArtifactKind, SessionSource
from ..database.connection import close_finished, end_sharing, open_new, sorting_in
from ..database.schema_files import SCHEMA_VERSION, create_staging
from ..database.search_index import can_search_words
from ..database.table_setup import create_empty_tables
from ..database.writing import end_progress, start_progress, write_rows
from ..errors import BundleBuildError, BundleError
from ..events import Event, emit
from ..processes.paused_collector import paused_collector
from ..rows import BundleMetaRow, SessionRow
from .build_options import BuildOptions, BundleIdentity
from .build_summary import BuildSummary
from .finish import finish
from .import_events import log_imports
from .loading.in_process import InProcess, Loader
from .loading.pool import Pool
from .lost_originals import plan_lost_again
from .planning.plan import (
    Artifact,
    SessionGuess,
    are_logs_small,
    artifact_bytes,
    decompressed_bytes,
    in_order,
    total_bytes,
)
from .planning.splitting import splits_of
from .planning.tasks import in_tasks
from .planning.whole_runs import with_whole_runs
from .progress import Meter, Phase, counting
from .publishing.construction import under_construction
from .publishing.write_errors import system_errors, write_errors
from .totals import BuildTotals

POOL_BYTES = 32 << 20
"""Decompressed bytes of artifacts above which worker processes save more time than they take to start."""


@paused_collector()
def build(
    sources: Iterable[Source],
    output: Path,
    options: BuildOptions,
    *,
    source_directory: str | None = None,
    started: float | None = None,
    may_be_empty: bool = False,
) -> BuildSummary:
    """Build a bundle from `sources` at `output`; it took the time since `started`, when the search for them began.

    With `options.shard`, it has the sources of that shard alone, and is empty if there are none. With `may_be_empty`,
    the sources need not have artifacts among them.

    Raises:
        BundleError: no source is a recognised artifact.
        BundleExistsError: the output exists and `options.force` is not set.
        BundleBuildError: the bundle could not be written; the output path is unchanged.
    """
    started = started or time.monotonic()
    sources = list(sources)
    if not may_be_empty:
        _require_usable(sources, source_directory)
    if options.shard is not None:
        sources = sources_of_shard(sources, options.shard)
    meta = _meta(options, source_directory)
    emit(Event.CREATE, path=str(output), bundle_id=meta.bundle_id, source_directory=source_directory)
    with (
        write_errors(output),
        under_construction(
            output, force=options.force, is_packed=has_packed_name(output), is_synced=options.is_synced
        ) as construction,
        _early_pool(construction.path, sources, options.jobs) as pool,
    ):
        artifacts = in_order(
            sources, options.max_expansion, construction.scratch, counting(options.progress, Phase.OPENING)
        )
        meter = Meter(options.progress, construction.path, total_bytes(artifacts))
        searched = options.calls_in_logs or are_logs_small(artifacts)
        totals = BuildTotals(artifacts, meter, are_logs_searched=searched)
        size = artifact_bytes(artifacts)
        is_shared = options.jobs > 1 and size >= POOL_BYTES
        connection = open_new(construction.path, size, is_shared=is_shared)
        try:
            if options.search is not None and not can_search_words(connection):
                raise BundleBuildError(
                    f"{output}: SQLite {apsw.sqlite_lib_version()} of apsw has no FTS5, which a search index needs"
                )
            with ExitStack() as stack:
                stack.enter_context(system_errors(connection))
                stack.enter_context(sorting_in(connection, construction.scratch))
                create_empty_tables(connection, shares_text=options.share_text)
                create_staging(connection)
                with _loader(connection, pool, construction.path, options.jobs, is_shared=is_shared) as loader:
                    _fill(connection, loader, totals, construction.scratch)
                    hashers = loader.release_hashers()
                    for hasher in hashers:
                        stack.callback(hasher.close)
                end_sharing(connection)
                construction.sync_early()
                finished = finish(
                    connection,
                    construction.path,
                    totals,
                    meta,
                    meter,
                    hashers=hashers,
                    search=options.search,
                    labels=options.labels,
                    tells_evaluations_apart=options.tells_evaluations_apart,
                )
            close_finished(connection)
        finally:
            connection.close(force=True)
        construction.seal()
        if construction.is_packed:
            meter.enter(Phase.PACKING, construction.size())
            construction.pack(meter.reach)
        meter.enter(Phase.SYNCING, construction.size())
        meter.advance(construction.size())
    seconds = time.monotonic() - started
    return totals.summary(
        output,
        meta.bundle_id,
        seconds,
        distinct_events=finished.distinct_events,
        digest=finished.digest,
        repeated_text=finished.repeated_text,
    )


@contextmanager
def _early_pool(partial: Path, sources: Sequence[Source], jobs: int) -> Iterator[Pool | None]:
    """Yield a pool if the sources are large: its workers import their modules while this process plans the build."""
    pool = Pool(partial, jobs) if jobs > 1 and decompressed_bytes(sources) >= POOL_BYTES else None
    try:
        yield pool
    finally:
        if pool is not None:
            pool.close()


@contextmanager
def _loader(
    connection: apsw.Connection, early: Pool | None, partial: Path, jobs: int, *, is_shared: bool
) -> Iterator[Loader]:
    """Yield a pool of workers if the file is shared among processes, else a loader in this process."""
    loader: Loader
    if is_shared:
        loader = early or Pool(partial, jobs)
    else:
        if early is not None:
            early.close()  # the artifacts are smaller than their sources claimed
        loader = InProcess(connection)
    try:
        yield loader
    finally:
        loader.close()


def _fill(connection: apsw.Connection, loader: Loader, totals: BuildTotals, scratch: Path) -> None:
    """Write the rows of every artifact into the empty tables."""
    start_progress(connection)
    numbers = itertools.count()
    splits = partial(_splits, scratch=scratch, sessions_only=not totals.are_logs_searched)

    def load_first(artifacts: Sequence[Artifact]) -> None:
        named = ((artifact, artifact.session_in_name) for artifact in artifacts)
        loader.load(in_tasks(splits(named), numbers), totals)

    _load_in_turn(load_first, totals, scratch, is_first=True)
    guess = SessionGuess(totals.artifacts, _parents(connection), _snapshot_sessions(connection))

    def load_others(artifacts: Sequence[Artifact]) -> None:
        guesses = {artifact: guess.of(artifact) for artifact in artifacts}
        sessions = _sessions_in_paths(guesses)
        write_rows(connection, [SessionRow.named(session, SessionSource.PATH) for session in sessions])
        tasks = in_tasks(splits(guesses.items()), numbers)
        loader.load(with_whole_runs(tasks, totals.artifacts), totals)

    _load_in_turn(load_others, totals, scratch, is_first=False)
    log_imports(connection, totals)
    end_progress(connection)


def _load_in_turn(
    load: Callable[[Sequence[Artifact]], None], totals: BuildTotals, scratch: Path, *, is_first: bool
) -> None:
    """Load the artifacts that are loaded first, or the others: a duplicate after its original, if that was read."""
    loaded: set[int] = set()
    while waiting := [each for each in totals.artifacts if each.is_first is is_first and each.id not in loaded]:
        copies = [each for each in waiting if each.original_id in loaded]
        if copies and plan_lost_again(copies, totals, scratch):
            continue
        ready = [each for each in waiting if each.original_id is None or each.original_id in loaded] or waiting
        load(ready)
        loaded.update(each.id for each in ready)


def _splits(sessions: Iterable[tuple[Artifact, str | None]], *, scratch: Path, sessions_only: bool) -> Iterator[Split]:
    """Yield the splits of artifacts, each given with its session; `sessions_only` applies to artifacts outside runs."""
    for artifact, session in sessions:
        yield from splits_of(artifact, session, scratch, sessions_only=sessions_only and artifact.run_id is None)


def _sessions_in_paths(guesses: Mapping[Artifact, str | None]) -> list[str]:
    """Return the sessions guessed for artifacts outside runs, each once, in the order of the artifacts."""
    named = (
        session for artifact, session in guesses.items() if artifact.run_id is None and artifact.original_id is None
    )
    return list(dict.fromkeys(session for session in named if session is not None))


def _parents(connection: apsw.Connection) -> dict[str, str | None]:
    return dict(connection.execute("SELECT session_id, parent_session_id FROM sessions"))


def _snapshot_sessions(connection: apsw.Connection) -> Sequence[tuple[int, str]]:
    return list(connection.execute("SELECT DISTINCT artifact_id, session_id FROM snapshots"))


def _new_identity() -> BundleIdentity:
    return BundleIdentity(str(uuid.uuid4()), datetime.now(UTC).isoformat(timespec="seconds"))


def _meta(options: BuildOptions, source_directory: str | None) -> BundleMetaRow:
    identity = options.identity or _new_identity()
    return BundleMetaRow(
        id=1,
        bundle_id=identity.bundle_id,
        created_at=identity.created_at,
        wink_version=__version__,
        schema_version=SCHEMA_VERSION,
        source_directory=source_directory,
        description=None if options.description is None else clean(options.description),
        tags=clean(json.dumps(dict(options.tags), ensure_ascii=False)),
    )


def _require_usable(sources: Sequence[Source], source_directory: str | None) -> None:
    if any(source.kind is not ArtifactKind.UNKNOWN for source in sources) or len(group_runs(sources)) < len(sources):
        return
    place = source_directory or "the files given"
    reasons = [f"  {source.name}: {source.reason}" for source in sources[:10]]
    more = [f"  and {len(sources) - 10} more"] if len(sources) > 10 else []
    raise BundleError(f"No artifacts found in {place}", *reasons, *more)
